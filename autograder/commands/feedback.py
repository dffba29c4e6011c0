"""`autograder feedback`: pages for students."""

from __future__ import annotations

import click
from rich.console import Console
from rich.markup import escape

from autograder.commands._exit_status import EXIT_FINDINGS
from autograder.commands._options import workspace_command
from autograder.manifest import Course
from autograder.workspace.workspace import Workspace


@click.command("feedback")
@workspace_command()
@click.option("--only", multiple=True, metavar="STUDENT", help="Only this student; may be given several times.")
def command(workspace: Workspace, course: Course, assignment: str, only: tuple[str, ...]) -> None:
    """Write feedback pages for ASSIGNMENT and release them through nbgrader's exchange.

    Every page is first searched for solutions, hidden checks and the seed.

    Exit status: 0 done, 1 somebody's feedback could not be written or lacks its summary page, 2 misuse.

    \b
    Examples:
      autograder feedback
      autograder feedback --only jdoe
    """
    from autograder.outgoing.graded import graded_students, processes_for
    from autograder.processes import import_meanwhile

    if not only and processes_for(len(graded_students(workspace, assignment))) > 1:
        import_meanwhile(["autograder.outgoing.feedback"])

    from autograder.outgoing.feedback import feedback
    from autograder.pages.student import FEEDBACK_PAGE
    from autograder.plural import counted, word_for

    with Console(stderr=True).status("writing feedback") as status:
        done = feedback(
            workspace,
            course,
            assignment,
            only=only,
            progress=lambda done, total, student: status.update(f"{done} of {total} written, now {escape(student)}"),
        )
    folders = counted(len(done.written), "feedback folder")
    click.echo(f"{folders} in {workspace.root / 'feedback'}, {len(done.released)} of them released through the exchange")
    if done.changed:
        click.echo(f"the late penalties of {counted(len(done.changed), 'mark')} were brought up to date first")
    if done.waiting:
        count, students = sum(done.waiting.values()), counted(len(done.waiting), "student")
        have = word_for(count, "has not been graded by hand yet; it counts 0", "have not been graded by hand yet; they count 0")
        click.echo(f"{counted(count, 'answer')} of {students} {have} for now")
    for student, failure in done.failures.items():
        click.echo(f"{student}: {failure}", err=True)
    if done.unexplained:
        click.echo(
            f"{', '.join(done.unexplained)}: there is no result for the last hand-in with the present version of the course, so the "
            f"feedback has the pages of the notebooks but no {FEEDBACK_PAGE}. Run `autograder grade {assignment}`, then this again.",
            err=True,
        )
    if done.failures or done.unexplained:
        raise SystemExit(EXIT_FINDINGS)
