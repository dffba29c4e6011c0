"""`autograder report`: how a class did."""

from __future__ import annotations

import statistics
from pathlib import Path

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from autograder.commands._options import workspace_command
from autograder.manifest import Course
from autograder.workspace.workspace import Workspace

FILE = click.Path(dir_okay=False, path_type=Path)


@click.command("report")
@workspace_command()
@click.option("--html", type=FILE, help="Also write the report as a static page with plots.")
@click.option("--csv", "table", type=FILE, help="Also write a row for each student: points, mistakes, changes.")
def command(workspace: Workspace, course: Course, assignment: str, html: Path | None, table: Path | None) -> None:
    """Say which tasks of ASSIGNMENT the class found hard, which checks failed most and which mistakes were made.

    The files hold names and marks: keep them as private as the gradebook.

    Exit status: 0 done, 1 the command could not run, 2 misuse.

    \b
    Example:
      autograder report --html class.html --csv class.csv
    """
    from autograder.outgoing.report import class_report, write_csv, write_html

    report = class_report(workspace, course, assignment)
    console = Console()
    tasks = Table(title=f"{escape(assignment)}: how the class did", title_justify="left")
    for name in ("task", "graded", "mean points", "full marks"):
        tasks.add_column(name, justify="left" if name == "task" else "right")
    tasks.add_column("failed most", overflow="fold")
    for task in report.tasks:
        most = ", ".join(f"{name} ({n})" for name, n in task.failed.most_common(2))
        tasks.add_row(task.id, str(len(task.scores)), f"{task.mean:.2f} / {task.max_score:g}", str(task.full), escape(most))
    console.print(tasks)
    if report.questions:
        questions = Table(title="Questions", title_justify="left")
        for name in ("question", "read", "unread", "mean points"):
            questions.add_column(name, justify="left" if name == "question" else "right")
        for question in report.questions:
            mean = f"{question.mean:.2f} / {question.max_score:g}" if question.scores else "-"
            questions.add_row(escape(question.title), str(len(question.scores)), str(question.waiting), mean)
        console.print(questions)
    if report.marks:
        whole = max(m.max_score for m in report.marks.values())
        middle = f"mean {statistics.fmean(report.totals):.2f}, median {statistics.median(report.totals):g}"
        console.print(f"total marks: {middle} of {whole:g} points", highlight=False)
    if report.mistakes:
        named = Table(title="Most frequent mistakes", title_justify="left")
        named.add_column("mistake", overflow="fold")
        named.add_column("students", justify="right")
        for mistake in report.mistakes[:10]:
            named.add_row(escape(mistake.id), str(mistake.students))
        console.print(named)
    if report.without:
        console.print(f"{len(report.without)} have no result for what they handed in last: run `autograder grade {escape(assignment)}`")
    for path, write in ((html, write_html), (table, write_csv)):
        if path:
            write(report, path)
            console.print(f"written: {escape(str(path))}", soft_wrap=True)
