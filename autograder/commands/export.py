"""``autograder export``."""

from __future__ import annotations

from pathlib import Path

import click

from autograder.commands._options import cycle_command
from autograder.manifest import Course
from autograder.workspace.workspace import Workspace


@click.command("export")
@cycle_command
@click.option("--to", type=click.Path(dir_okay=False, path_type=Path), help="CSV file to write. Default: grades.csv in the workspace.")
def command(workspace: Workspace, course: Course, assignment: str | None, to: Path | None) -> None:
    """Write the marks of ASSIGNMENT (default: of all) from the gradebook as CSV."""
    from autograder.outgoing.export import export, rows

    names = () if assignment is None else (assignment,)
    path = export(workspace, course, to, names)
    waiting = sum(int(r["to_grade"] or 0) for r in rows(workspace, course, names))
    click.echo(f"marks are in {path}")
    if waiting:
        click.echo(f"{waiting} answers are not graded by hand yet: they count 0 so far")
