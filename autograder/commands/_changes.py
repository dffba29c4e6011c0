"""How commands show changes of marks and ask before they make them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from autograder.manifest import Course
from autograder.plural import counted
from autograder.workspace.workspace import Workspace

if TYPE_CHECKING:
    from autograder.gradebook.mark_changes import Plan

yes_option = click.option("--yes", "-y", is_flag=True, help="Make the changes without asking.")
"""The option ``--yes``, for commands that change marks."""


def show_changes(plan: Plan) -> None:
    """Print what would change, a line for each mark."""
    for change in plan.shown:
        click.echo(f"  {change.student}, {change.assignment}: {change.text(plan.deadlines)}")


def confirmed(question: str, yes: bool) -> bool:
    """Ask; without a terminal to ask on, only ``--yes`` means yes."""
    return yes or click.confirm(question, default=False)


def change_marks(workspace: Workspace, course: Course, students: tuple[str, ...], why: str, yes: bool) -> bool:
    """Show which marks do not follow ``deadlines.csv``, ask, and change them; return whether all of them follow now.

    Parameters
    ----------
    students : whose marks; everybody's if empty.
    why : for the journal.
    """
    from autograder.gradebook.mark_changes import apply_changes, plan_changes

    plan = plan_changes(workspace, course, students)
    if plan.shown:
        click.echo(f"{counted(len(plan.shown), 'mark changes', 'marks change')}:")
        show_changes(plan)
        if not confirmed("Change them?", yes):
            click.echo("Nothing was changed in the gradebook. `autograder deadlines` shows this again.")
            return False
    with workspace.writing("deadlines"):
        apply_changes(workspace, course, plan, why)
    if plan.to_grade:
        for name in dict.fromkeys(c.assignment for c in plan.to_grade):
            only = " ".join(f"--only {c.student}" for c in plan.to_grade if c.assignment == name)
            click.echo(f"These attempts were never graded: autograder grade {name} {only}")
        return False
    return True
