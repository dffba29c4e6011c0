"""``autograder report``."""

from __future__ import annotations

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from autograder.bridge.options import cycle_command
from autograder.bridge.workspace import Workspace
from autograder.course import Course


@click.command("report")
@cycle_command
def command(workspace: Workspace, course: Course, assignment: str) -> None:
    """Say which tasks of ASSIGNMENT a class found hard, and which checks failed most."""
    from autograder.bridge.report import summary

    table = Table(title=f"{escape(assignment)}: how the class did", title_justify="left")
    for name in ("task", "graded", "mean points", "full marks"):
        table.add_column(name, justify="left" if name == "task" else "right")
    table.add_column("failed most", overflow="fold")
    for task in summary(workspace, course, assignment):
        most = ", ".join(f"{name} ({n})" for name, n in task.failed.most_common(2))
        full = sum(s >= task.max_score for s in task.scores)
        table.add_row(task.id, str(len(task.scores)), f"{task.mean:.2f} / {task.max_score:g}", str(full), escape(most))
    Console().print(table)
