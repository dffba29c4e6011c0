"""`autograder demo`: the whole class cycle on a sample class."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console

from autograder.commands._exit_status import EXIT_FINDINGS
from autograder.manifest import load_course
from autograder.paths import REPOSITORY


@click.command("demo")
@click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=REPOSITORY / "build" / "demo",
    help="Workspace of the sample class. Its content is deleted first.",
)
@click.option("--no-book", is_flag=True, help="Do not build the book.")
def command(folder: Path, no_book: bool) -> None:
    """Run the whole class cycle on a sample class, and say who got which marks and why.

    Exit status: 0 done, 1 a step failed or a student got other marks than planned, 2 misuse.

    \b
    Example:
      autograder demo --no-book
    """
    from autograder.demo.cycle import NO_SANDBOX, contradictions, marks_table, run_cycle
    from autograder.demo.play import DemoError
    from autograder.sandbox import sandbox
    from autograder.workspace.workspace import WorkspaceError

    console = Console()
    unsafe = sandbox.problem() is not None
    if unsafe:
        console.print(f"[bold yellow]{NO_SANDBOX}[/]")
    try:
        demo = run_cycle(load_course(), folder, console, with_book=not no_book)
    except (DemoError, WorkspaceError) as error:
        raise click.ClickException(str(error)) from error
    console.print(marks_table(demo))
    for label, path in (
        ("marks", demo.grades),
        ("feedback", demo.folder / "feedback"),
        ("rubrics for the questions", demo.folder / "rubrics"),
        ("first pages of the book", demo.book),
    ):
        if path:
            console.print(f"{label:<28} {path}", soft_wrap=True, highlight=False)
    if demo.book:
        console.print(f"{'the whole book':<28} make book", highlight=False)
    by_hand = f"cd {demo.folder} && jupyter lab, then Nbgrader > Formgrader"
    console.print(f"{'grade the questions by hand':<28} {by_hand}", soft_wrap=True, highlight=False)
    console.print(f"{sum(demo.seconds.values()):.0f} s in total")
    wrong = contradictions(demo)
    if wrong:
        console.print("[bold red]marks that contradict the story:[/] " + "; ".join(wrong))
    if unsafe:
        console.print(f"[bold yellow]{NO_SANDBOX}[/]")
    if wrong:
        raise SystemExit(EXIT_FINDINGS)
