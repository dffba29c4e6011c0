"""`autograder release`: make the folder for students and publish it."""

from __future__ import annotations

from datetime import datetime

import click

from autograder.commands._options import workspace_command
from autograder.manifest import Course
from autograder.workspace.workspace import Workspace


@click.command("release")
@workspace_command(assignment_required=False, makes_workspace=True)
@click.option("--due", metavar="TIME", help='Deadline, such as "2026-10-01 23:59 UTC".')
def command(workspace: Workspace, course: Course, assignment: str | None, due: str | None) -> None:
    """Make the folder for students of ASSIGNMENT, or of every assignment, and publish it through nbgrader's exchange.

    The command refuses when generated files are out of date, and when a file would show something secret. Rubrics go to rubrics/ of the
    workspace.

    Exit status: 0 done, 1 refused, 2 misuse.

    \b
    Example:
      autograder release --due "2026-10-01 23:59 UTC"
    """
    from autograder.outgoing.release import release

    deadline = _time(due)
    for name in [a.name for a in course.assignments if assignment in (None, a.name)]:
        done = release(workspace, course, name, due=deadline)
        click.echo(f"{name} is released{' again' if done.again else ''}: {done.files} files in {done.folder}")
        for note in done.notes:
            click.echo(f"note: {note}")
    click.echo(f"nbgrader's exchange: {workspace.exchange}")
    click.echo(f"for graders only: {workspace.rubrics}")


def _time(text: str | None) -> datetime | None:
    if text is None:
        return None
    from nbgrader.utils import parse_utc

    try:
        found: datetime = parse_utc(text)
    except (ValueError, OverflowError) as error:
        raise click.UsageError(f"--due {text!r} is not a time: write it as 2026-10-01 23:59 UTC") from error
    return found
