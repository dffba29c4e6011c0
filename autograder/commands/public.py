"""`autograder dev public`: write the tree that is published."""

from __future__ import annotations

from pathlib import Path

import click

from autograder.commands._exit_status import EXIT_FINDINGS
from autograder.commands._options import course_option
from autograder.generate.drawings import draw_everything
from autograder.generate.errors import GeneratorError
from autograder.generate.public import write_public
from autograder.manifest import load_course
from autograder.plural import counted


@click.command()
@click.argument("destination", type=click.Path(path_type=Path))
@course_option
def command(destination: Path, manifest: Path | None) -> None:
    """Write the public tree into DESTINATION: student package, notebooks and book, without any solution or hidden check.

    DESTINATION must be new, empty, or a tree that this command wrote before; anything else is refused.

    Exit status: 0 done, 1 refused, 2 misuse.

    \b
    Example:
      autograder dev public ../coursenn-public
    """
    try:
        course = load_course(manifest)
        draw_everything(course)
        changes = write_public(course, destination)
    except (GeneratorError, OSError) as error:
        click.echo(f"refused: {error}", err=True)
        raise SystemExit(EXIT_FINDINGS) from error
    where = (
        f"push it to {course.public_address}" if course.public_address else "nothing links to it while course.toml has no public_address"
    )
    click.echo(f"{destination}: {counted(len(changes), 'file')} written or removed; {where}")
