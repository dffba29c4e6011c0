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
from autograder.generate.drawings import draw_everything, environment, forget_other_reference
from autograder.manifest import Course
from autograder.paths import REPOSITORY
from autograder.practice.lite import LITE, build_lite
from autograder.publish.editions import Edition
from autograder.publish.stage import STATIC, forget, stage

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
) -> Path:
    """Build an edition.

    Parameters
    ----------
    output : a folder for sources, caches and the site of one edition.
    clean : forget what was built before.
    pyodide : a folder with Python for the browser, which the site then holds; by default its pages load it from the web.
    lite : with the notebooks as a site of their own, in JupyterLite.

    Returns
    -------
    The folder of the site, to be served as it is.

    Raises
    ------
    BookError
        When Sphinx warns: a warning is an error. A figure that cannot be drawn is an ``OSError``, an equation whose sides disagree a
        ``GeneratorError``.
    """
    if clean:
        forget(output)
    refuse_outdated(course)
    draw_everything(course)
    forget_other_reference(course, output)
    source = output / "source"
    stage(course, source, edition, assignments, pyodide, lite=lite)
    run_builder(course, output, "html")
    site = output / "_build" / "html"
    # Sphinx copies these only when it has a page to write as well.
    shutil.copytree(source / STATIC, site, dirs_exist_ok=True)
    shutil.rmtree(site / LITE, ignore_errors=True)
    if lite:
        build_lite(course, site / LITE, pyodide)
    return site


def follow_links(course: Course, output: Path, edition: Edition = "public") -> None:
    """Ask every address outside of the book whether it is still there. ``BookError`` when one is not; the builder names it.

    Without a network there would be one complaint for each link, so that is found out first.
    """
    try:
        socket.getaddrinfo(RESOLVER, 443)
    except OSError as error:
        raise BookError(f"no link was followed, since this needs the network: {RESOLVER} cannot be found from here ({error})") from error
    stage(course, output / "source", edition)
    run_builder(course, output, "linkcheck")


def _quiet_kernels(output: Path) -> Path:
    """Settings for the kernels of the pages: they report errors only, and ignore what a user has set for IPython."""
    folder = output / "ipython"
    settings = folder / "profile_default" / "ipython_kernel_config.py"
    settings.parent.mkdir(parents=True, exist_ok=True)
    settings.write_text('get_config().IPKernelApp.log_level = "ERROR"\n', encoding="utf-8")
    return folder


def run_builder(course: Course, output: Path, builder: str) -> None:
    """One builder of Sphinx over the tree that is staged in ``output``."""
    options = ["--path-output", str(output), "-W", "-n", "--keep-going", "-q"]
    choice = [] if builder == "html" else ["--builder", "custom", "--custom-builder", builder]
    command = [sys.executable, "-c", JUPYTER_BOOK, "build", str(output / "source"), *options, *choice]
    variables = environment(course)
    variables["IPYTHONDIR"] = str(_quiet_kernels(output))
    # Sphinx imports our extension, and the kernels of the pages the reference.
    variables["PYTHONPATH"] = os.pathsep.join([variables["PYTHONPATH"], str(REPOSITORY)])
    if subprocess.run(command, env=variables).returncode:
        raise BookError("Jupyter Book found something to correct: its messages are above")
