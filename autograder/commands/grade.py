"""``autograder grade``."""

from __future__ import annotations

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from autograder.bridge.options import cycle_command
from autograder.bridge.workspace import Workspace
from autograder.cli import EXIT_FINDINGS
from autograder.course import Course


@click.command("grade")
@cycle_command
@click.option("--only", multiple=True, metavar="STUDENT", help="Grade this student only; may be given several times.")
@click.option("--force", is_flag=True, help="Grade again what has a result already. Marks given by hand stay.")
@click.option("--unsafe-no-sandbox", is_flag=True, help="Run the code as an ordinary process: for code of your own only.")
def command(workspace: Workspace, course: Course, assignment: str, only: tuple[str, ...], force: bool, unsafe_no_sandbox: bool) -> None:
    """Grade what was collected for ASSIGNMENT and enter it into the gradebook.

    Untouched stubs must get nothing and the reference everything before anybody is graded. Exit status 1 when a
    submission could not be graded through no fault of its own, or grading could not start.
    """
    from autograder.bridge.grade import grade

    console = Console()
    with Console(stderr=True).status("trying the hidden checks on stubs and reference") as status:
        report = grade(
            workspace,
            course,
            assignment,
            only=only,
            force=force,
            unsafe=unsafe_no_sandbox,
            progress=lambda done, total, student: status.update(f"{done} of {total} graded, now {escape(student)}"),
        )
    table = Table(title=f"{escape(assignment)}: {len(report.rows)} submissions in {report.elapsed_s:.0f} s", title_justify="left")
    table.add_column("student", no_wrap=True)
    table.add_column("points", justify="right", no_wrap=True)
    table.add_column("what cost marks", overflow="fold")
    for row in report.rows:
        if row.document is None:
            table.add_row(escape(row.student), "-", f"[red]not graded: {escape(row.failure or '')}[/]")
            continue
        lost = [f"{t['id']} ({t['verdict']})" for t in row.document["tasks"] if t["score"] < t["max_score"]]
        text = row.failure or row.document["reason"] or ", ".join(lost[:6]) + (f" and {len(lost) - 6} more" if len(lost) > 6 else "")
        table.add_row(escape(row.student), f"{row.document['score']:g} / {row.document['max_score']:g}", escape(text))
    console.print(table)
    for row in (r for r in report.rows if r.moved):
        console.print(f"{escape(row.student)}: marks moved in {', '.join(row.moved)}")
    console.print(
        f"{sum(r.fresh for r in report.rows)} entered into the gradebook, {sum(not r.fresh for r in report.rows)} had not changed"
    )
    if report.failures:
        console.print(f"[red]{len(report.failures)} could not be graded[/]; nbgrader's words are in {escape(str(workspace.logs))}")
        raise SystemExit(EXIT_FINDINGS)
