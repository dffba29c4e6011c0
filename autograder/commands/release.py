"""``autograder release``."""

from __future__ import annotations

from datetime import datetime

import click

from autograder.commands._options import cycle_command
from autograder.manifest import Course
from autograder.workspace.workspace import Workspace


@click.command("release")
@cycle_command
@click.option("--due", metavar="TIME", help='Deadline, such as "2026-10-01 23:59 UTC".')
def command(workspace: Workspace, course: Course, assignment: str | None, due: str | None) -> None:
    """Make ASSIGNMENT's folder for students, or every assignment's, and publish it through nbgrader's exchange.

    Refused when generated files are out of date or something secret would leave. Rubrics go to rubrics/ of the workspace.
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
        raise click.UsageError(f"--due {text!r} is no time; write it as 2026-10-01 23:59 UTC") from error
    return found
