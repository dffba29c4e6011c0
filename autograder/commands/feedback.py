"""``autograder feedback``."""

from __future__ import annotations

import click
from rich.console import Console
from rich.markup import escape

from autograder.cli import EXIT_FINDINGS
from autograder.commands._options import cycle_command
from autograder.manifest import Course
from autograder.workspace.workspace import Workspace


@click.command("feedback")
@cycle_command
@click.option("--only", multiple=True, metavar="STUDENT", help="Only this student; may be given several times.")
def command(workspace: Workspace, course: Course, assignment: str, only: tuple[str, ...]) -> None:
    """Write feedback pages for ASSIGNMENT and release them through nbgrader's exchange.

    Every page is searched for solutions, hidden checks and the seed first. Exit status 1 when somebody's could not be written,
    or lacks the page that sums up.
    """
    from autograder.outgoing.feedback import feedback
    from autograder.pages.student import FEEDBACK_PAGE

    with Console(stderr=True).status("writing feedback") as status:
        done = feedback(
            workspace,
            course,
            assignment,
            only=only,
            progress=lambda done, total, student: status.update(f"{done} of {total} written, now {escape(student)}"),
        )
    click.echo(
        f"{len(done.written)} feedback folders in {workspace.root / 'feedback'}, {len(done.released)} of them released through the exchange"
    )
    if done.waiting:
        click.echo(f"{sum(done.waiting.values())} answers of {len(done.waiting)} students are not graded by hand yet: they count 0 so far")
    for student, failure in done.failures.items():
        click.echo(f"{student}: {failure}", err=True)
    if done.unexplained:
        click.echo(
            f"no result of {', '.join(done.unexplained)} for what is handed in and the course as it is now: their feedback is nbgrader's "
            f"pages, without {FEEDBACK_PAGE}. Run `autograder grade {assignment}`, then this again.",
            err=True,
        )
    if done.failures or done.unexplained:
        raise SystemExit(EXIT_FINDINGS)
