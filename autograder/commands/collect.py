"""`autograder collect`: what students handed in becomes one folder for each of them."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from autograder.commands._exit_status import EXIT_FINDINGS
from autograder.commands._options import workspace_command, zone_option
from autograder.manifest import Course
from autograder.plural import counted
from autograder.workspace.workspace import Workspace

if TYPE_CHECKING:
    from autograder.collect.collected import Collected

QUIET_UP_TO = 50
"""Up to this many hand-ins, no progress is shown."""


@click.command("collect")
@workspace_command()
@click.option(
    "--from", "source", type=click.Path(exists=True, path_type=Path), help="LMS download: zip or folder. Default: nbgrader's exchange."
)
@click.option("--pattern", help="Regular expression for names in the download, with a group (?P<student_id>...).")
@click.option(
    "--roster",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="CSV of the class: id, first_name, last_name, email, lms_user_id, group.",
)
@click.option("--accept", is_flag=True, help="Accept deliveries that hold nothing of the assignment, so that they are not listed again.")
@click.option("--undo", "take_back", is_flag=True, help="Undo the last collection of the assignment, for example one of the wrong files.")
@click.option(
    "--shared-account/--own-accounts",
    "shared",
    default=None,
    help="Whether all students reach the exchange through one account, so that owners are not checked; it is remembered.",
)
@zone_option
def command(
    workspace: Workspace,
    course: Course,
    assignment: str,
    source: Path | None,
    pattern: str | None,
    roster: Path | None,
    accept: bool,
    take_back: bool,
    shared: bool | None,
    zone: ZoneInfo,
) -> None:
    """Take in what students handed in for ASSIGNMENT.

    The newest attempt of each student goes to submitted/, earlier ones go to earlier/. The command understands the downloads of Canvas,
    Moodle, Blackboard, Brightspace, Sakai, Gradescope and Google Classroom.

    Exit status: 0 done, 1 a file belongs to no known student or cannot be taken in, or a delivery holds nothing of the assignment and
    is not accepted, 2 misuse.

    \b
    Examples:
      autograder collect --roster roster.csv
      autograder collect --from download.zip --roster roster.csv
      autograder collect --from download.zip --timezone Europe/Berlin
      autograder collect --undo
    """
    from autograder.collect import without_work
    from autograder.collect.collected import Collected
    from autograder.collect.download import collect_download
    from autograder.collect.exchange import collect_exchange
    from autograder.collect.owners import set_shared_account
    from autograder.collect.roster import set_roster

    if take_back:
        if source or pattern or roster or accept or shared is not None:
            raise click.UsageError("--undo undoes the last collection: leave out the other options")
        _undo(workspace, assignment)
        return
    if source is None and pattern:
        raise click.UsageError("--pattern goes with --from")
    if source is not None and shared is not None:
        raise click.UsageError("--shared-account and --own-accounts apply to the exchange, not to --from")
    if shared is not None and (said := set_shared_account(workspace, shared)):
        click.echo(said)
    if source is None:
        if roster:
            set_roster(workspace, roster)
        # A class that hands in through an LMS has nothing in the exchange and may still use --accept; a roster may precede the release.
        before = roster is not None and not workspace.released(assignment).is_dir()
        elsewhere = (accept or before) and not (workspace.exchange / course.name / "inbound").is_dir()
        done = Collected().finish(workspace, assignment) if elsewhere else collect_exchange(workspace, course, assignment)
    else:
        from rich.console import Console

        from autograder.commands._progress import tenths

        with tenths("hand-ins", Console(stderr=True), QUIET_UP_TO) as progress:
            done = collect_download(workspace, course, assignment, source, pattern, roster, zone, progress)
    _report(done, zone)
    if accept and done.open:
        click.echo(f"accepted: {', '.join(without_work.accept(workspace, assignment))}")
        done.open = []
    if done.findings:
        raise SystemExit(EXIT_FINDINGS)


def _undo(workspace: Workspace, assignment: str) -> None:
    from autograder.collect.undo import undo
    from autograder.gradebook.people import remove_submission
    from autograder.term import journal

    with workspace.writing("collect"):
        done = undo(workspace, assignment)
        graded = [s for s in done.removed if workspace.gradebook.exists() and remove_submission(workspace.gradebook, s, assignment)]
        for student in done.removed:
            if (copy := workspace.autograded(student, assignment)).is_dir():
                workspace.set_aside(copy, f"autograded/{student}/{assignment}")
            (workspace.results / "recorded" / assignment / f"{student}.json").unlink(missing_ok=True)
        said = f"the collection that began at {done.began} was undone"
        journal.write(workspace, [journal.Event("collected", said, s, assignment) for s in (*done.removed, *done.restored)])
    click.echo(f"{said}; what it took in is in {done.folder}")
    if done.removed:
        click.echo(f"no hand-in left: {', '.join(done.removed)}" + (f"; marks removed: {', '.join(graded)}" if graded else ""))
    if done.restored:
        click.echo(f"earlier hand-ins count again: {', '.join(done.restored)}. `autograder grade {assignment}` enters their marks.")


def _report(done: Collected, zone: ZoneInfo) -> None:
    """Print what happened to everything."""
    from autograder.collect.unread import summary

    for entry in done.deliveries:
        if entry.outcome != "unchanged":
            click.echo(entry.sentence)
    counts = Counter(a.outcome for a in done.deliveries)
    click.echo(", ".join(f"{n} {outcome}" for outcome, n in counts.items()) or "nothing to collect")
    if done.system and done.deliveries:
        click.echo(f"read as a download of {done.system}; times without a zone are read in {zone}")
    for remark in done.remarks:
        click.echo(remark)
    if done.missing:
        click.echo(f"nothing from {len(done.missing)}: {', '.join(done.missing)}")
    if done.unread:
        count = len(done.unread)
        click.echo(f"{counted(count, 'file belongs', 'files belong')} to no known student:")
        for line in summary(done.unread):
            click.echo(f"  {line}")
        if done.pattern:
            click.echo(f"This reads them: --pattern '{done.pattern}'")
        else:
            click.echo("Add the missing students to the roster (--roster), or give the form of the names with --pattern.")
    if done.open:
        count = len(done.open)
        click.echo(f"{counted(count, 'delivery holds', 'deliveries hold')} nothing of the assignment:")
        for line in done.open:
            click.echo(f"  {line}")
        click.echo("Ask for the right files, or accept this with --accept.")
