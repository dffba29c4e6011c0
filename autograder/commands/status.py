"""`autograder status`: where the term is, and what is waiting."""

from __future__ import annotations

import shlex

import click

from autograder.commands._exit_status import EXIT_FINDINGS
from autograder.commands._options import workspace_command
from autograder.manifest import Course
from autograder.workspace.opening import DEFAULT_ROOT
from autograder.workspace.workspace import Workspace


@click.command("status")
@workspace_command(assignment_required=False)
def command(workspace: Workspace, course: Course, assignment: str | None) -> None:
    """Say where each assignment is, what is waiting for a person, and which command to run next.

    Exit status: 0 nothing is waiting, 1 something is, 2 misuse.

    \b
    Examples:
      autograder status
      autograder status layers
    """
    from autograder.administration.status import status

    found = status(workspace, course)
    waiting = found.waiting + [w for a in found.assignments if assignment in (None, a.name) for w in a.waiting]
    for entry in found.waiting:
        click.echo(f"! {entry.text}")
    for a in found.assignments:
        if assignment in (None, a.name):
            click.echo(f"{a.name}: {'; '.join(a.facts)}")
            for entry in a.waiting:
                click.echo(f"  ! {entry.text}")
    if waiting:
        elsewhere = "" if workspace.root == DEFAULT_ROOT.resolve() else f" --workspace {shlex.quote(str(workspace.root))}"
        click.echo(f"next: autograder {waiting[0].next}{elsewhere}")
        raise SystemExit(EXIT_FINDINGS)
    click.echo("nothing is waiting")
