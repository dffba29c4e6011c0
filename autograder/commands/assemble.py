"""`autograder dev assemble`: the package that a submission makes."""

from __future__ import annotations

from pathlib import Path

import click

from autograder.commands._options import course_option
from autograder.intake.assemble import AssembleError, assemble
from autograder.manifest import load_course


@click.command("assemble")
@click.argument("submission", type=click.Path(exists=True, path_type=Path))
@click.argument("dest", type=click.Path(path_type=Path))
@course_option
def command(submission: Path, dest: Path, manifest: Path | None) -> None:
    """Write a complete, importable coursenn into DEST/coursenn.

    It holds the given modules, the editable files of SUBMISSION (a folder, a zip, a tar or loose files), and stubs for those that are
    missing. Code that you then run from there runs outside of the sandbox.

    Exit status: 0 done, 2 misuse.

    \b
    Example:
      autograder dev assemble course/solutions build/reference
    """
    try:
        package = assemble(submission, dest, load_course(manifest), click.echo)
    except AssembleError as error:
        raise click.UsageError(str(error)) from error
    click.echo(f"wrote {package}")
