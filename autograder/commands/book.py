"""`autograder book`: build the published book."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import click

from autograder.cli import EXIT_FINDINGS
from autograder.course import REPOSITORY


def draw_figures(repository: Path) -> None:
    """Run every script of ``book/figures``: each draws its picture beside itself. The pictures are not kept in the repository.

    Raises
    ------
    OSError
        When a script fails; its own message stands on stderr.
    """
    for script in sorted((repository / "book" / "figures").glob("*.py")):
        if subprocess.run([sys.executable, str(script)], env={**os.environ, "MPLBACKEND": "Agg"}).returncode:
            raise OSError(f"{script} cannot draw its figure")


@click.command()
@click.option("--output", type=click.Path(path_type=Path), default=REPOSITORY / "build" / "book", help="Where the site goes.")
@click.option("--clean", is_flag=True, help="Build every page anew.")
def command(output: Path, clean: bool) -> None:
    """Build the book; a warning is an error."""
    try:
        draw_figures(REPOSITORY)
    except OSError as error:
        click.echo(f"refused: {error}", err=True)
        sys.exit(EXIT_FINDINGS)
    build = [
        sys.executable,
        "-c",
        "from jupyter_book.cli.main import main; main()",
        "build",
        ".",
        "--path-output",
        str(output),
        "-W",
        "-n",
        "--keep-going",
    ]
    if clean:
        build.append("--all")
    if subprocess.run(build, cwd=REPOSITORY).returncode:
        sys.exit(EXIT_FINDINGS)
    click.echo(f"The book is at {output / '_build' / 'html' / 'index.html'}")
