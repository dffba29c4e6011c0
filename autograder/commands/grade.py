"""`autograder grade`: grade a class and enter the marks."""

from __future__ import annotations

import gc
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from autograder.commands._exit_status import EXIT_FINDINGS, EXIT_STOPPED
from autograder.commands._options import workspace_command
from autograder.manifest import Course
from autograder.plural import counted, word_for
from autograder.workspace.workspace import Workspace

if TYPE_CHECKING:
    from autograder.runs.grade import MakePool
    from autograder.runs.grade_report import GradeReport

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command("grade")
@workspace_command()
@click.option("--only", multiple=True, metavar="STUDENT", help="Grade this student only; may be given several times.")
@click.option("--force", is_flag=True, help="Also grade submissions that already have a result. Marks given by hand stay.")
@click.option("--jobs", type=click.IntRange(1, 512), help="Worker processes on this machine. Default: one for each core.")
@click.option("--scheduler", metavar="tls://HOST:8786", help="Grade on the Dask cluster of that scheduler instead of here.")
@click.option("--tls-ca", type=_FILE, help="Certificate of the cluster's authority.")
@click.option("--tls-cert", type=_FILE, help="Certificate of this client.")
@click.option("--tls-key", type=_FILE, help="Its key.")
@click.option("--execute", is_flag=True, help="Afterwards execute the notebooks for display, in the sandbox. This changes no mark.")
@click.option("--unsafe-no-sandbox", is_flag=True, help="Run the code as an ordinary process: only for your own code.")
def command(
    workspace: Workspace,
    course: Course,
    assignment: str,
    only: tuple[str, ...],
    force: bool,
    jobs: int | None,
    scheduler: str | None,
    tls_ca: Path | None,
    tls_cert: Path | None,
    tls_key: Path | None,
    execute: bool,
    unsafe_no_sandbox: bool,
) -> None:
    """Grade what was collected for ASSIGNMENT and enter it into the gradebook.

    Nobody is graded unless the untouched stubs get no marks and the reference gets all of them. You can stop at any time with Ctrl-C:
    what is graded stays graded, and the same command goes on from there.

    Exit status: 0 done, 1 grading could not start, a submission could not be graded through no fault of its own, or a cluster gave wrong
    marks, 2 misuse, 130 stopped by Ctrl-C or SIGTERM.

    \b
    Examples:
      autograder grade
      autograder grade --only jdoe --force
      autograder grade --jobs 8 --execute
    """
    from autograder.runs.grade import grade
    from autograder.runs.progress import show_progress
    from autograder.runs.stopping import stop_signals

    if scheduler and jobs:
        raise click.UsageError("--jobs is for this machine, --scheduler for a cluster: give one of them")
    if not scheduler and (tls_ca or tls_cert or tls_key):
        raise click.UsageError("--tls-ca, --tls-cert and --tls-key go with --scheduler")
    if execute and unsafe_no_sandbox:
        raise click.UsageError("--execute runs notebooks only in the sandbox: leave out --unsafe-no-sandbox")
    make_pool = _cluster(scheduler, tls_ca, tls_cert, tls_key) if scheduler else None
    gc.freeze()  # Imported objects stay, so the collector need not go through them again and again.
    try:
        with stop_signals() as stop, show_progress(Console(stderr=True)) as show:
            report = grade(
                workspace,
                course,
                assignment,
                only=only,
                force=force,
                unsafe=unsafe_no_sandbox,
                jobs=jobs,
                make_pool=make_pool,
                show=show,
                stop=stop,
            )
    except KeyboardInterrupt:
        _say_how_to_go_on()
        raise SystemExit(EXIT_STOPPED) from None
    print_report(report)
    if report.stopped:
        _say_how_to_go_on(report)
        raise SystemExit(EXIT_STOPPED)
    if execute:
        _execute(workspace, course, assignment, only, jobs)
    if report.failures:
        console = Console()
        console.print(f"[red]{len(report.failures)} could not be graded[/]; the table says why")
        raise SystemExit(EXIT_FINDINGS)
    if report.contradicted:
        raise SystemExit(EXIT_FINDINGS)


def _execute(workspace: Workspace, course: Course, assignment: str, only: tuple[str, ...], jobs: int | None) -> None:
    from autograder.display.execute import execute_class
    from autograder.runs.stopping import stop_signals

    try:
        with stop_signals() as stop, Console(stderr=True).status("executing notebooks for display") as status:
            done = execute_class(
                workspace,
                course,
                assignment,
                only=only,
                jobs=jobs,
                progress=lambda done, total, student: status.update(f"notebooks of {done} of {total} executed, last {escape(student)}"),
                stop=stop,
            )
    except KeyboardInterrupt:
        click.echo("Stopped while the notebooks were being executed. The marks are entered; run the same command again to go on.", err=True)
        raise SystemExit(EXIT_STOPPED) from None
    click.echo(f"{counted(done.executed, 'notebook')} executed for display")
    for name, reason in done.stopped.items():
        click.echo(f"  {name} was stopped: {reason}")


def _cluster(url: str, ca: Path | None, cert: Path | None, key: Path | None) -> MakePool:
    from autograder.runs.cluster import Cluster
    from autograder.runs.scheduler_address import ClusterMisuse, SchedulerAddress, checked_address

    try:
        address = checked_address(SchedulerAddress(url, ca, cert, key))
    except ClusterMisuse as error:
        raise click.UsageError(str(error)) from error
    return lambda order: Cluster(order, address)


def print_report(report: GradeReport) -> None:
    """Print who got which marks, whose marks changed and why, and what was repaired."""
    console = Console()
    console.print(_table(report))
    for note in report.notes:
        console.print(escape(note), highlight=False)
    for row in (r for r in report.rows if r.moves):
        moves = ", ".join(f"{task} {before:g} -> {now:g}" for task, (before, now) in row.moves.items())
        reasons = "; ".join(row.reasons) or "graded again"
        console.print(f"{escape(row.student)}: marks changed in {escape(moves)} ({escape(reasons)})", highlight=False)
    fresh = [r for r in report.rows if r.fresh]
    again = Counter(reason for r in fresh for reason in r.reasons)
    because = "".join(f"\n  {n} because {reason}" if reason != "--force" else f"\n  {n} by --force" for reason, n in again.most_common())
    console.print(
        f"{len(fresh)} entered into the gradebook, {len(report.rows) - len(fresh) - len(report.failures)} had not changed{because}",
        highlight=False,
    )


def _table(report: GradeReport) -> Table:
    done = len(report.rows)
    of = f"{done} of {report.total}" if report.stopped else f"{done}"
    title = f"{of} {word_for(report.total if report.stopped else done, 'submission')} in {report.elapsed_s:.0f} s"
    table = Table(title=f"{escape(report.assignment)}: {title}", title_justify="left")
    table.add_column("student", no_wrap=True)
    table.add_column("points", justify="right", no_wrap=True)
    table.add_column("what cost marks", overflow="fold")
    for row in report.rows:
        document = row.document
        if document is None:
            table.add_row(escape(row.student), "-", f"[red]not graded: {escape(row.failure or '')}[/]")
            continue
        lost = [f"{t['id']} ({t['verdict']})" for t in document["tasks"] if t["score"] < t["max_score"]]
        text = row.failure or document["reason"] or ", ".join(lost[:6]) + (f" and {len(lost) - 6} more" if len(lost) > 6 else "")
        table.add_row(escape(row.student), f"{document['score']:g} / {document['max_score']:g}", escape(text))
    return table


def _say_how_to_go_on(report: GradeReport | None = None) -> None:
    done = f"after {len(report.rows)} of {report.total}" if report else "at once"
    click.echo(f"Stopped {done}. What was graded is kept: run the same command again to go on.", err=True)
