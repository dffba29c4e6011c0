"""`autograder export`: the marks as a CSV file."""

from __future__ import annotations

from pathlib import Path

import click

from autograder.commands._options import workspace_command
from autograder.manifest import Course
from autograder.plural import counted, word_for
from autograder.workspace.workspace import Workspace


@click.command("export")
@workspace_command(assignment_required=False)
@click.option("--to", type=click.Path(dir_okay=False, path_type=Path), help="CSV file to write. Default: grades.csv in the workspace.")
def command(workspace: Workspace, course: Course, assignment: str | None, to: Path | None) -> None:
    """Write the marks of ASSIGNMENT, or of all assignments, from the gradebook to a CSV file.

    Exit status: 0 done, 1 something is in the way, 2 misuse.

    \b
    Example:
      autograder export --to marks.csv
    """
    from autograder.outgoing.export import export, rows

    names = () if assignment is None else (assignment,)
    path = export(workspace, course, to, names)
    waiting = sum(int(r["to_grade"] or 0) for r in rows(workspace, course, names))
    click.echo(f"the marks are in {path}")
    if waiting:
        have = word_for(waiting, "has not been graded by hand yet; it counts 0", "have not been graded by hand yet; they count 0")
        click.echo(f"{counted(waiting, 'answer')} {have} for now")
