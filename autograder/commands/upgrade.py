"""`autograder upgrade`: move a term to the version that is checked out here."""

from __future__ import annotations

import click
from rich.console import Console

from autograder.commands._changes import confirmed, yes_option
from autograder.commands._exit_status import EXIT_FINDINGS, EXIT_STOPPED
from autograder.commands._options import workspace_command
from autograder.manifest import Course
from autograder.plural import counted
from autograder.workspace.workspace import Workspace

MOST_MOVES = 40


@click.command("upgrade")
@workspace_command(assignment_required=False)
@click.option("--dry-run", is_flag=True, help="Only show whose marks would change.")
@click.option("--allow-lower", is_flag=True, help="Allow published marks to be lowered.")
@click.option("--jobs", type=click.IntRange(1, 512), help="Worker processes on this machine. Default: one for each core.")
@click.option("--unsafe-no-sandbox", is_flag=True, help="Run the code as an ordinary process: only for your own code.")
@yes_option
def command(
    workspace: Workspace,
    course: Course,
    assignment: str | None,
    dry_run: bool,
    allow_lower: bool,
    jobs: int | None,
    unsafe_no_sandbox: bool,
    yes: bool,
) -> None:
    """Let the version that is checked out here grade the term, in place of the one that began it.

    A term is graded by one version of course, checks and engine: `autograder grade` refuses to grade with another. This command grades
    everybody with the new version, shows whose marks would change, in which tasks and why, and enters them when you agree. A mark that
    students have been told is never lowered unless you give --allow-lower.

    Exit status: 0 done or nothing would change, 1 marks would change or the command could not run, 2 misuse.

    \b
    Examples:
      autograder upgrade --dry-run
      autograder upgrade
    """
    from autograder.administration.upgrade import plan_upgrade, upgrade
    from autograder.runs.progress import show_progress
    from autograder.runs.stopping import stop_signals

    try:
        with stop_signals() as stop, show_progress(Console(stderr=True)) as show:
            plan = plan_upgrade(workspace, course, jobs=jobs, unsafe=unsafe_no_sandbox, show=show, stop=stop)
    except KeyboardInterrupt:
        raise SystemExit(EXIT_STOPPED) from None
    click.echo("; ".join(plan.differences) or "this version grades in the same way as the version that graded the term so far")
    click.echo(f"{counted(plan.looked_at, 'submission')}: {counted(len(plan.moves), 'mark')} would change")
    for task, up, down in plan.by_task():
        click.echo(f"  {task}: {up} rise, {down} fall")
    for move in plan.moves[:MOST_MOVES]:
        tasks = ", ".join(f"{task} {before:g} -> {now:g}" for task, (before, now) in move.tasks.items())
        given = f", {move.published:g} was published" if move.published is not None else ""
        why = f" ({'; '.join(move.reasons)})" if move.reasons else ""
        click.echo(f"  {move.student}, {move.assignment}: {move.before:g} -> {move.after:g}{given}: {tasks}{why}")
    if len(plan.moves) > MOST_MOVES:
        click.echo(f"  and {len(plan.moves) - MOST_MOVES} more")
    for student, failure in plan.failures.items():
        click.echo(f"  {student}: {failure}", err=True)
    if dry_run:
        raise SystemExit(EXIT_FINDINGS if plan.moves or plan.failures else 0)
    if plan.failures or not (yes or not plan.differences or confirmed("Upgrade the term?", yes)):
        click.echo("Nothing was changed.")
        raise SystemExit(EXIT_FINDINGS)
    upgrade(workspace, course, plan, allow_lower=allow_lower, jobs=jobs, unsafe=unsafe_no_sandbox)
    click.echo("The term is now graded by this version.")
