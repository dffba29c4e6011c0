"""`autograder check`: grade one submission."""

from __future__ import annotations

import secrets
from pathlib import Path

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from autograder.commands._exit_status import EXIT_FINDINGS
from autograder.commands._options import course_option
from autograder.engine.catalogue import CatalogueError
from autograder.engine.grade import grade_submission
from autograder.engine.kept_files import seed_of_the_day
from autograder.engine.result import Result, TaskResult
from autograder.manifest import Assignment, Course, load_course
from autograder.plural import counted
from autograder.sandbox.bubblewrap import SandboxUnavailable

STYLE = {"passed": "green", "partial": "yellow", "not_attempted": "dim", "missing": "dim"}


@click.command("check")
@click.argument("submission", type=click.Path(exists=True, path_type=Path))
@click.option("--task", "tasks", multiple=True, metavar="ID", help="Grade this task only; may be given several times.")
@click.option("--assignment", metavar="NAME", help="Assignment of the manifest. Not needed while there is only one.")
@click.option("--seed", type=str, help="Seed of the hidden checks' inputs. Default: a new one every day.")
@click.option("--json", "json_file", type=click.Path(dir_okay=False, path_type=Path), help="Write the result document to this file.")
@course_option
@click.option("--unsafe-no-sandbox", is_flag=True, help="Run the code as an ordinary process: only for your own code.")
def command(
    submission: Path,
    tasks: tuple[str, ...],
    assignment: str | None,
    seed: str | None,
    json_file: Path | None,
    manifest: Path | None,
    unsafe_no_sandbox: bool,
) -> None:
    """Grade one submission without a gradebook and print a table.

    SUBMISSION is a folder, a zip, a tar, a compressed tar or a loose file, in the layout of the release or of a clone.

    Exit status: 0 full marks, 1 marks lost or not gradable, 2 misuse or no sandbox.

    \b
    Examples:
      autograder check work.zip
      autograder check work.zip --task batchnorm-backward --json result.json
    """
    try:
        course = load_course(manifest)
        chosen = _assignment(course, assignment, tasks)
        result = _graded(submission, course, chosen, seed, tasks, unsafe_no_sandbox)
    except KeyError as error:
        raise click.UsageError(str(error.args[0])) from error
    except (SandboxUnavailable, CatalogueError) as error:
        # Nothing was graded: these are neither full marks nor lost marks.
        raise click.UsageError(str(error)) from error
    if json_file:
        result.write(json_file)
    show(result)
    if result.status != "graded" or result.score < result.max_score:
        raise SystemExit(EXIT_FINDINGS)


def _assignment(course: Course, name: str | None, tasks: tuple[str, ...]) -> Assignment:
    notebooks = {course.task(t).notebook for t in tasks}
    if name is not None:
        chosen = course.assignment(name)
    else:
        fitting = [a for a in course.assignments if notebooks <= set(a.notebooks)]
        if len(fitting) != 1:
            names = ", ".join(a.name for a in course.assignments)
            raise click.UsageError(f"say which assignment with --assignment; the assignments are {names}")
        chosen = fitting[0]
    if not notebooks <= set(chosen.notebooks):
        raise click.UsageError(f"assignment {chosen.name} does not include {', '.join(tasks)}")
    return chosen


def _graded(submission: Path, course: Course, chosen: Assignment, seed: str | None, tasks: tuple[str, ...], unsafe: bool) -> Result:
    console = Console(stderr=True)
    with console.status("starting") as status:
        return grade_submission(
            submission,
            course,
            chosen,
            seed if seed is not None else seed_of_the_day() or secrets.token_hex(16),
            unsafe_no_sandbox=unsafe,
            tasks=tasks or None,
            all_cores=True,
            keep=True,
            progress=lambda task: status.update(f"grading {task}"),
        )


def show(result: Result) -> None:
    """Print a result as a table that reads well in a terminal and in a log."""
    console = Console(soft_wrap=False)
    if result.status != "graded":
        console.print(f"[bold red]not gradable[/]: {escape(result.reason or '')}")
    table = Table(title=escape(f"{result.submission}, assignment {result.assignment}"), title_justify="left")
    table.add_column("task", no_wrap=True)
    table.add_column("verdict", no_wrap=True)
    table.add_column("points", justify="right", no_wrap=True)
    table.add_column("what to correct first", overflow="fold")
    for task in result.tasks:
        style = STYLE.get(task.verdict, "red")
        table.add_row(task.id, f"[{style}]{task.verdict}[/]", f"{task.score:g} / {task.max_score:g}", escape(_first(task)))
    console.print(table)
    for title, lines in (("refused", result.refused), ("note", result.notes)):
        for line in lines:
            console.print(f"{title}: {escape(line)}", highlight=False)
    console.print(f"[bold]{result.score:g} of {counted(result.max_score, 'point')}[/] in {result.elapsed_s:.1f} s")


def _first(task: TaskResult) -> str:
    """The first failed check, and the hint when the mistake was recognised."""
    failed = next((f"{c.name}: {c.message}" for c in task.checks if not c.passed), "")
    return f"{failed}\n{task.hint}" if failed and task.hint else failed
