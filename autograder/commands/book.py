"""`autograder book`: build the published book."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import click
import yaml

from autograder.cli import EXIT_FINDINGS
from autograder.course import REPOSITORY, load_course
from autograder.generate.book import refuse_outdated
from autograder.generate.drawings import draw_figures, environment, forget_other_reference, with_execution
from autograder.generate.errors import GeneratorError


@click.command()
@click.option("--output", type=click.Path(path_type=Path), default=REPOSITORY / "build" / "book", help="Where the site goes.")
@click.option("--clean", is_flag=True, help="Build every page anew.")
def command(output: Path, clean: bool) -> None:
    """Build the book; a warning is an error."""
    course = load_course()
    try:
        refuse_outdated(course)
        draw_figures(course)
        forget_other_reference(course, output)
    except (GeneratorError, OSError) as error:
        click.echo(f"refused: {error}", err=True)
        sys.exit(EXIT_FINDINGS)
    config = output / "_config.yml"
    settings = yaml.safe_load((REPOSITORY / "_config.yml").read_text(encoding="utf-8"))
    config.write_text(yaml.safe_dump(with_execution(settings), sort_keys=False), encoding="utf-8")
    build = [
        sys.executable,
        "-c",
        "from jupyter_book.cli.main import main; main()",
        "build",
        ".",
        "--path-output",
        str(output),
        "--config",
        str(config),
        "-W",
        "-n",
        "--keep-going",
    ]
    if clean:
        build.append("--all")
    if subprocess.run(build, cwd=REPOSITORY, env=environment(course)).returncode:
        sys.exit(EXIT_FINDINGS)
    click.echo(f"The book is at {output / '_build' / 'html' / 'index.html'}")
