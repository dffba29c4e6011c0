"""Runs Jupyter Book over a staged edition."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Collection
from pathlib import Path

from autograder.course import REPOSITORY, Course
from autograder.publish.editions import Edition
from autograder.publish.stage import forget, stage

JUPYTER_BOOK = "from jupyter_book.cli.main import main; main()"


class BookError(RuntimeError):
    """The book cannot be built; the message says what to mend."""


def build_site(
    course: Course, output: Path, edition: Edition = "public", assignments: Collection[str] = (), *, clean: bool = False
) -> Path:
    """Build an edition.

    Parameters
    ----------
    output : a folder for sources, caches and the site of one edition.
    clean : forget what was built before.

    Returns
    -------
    The folder of the site, to be served as it is.

    Raises
    ------
    BookError
        When a figure cannot be drawn or Sphinx warns: a warning is an error.
    """
    if clean:
        forget(output)
    draw_figures(REPOSITORY)
    source = output / "source"
    stage(course, source, edition, assignments)
    run_builder(source, output, "html")
    return output / "_build" / "html"


def follow_links(course: Course, output: Path, edition: Edition = "public") -> None:
    """Ask every address outside of the book whether it is still there. ``BookError`` when one is not; the builder names it."""
    source = output / "source"
    stage(course, source, edition)
    run_builder(source, output, "linkcheck")


def run_builder(source: Path, output: Path, builder: str) -> None:
    """One builder of Sphinx over a staged tree."""
    options = ["--path-output", str(output), "-W", "-n", "--keep-going", "-q"]
    choice = [] if builder == "html" else ["--builder", "custom", "--custom-builder", builder]
    command = [sys.executable, "-c", JUPYTER_BOOK, "build", str(source), *options, *choice]
    if subprocess.run(command, env={**os.environ, "PYTHONPATH": str(REPOSITORY)}).returncode:
        raise BookError("Jupyter Book found something to mend: its messages stand above")


def draw_figures(repository: Path) -> None:
    """Run every script of ``book/figures``: each draws its picture beside itself. The pictures are not kept in the repository.

    Raises
    ------
    BookError
        When a script fails; its own message stands on stderr.
    """
    for script in sorted((repository / "book" / "figures").glob("*.py")):
        if subprocess.run([sys.executable, str(script)], env={**os.environ, "MPLBACKEND": "Agg"}).returncode:
            raise BookError(f"{script} cannot draw its figure")
