"""`autograder deadlines`: what deadlines.csv says, and the marks that do not follow it yet."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from autograder.commands._changes import change_marks, show_changes, yes_option
from autograder.commands._exit_status import EXIT_FINDINGS
from autograder.commands._options import workspace_command, zone_option
from autograder.manifest import Course
from autograder.workspace.workspace import Workspace

if TYPE_CHECKING:
    from autograder.term.deadline_file import Deadlines


@click.command("deadlines")
@workspace_command(assignment_required=False, makes_workspace=True)
@click.option("--due", metavar="TIME", help='Set the deadline of the class, such as "2026-10-01 23:59".')
@click.option("--grace", metavar="TIME", help='How late a hand-in may be and still count as in time, such as "15 min".')
@click.option("--rule", metavar="RULE", help='What late work loses: "none", "zero", "10% a day; floor 40%".')
@click.option("--counts", metavar="WHICH", help='Which attempt counts: "newest", "in time", "first", or the time of one.')
@click.option("--tokens", metavar="N", help="Days in the term that each student may be late without losing marks.")
@click.option("--group", metavar="NAME", help="Set it for this group of groups.csv instead of the class.")
@click.option("--dry-run", is_flag=True, help="Only show which marks would change.")
@yes_option
@zone_option
def command(
    workspace: Workspace,
    course: Course,
    assignment: str | None,
    due: str | None,
    grace: str | None,
    rule: str | None,
    counts: str | None,
    tokens: str | None,
    group: str | None,
    dry_run: bool,
    yes: bool,
    zone: ZoneInfo,
) -> None:
    """Show the deadlines of ASSIGNMENT, or of all, and bring the marks up to date with deadlines.csv.

    The file deadlines.csv in the workspace is the only place for deadlines, extensions, late days and what late work loses.
    Edit it with this command, with `autograder student extend`, or by hand. Nothing is graded again: the command shows the marks that
    would change, and changes them when you agree. It makes the workspace if there is none yet.

    Exit status: 0 all marks follow the file, 1 some do not, 2 misuse.

    \b
    Examples:
      autograder deadlines
      autograder deadlines layers --due "2026-10-01 23:59" --rule "10% a day"
      autograder deadlines layers --group "Team 3" --due "+2 days"
    """
    from autograder.administration.students import edit_deadlines
    from autograder.gradebook.former_deadlines import begin_deadlines, due_text
    from autograder.gradebook.mark_changes import plan_changes
    from autograder.term.deadline_file import GROUP, deadlines_of
    from autograder.times import TimeError, read_deadline

    begin_deadlines(workspace, course.zone)
    if due is not None and due and not due.startswith("+"):
        try:
            due = due_text(read_deadline(due, zone), zone)
        except TimeError as error:
            raise click.UsageError(f"--due {error}") from error
    cells = {n: v for n, v in (("due", due), ("grace", grace), ("rule", rule), ("counts", counts), ("tokens", tokens)) if v is not None}
    if dry_run and cells:
        raise click.UsageError("--dry-run shows what the file in its present state would change: edit it first, or leave out --dry-run")
    if cells:
        with workspace.only_one("autograder deadlines"):
            edit_deadlines(workspace, f"{GROUP}{group}" if group else "", _whose(course, assignment, cells), cells)
    _show(deadlines_of(workspace), [a.name for a in course.assignments if assignment in (None, a.name)], zone)
    if dry_run:
        plan = plan_changes(workspace, course)
        show_changes(plan)
        raise SystemExit(EXIT_FINDINGS if plan.shown else 0)
    if not change_marks(workspace, course, (), "deadlines.csv", yes):
        raise SystemExit(EXIT_FINDINGS)


def _whose(course: Course, assignment: str | None, cells: dict[str, str]) -> str:
    """The assignment to edit: late days belong to the term, a deadline to one assignment."""
    if assignment is None and "due" in cells and not cells["due"].startswith("+"):
        if len(course.assignments) > 1:
            raise click.UsageError(f"name the assignment that this deadline is for: {', '.join(a.name for a in course.assignments)}")
        return course.assignments[0].name
    return assignment or ""


def _show(deadlines: Deadlines, names: list[str], zone: ZoneInfo) -> None:
    from autograder.term.late_rules import duration_text
    from autograder.times import shown

    for name in names:
        terms = deadlines.terms("", name)
        parts = [f"due {shown(terms.due, zone)}" if terms.due else "no deadline"]
        parts += [f"{duration_text(terms.grace)} grace"] if terms.grace else []
        parts += [f"late work loses {terms.rule_text}" if terms.rule_text else "late work loses nothing"]
        counts = f"the one of {shown(terms.counts_at, zone)}" if terms.counts_at else terms.counts
        parts += [f"the attempt that counts: {counts}", *([f"{terms.tokens} late days"] if terms.tokens else [])]
        own = [line.who for line in deadlines.lines if line.who and line.assignment in ("", name)]
        parts += [f"others for {', '.join(dict.fromkeys(own))}"] if own else []
        click.echo(f"{name}: {'; '.join(parts)}")
