"""`autograder serve`: grade hand-ins as they arrive, and answer at once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from autograder.commands._exit_status import EXIT_FINDINGS
from autograder.commands._options import workspace_command
from autograder.manifest import Course
from autograder.workspace.workspace import Workspace

if TYPE_CHECKING:
    from autograder.serving.serve import Round


@click.command("serve")
@workspace_command()
@click.option("--from", "inbox", type=click.Path(exists=True, file_okay=False, path_type=Path), help="Folder in which hand-ins arrive.")
@click.option("--answers", type=click.Path(file_okay=False, path_type=Path), help="Folder for the answers. Default: in the workspace.")
@click.option(
    "--tell",
    type=click.Choice(["received", "points", "checks"]),
    default="points",
    show_default=True,
    help="What students are told before the deadline.",
)
@click.option("--attempts", type=click.IntRange(0), default=0, show_default=True, help="Answers for each student; 0 for any number.")
@click.option("--every", type=click.FloatRange(1.0), default=20.0, show_default=True, metavar="SECONDS", help="Time between two looks.")
@click.option("--once", is_flag=True, help="Look once and end.")
def command(
    workspace: Workspace,
    course: Course,
    assignment: str,
    inbox: Path | None,
    answers: Path | None,
    tell: str,
    attempts: int,
    every: float,
    once: bool,
) -> None:
    """Grade hand-ins for ASSIGNMENT as they arrive in the exchange or in a folder, and answer at once, until each student's deadline.

    An answer is a page for one student. It says what --tell allows, about recognised mistakes never more than `visible` of the manifest
    allows, and nothing that hidden checks measured. Stop the command with Ctrl-C or SIGTERM.

    Exit status: 0 done, 1 something could not be read or graded, 2 misuse.

    \b
    Examples:
      autograder serve
      autograder serve --tell checks --attempts 10 --every 10
      autograder serve --from inbox --answers answers --once
    """
    from autograder.engine.early import Tell
    from autograder.runs.stopping import stop_signals
    from autograder.serving.serve import Server, Terms

    terms = Terms(answers or workspace.root / "served" / "answers", Tell(tell), attempts, inbox)
    server = Server(workspace, course, assignment, terms)
    if once:
        done = server.round()
        _say(done)
        if done.failed or done.unread or done.waiting:
            raise SystemExit(EXIT_FINDINGS)
        return
    click.echo(f"serving {assignment}; answers go to {terms.answers}")
    only: list[str] = []

    def say(done: Round) -> None:
        nonlocal only
        _say(done, only)
        only = done.only

    with stop_signals() as stop:
        server.run(every, stop, say)


def _say(done: Round, only: Sequence[str] = ()) -> None:
    """Print one line for what happened, and nothing for a round in which nothing happened.

    Parameters
    ----------
    only : students whose deadline had not passed in the round before.
    """
    parts = [
        f"the deadline of the class has passed; still answering {', '.join(done.only)}" if done.only and done.only != only else "",
        f"answered {', '.join(done.answered)}" if done.answered else "",
        f"no attempts left: {', '.join(done.used_up)}" if done.used_up else "",
        *(f"{student}: {reason}" for student, reason in done.failed.items()),
        *(f"nobody's: {line}" for line in done.unread),
        f"waiting: {done.waiting}" if done.waiting else "",
        "every deadline has passed: no more early answers. Run `autograder collect` and `autograder grade`" if done.closed else "",
    ]
    for part in filter(None, parts):
        click.echo(f"{datetime.now():%H:%M:%S} {part}")
