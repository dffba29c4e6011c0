"""``autograder demo``."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console

from autograder.cli import EXIT_FINDINGS
from autograder.manifest import load_course
from autograder.paths import REPOSITORY


@click.command("demo")
@click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=REPOSITORY / "build" / "demo",
    help="Workspace; made anew each time.",
)
@click.option("--picture", type=click.Path(dir_okay=False, path_type=Path), help="Also save the table as an SVG.")
@click.option("--no-book", is_flag=True, help="Leave the book out.")
def command(folder: Path, picture: Path | None, no_book: bool) -> None:
    """Play the whole class cycle on a sample class and say who got what and why."""
    from autograder.demo.cycle import NO_SANDBOX, contradictions, play, table
    from autograder.demo.picture import save
    from autograder.demo.play import DemoError
    from autograder.sandbox import sandbox
    from autograder.workspace.workspace import WorkspaceError

    console = Console()
    unsafe = sandbox.problem() is not None
    if unsafe:
        console.print(f"[bold yellow]{NO_SANDBOX}[/]")
    try:
        demo = play(load_course(), folder, console, with_book=not no_book)
    except (DemoError, WorkspaceError) as error:
        raise click.ClickException(str(error)) from error
    console.print(table(demo))
    if picture:
        save(table(demo), picture)
    for label, path in (
        ("marks", demo.grades),
        ("feedback", demo.folder / "feedback"),
        ("rubrics for the questions", demo.folder / "rubrics"),
        ("book", demo.book),
    ):
        if path:
            console.print(f"{label:<28} {path}", soft_wrap=True, highlight=False)
    by_hand = f"cd {demo.folder} && jupyter lab, then Nbgrader > Formgrader"
    console.print(f"{'grade the questions by hand':<28} {by_hand}", soft_wrap=True, highlight=False)
    console.print(f"{sum(demo.seconds.values()):.0f} s in all")
    wrong = contradictions(demo)
    if wrong:
        console.print("[bold red]marks that contradict the story:[/] " + "; ".join(wrong))
    if unsafe:
        console.print(f"[bold yellow]{NO_SANDBOX}[/]")
    if wrong:
        raise SystemExit(EXIT_FINDINGS)
