"""`autograder release`: make the folder for students and publish it."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import click

from autograder.commands._options import workspace_command, zone_option
from autograder.manifest import Course
from autograder.plural import counted
from autograder.times import UTC_ZONE, TimeError, read_deadline, shown
from autograder.workspace.workspace import Workspace


@click.command("release")
@workspace_command(assignment_required=False, makes_workspace=True)
@click.option("--due", metavar="TIME", help='Deadline, such as "2026-10-01 23:59" or "2026-10-01 11:59 PM Europe/Berlin".')
@zone_option
def command(workspace: Workspace, course: Course, assignment: str | None, due: str | None, zone: ZoneInfo) -> None:
    """Make the folder for students of ASSIGNMENT, or of every assignment, and publish it through nbgrader's exchange.

    The command refuses if generated files are out of date, or if a file would show something secret. Rubrics go to rubrics/ in the
    workspace.

    The deadline goes into deadlines.csv; without --due the one that is there is used.

    A deadline that names no zone is read in --timezone, else in the timezone of course.toml, else in UTC. Of an hour that the clocks show
    twice in autumn, the later one is meant.

    Exit status: 0 done, 1 refused, 2 misuse.

    \b
    Examples:
      autograder release --due "2026-10-01 23:59"
      autograder release --due "2026-10-01 23:59 +02:00"
    """
    from autograder.outgoing.release import release

    deadline = _deadline(due, zone)
    for name in [a.name for a in course.assignments if assignment in (None, a.name)]:
        done = release(workspace, course, name, due=deadline)
        click.echo(f"{name} is released{' again' if done.again else ''}: {counted(done.files, 'file')} in {done.folder}")
        if done.due is not None:
            click.echo(f"deadline of {name}: {shown(done.due, zone)}{_unstated(course, zone)}")
        for note in done.notes:
            click.echo(f"note: {note}")
    click.echo(f"nbgrader's exchange: {workspace.exchange}")
    click.echo(f"for graders only: {workspace.rubrics}")


def _deadline(text: str | None, zone: ZoneInfo) -> datetime | None:
    if text is None:
        return None
    try:
        return read_deadline(text, zone)
    except TimeError as error:
        raise click.UsageError(f"--due {error}") from error


def _unstated(course: Course, zone: ZoneInfo) -> str:
    """Why a time is in UTC, if nobody asked for that."""
    return "" if course.timezone or zone != UTC_ZONE else f" ({course.path.name} states no timezone)"
