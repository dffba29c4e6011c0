"""``autograder assemble``."""

from __future__ import annotations

from pathlib import Path

import click

from autograder.intake.assemble import AssembleError, assemble
from autograder.manifest import ManifestError, load_course


@click.command("assemble")
@click.argument("submission", type=click.Path(exists=True, path_type=Path))
@click.argument("dest", type=click.Path(path_type=Path))
@click.option("--course", "manifest", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Manifest (course.toml).")
def command(submission: Path, dest: Path, manifest: Path | None) -> None:
    """Write a complete, importable coursenn into DEST/coursenn.

    It holds the given modules, the editable files of SUBMISSION (a folder with coursenn/ inside, or a
    zip of one), and stubs for missing ones.
    """
    try:
        package = assemble(submission, dest, load_course(manifest))
    except (AssembleError, ManifestError) as error:
        raise click.UsageError(str(error)) from error
    click.echo(f"wrote {package}")
