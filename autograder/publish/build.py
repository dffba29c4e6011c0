"""Runs Jupyter Book over a staged edition."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Collection
from pathlib import Path

from autograder.generate.book import refuse_outdated
from autograder.generate.drawings import draw_everything, draw_shown, environment, forget_other_reference
from autograder.manifest import Course
from autograder.paths import REPOSITORY
from autograder.practice.lite import LITE, build_lite
from autograder.publish.editions import Edition
from autograder.publish.stage import STATIC, forget, shown_first, stage

RESOLVER = "doi.org"
"""The host that most links lead to."""
JUPYTER_BOOK = "from jupyter_book.cli.main import main; main()"


class BookError(RuntimeError):
    """The book cannot be built; the message says what to correct."""


def build_site(
    course: Course,
    output: Path,
    edition: Edition = "public",
    assignments: Collection[str] = (),
    *,
    clean: bool = False,
    pyodide: Path | None = None,
    lite: bool = False,
    first: bool = False,
) -> Path:
    """Build an edition.

    Parameters
    ----------
    output : a folder for sources, caches and the site of one edition.
    clean : forget what was built before.
    pyodide : a folder with Python for the browser, which the site then holds; by default its pages load it from the web.
    lite : also build the notebooks as a site of their own, in JupyterLite.
    first : build only the first pages, with only their own figures.

    Returns
    -------
    The folder of the site, ready to be served.

    Raises
    ------
    BookError
        When Sphinx warns, since a warning counts as an error. A figure that cannot be drawn is an ``OSError``, and an equation whose sides
        disagree is a ``GeneratorError``.
    """
    if clean:
        forget(output)
    refuse_outdated(course)
    if first:
        draw_shown(course, shown_first(course.root.parent))
    else:
        draw_everything(course)
    forget_other_reference(course, output)
    source = output / "source"
    stage(course, source, edition, assignments, pyodide, lite=lite, first=first)
    run_builder(course, output, "html")
    site = output / "_build" / "html"
    # Sphinx copies these only if it also has a page to write.
    shutil.copytree(source / STATIC, site, dirs_exist_ok=True)
    shutil.rmtree(site / LITE, ignore_errors=True)
    if lite:
        build_lite(course, site / LITE, pyodide)
    return site


def follow_links(course: Course, output: Path, edition: Edition = "public") -> None:
    """Test every external address of the book. ``BookError`` if one does not exist; the builder names it.

    Without a network every link would be reported, so the network is tested first.
    """
    try:
        socket.getaddrinfo(RESOLVER, 443)
    except OSError as error:
        raise BookError(f"no link was followed, since that needs the network: {RESOLVER} cannot be found from here ({error})") from error
    stage(course, output / "source", edition)
    run_builder(course, output, "linkcheck")


def _quiet_kernels(output: Path) -> Path:
    """Settings for the kernels of the pages: they report only errors, and ignore a user's settings for IPython."""
    folder = output / "ipython"
    settings = folder / "profile_default" / "ipython_kernel_config.py"
    settings.parent.mkdir(parents=True, exist_ok=True)
    settings.write_text('get_config().IPKernelApp.log_level = "ERROR"\n', encoding="utf-8")
    return folder


def run_builder(course: Course, output: Path, builder: str) -> None:
    """Run one builder of Sphinx over the tree staged in ``output``."""
    options = ["--path-output", str(output), "-W", "-n", "--keep-going", "-q"]
    choice = [] if builder == "html" else ["--builder", "custom", "--custom-builder", builder]
    command = [sys.executable, "-c", JUPYTER_BOOK, "build", str(output / "source"), *options, *choice]
    variables = environment(course)
    variables["IPYTHONDIR"] = str(_quiet_kernels(output))
    # Sphinx imports our extension, and the kernels of the pages import the reference.
    variables["PYTHONPATH"] = os.pathsep.join([variables["PYTHONPATH"], str(REPOSITORY)])
    if subprocess.run(command, env=variables).returncode:
        raise BookError("Jupyter Book found something to correct: its messages are above")
