"""`autograder collect`: what students handed in becomes one folder for each of them."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import click

from autograder.commands._exit_status import EXIT_FINDINGS
from autograder.commands._options import workspace_command
from autograder.manifest import Course
from autograder.workspace.workspace import Workspace


@click.command("collect")
@workspace_command()
@click.option(
    "--from", "source", type=click.Path(exists=True, path_type=Path), help="LMS download: zip or folder. Default: nbgrader's exchange."
)
@click.option("--pattern", help="Regular expression for names in the download, with a group (?P<student_id>...).")
@click.option(
    "--roster",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="CSV of the class: id, first_name, last_name, email, lms_user_id.",
)
def command(workspace: Workspace, course: Course, assignment: str, source: Path | None, pattern: str | None, roster: Path | None) -> None:
    """Take in what students handed in for ASSIGNMENT.

    The newest attempt of each student goes to submitted/, earlier ones go to earlier/. The command understands the names that Canvas,
    Moodle and Blackboard give to files.

    Exit status: 0 done, 1 a file belongs to no known student or cannot be taken in, 2 misuse.

    \b
    Examples:
      autograder collect --roster roster.csv
      autograder collect --from download.zip --roster roster.csv
    """
    from autograder.collect.download import collect_download
    from autograder.collect.exchange import collect_exchange
    from autograder.collect.roster import set_roster

    if source is None:
        if pattern:
            raise click.UsageError("--pattern goes with --from")
        if roster:
            set_roster(workspace, roster)
        done = collect_exchange(workspace, course, assignment)
    else:
        done = collect_download(workspace, course, assignment, source, pattern, roster)
    for entry in done.deliveries:
        if entry.outcome != "unchanged":
            click.echo(entry.sentence)
    counts = Counter(a.outcome for a in done.deliveries)
    click.echo(", ".join(f"{n} {outcome}" for outcome, n in counts.items()) or "nothing to collect")
    if done.missing:
        click.echo(f"nothing from {len(done.missing)}: {', '.join(done.missing)}")
    if done.unattributed:
        click.echo(f"{len(done.unattributed)} files belong to no known student (see --roster and --pattern):")
        for name in done.unattributed:
            click.echo(f"  {name}")
    if done.findings:
        raise SystemExit(EXIT_FINDINGS)
