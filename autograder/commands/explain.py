"""`autograder explain`: why a task lost marks, with the hidden input. For staff."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.markup import escape

from autograder.commands._exit_status import EXIT_FINDINGS
from autograder.commands._options import workspace_command
from autograder.manifest import Course, Task
from autograder.plural import counted
from autograder.workspace.workspace import Workspace, WorkspaceError

if TYPE_CHECKING:
    from autograder.difference.find import Difference, Explanation

MOST_LINES, MOST_CHARACTERS = 60, 300
"""At most this many lines of calls are shown."""
MOST_NUMBERS = 200
"""Inputs, or an output, with more numbers than this are shortened; the script holds all of them."""


@click.command("explain")
@click.argument("student")
@click.argument("task_id", metavar="TASK")
@workspace_command(assignment_required=False)
@click.option("--check", "only", default="", metavar="NAME", help="Only this check.")
@click.option(
    "--script",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write a script that shows the first difference.",
)
@click.option("--run", is_flag=True, help="Run that script in the sandbox and print what it prints.")
@click.option("--unsafe-no-sandbox", "unsafe", is_flag=True, help="Run the code as an ordinary process: only for your own code.")
def command(
    workspace: Workspace,
    course: Course,
    assignment: str | None,
    student: str,
    task_id: str,
    only: str,
    script: Path | None,
    run: bool,
    unsafe: bool,
) -> None:
    """Show why STUDENT lost marks for TASK: the hidden input, the expected output and the student's.

    The input is made as small as possible while the two still differ. This is for staff: it shows what hidden checks ask. Nothing is
    written into the workspace, and student code runs only in the sandbox.

    Exit status: 0 every check passes, 1 a check fails or the command could not run, 2 misuse.

    \b
    Examples:
      autograder explain jdoe batchnorm-backward
      autograder explain jdoe batchnorm-backward --script why.py --run
    """
    from autograder.difference.find import NotExplained, opened
    from autograder.engine.catalogue import CatalogueError
    from autograder.sandbox.bubblewrap import SandboxUnavailable

    task, name = _task(course, task_id, assignment)
    if run and unsafe:
        raise click.UsageError("--run works only in the sandbox: leave out --unsafe-no-sandbox")
    if script is not None and script.absolute().resolve().is_relative_to(workspace.root.resolve()):
        raise click.UsageError("the script shows a hidden input: write it outside of the workspace")
    folder = workspace.submitted(student, name)
    if student not in workspace.students(name):
        raise WorkspaceError(f"{student} has handed in nothing for {name} in {workspace.root}")
    try:
        with opened(folder, course, name, workspace.seed(), unsafe) as explanation:
            with Console(stderr=True).status("running the checks") as status:
                found = explanation.differences(task, only, lambda check: status.update(f"looking at: {escape(check)}"))
            _stored(workspace, course, student, name, task)
            for difference in found:
                _show(difference)
            if not found:
                click.echo(f"every check of {task.id} passes on what {student} handed in last")
                return
            if script is not None or run:
                _script(explanation, found, student, task, script, run)
    except SandboxUnavailable as error:
        raise click.UsageError(str(error)) from error
    except (NotExplained, CatalogueError) as error:
        raise WorkspaceError(str(error)) from error
    raise SystemExit(EXIT_FINDINGS)


def _task(course: Course, task_id: str, assignment: str | None) -> tuple[Task, str]:
    """The task, and the assignment that grades it."""
    try:
        task = course.task(task_id)
    except KeyError as error:
        raise click.UsageError(str(error.args[0])) from error
    fitting = [a.name for a in course.assignments if task.notebook in a.notebooks]
    if not fitting or (assignment is not None and assignment not in fitting):
        raise click.UsageError(f"{task_id} belongs to {' or '.join(fitting) or 'no assignment'}")
    return task, assignment or fitting[0]


def _stored(workspace: Workspace, course: Course, student: str, assignment: str, task: Task) -> None:
    """Say what was graded, so that the mark that is explained is the one that the student has."""
    from autograder.results.store import Results

    results = Results(workspace, course)
    document = results.load(results.key(student, assignment))
    if document is None:
        click.echo(f"{student}, {task.id}: not graded yet with this version of the course")
        return
    graded = next(t for t in document["tasks"] if t["id"] == task.id)
    click.echo(f"{student}, {task.id}: {graded['verdict']}, {graded['score']:g} of {counted(graded['max_score'], 'point')}")
    for note in document["notes"]:
        if note.startswith(f"{task.id}:"):
            click.echo(f"note: {note}")


def _show(difference: Difference) -> None:
    from autograder.difference.script import body, literal, shortened, summary

    click.echo(f"\ncheck: {difference.check}")
    click.echo(f"asked: {difference.asks}")
    click.echo(f"wrong: {difference.problem}")
    if difference.right_over_reference:
        click.echo("The check passes when the functions that this one calls are replaced with the reference's: look there first.")
    if not difference.steps:
        return
    if difference.worked_out:
        click.echo(
            "The check compares something that it computes from outputs; this is the first output that differs from the reference's."
        )
    if difference.small:
        sizes = f"{counted(difference.entries, 'number')}, and the check's own holds {difference.entries_before}"
        click.echo(f"The smallest input found holds {sizes}:")
    else:
        click.echo("All that the check asked, since no single call shows the difference:")
    in_full = difference.small and difference.entries <= MOST_NUMBERS
    lines = "\n".join(body(difference.steps if in_full else shortened(difference.steps))).splitlines()
    for line in lines[:MOST_LINES]:
        click.echo(f"    {line[:MOST_CHARACTERS]}{' ...' if len(line) > MOST_CHARACTERS else ''}")
    if len(lines) > MOST_LINES:
        click.echo(f"    ... and {counted(len(lines) - MOST_LINES, 'line')} more")
    for word, value in (("expected", difference.expected), ("given", difference.given)):
        if value is not None and value.size <= MOST_NUMBERS:
            click.echo(f"{word}: {difference.output} = {literal(value)}")
        elif value is not None:
            click.echo(f"{word}: {difference.output} = {summary(value)}")


def _script(explanation: Explanation, found: list[Difference], student: str, task: Task, to: Path | None, run: bool) -> None:
    """Write the script of the first difference that has one, and run it."""
    from autograder.difference.run_script import run_in_sandbox
    from autograder.difference.script import script
    from autograder.paths import write_atomically

    shown = next((d for d in found if d.small), None)
    if shown is None:
        click.echo("\nThere is no script: no check has calls that show the difference on their own.")
        return
    title = f"Task {task.id}, check: {shown.check} (what {student} handed in)."
    text = script(shown.steps, shown.expected, title, shown.problem, to.name if to else "script.py")
    if to is not None:
        write_atomically(to.absolute(), text, mode=0o600)
        click.echo(f"\nthe script is in {to}; it holds a hidden input")
    if run:
        click.echo("\nin the sandbox, the script prints:")
        for line in run_in_sandbox(text, explanation.complete):
            click.echo(f"    {line}")
