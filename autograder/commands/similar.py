"""`autograder similar`: hand-ins that are more alike than the assignment explains."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console
from rich.markup import escape

from autograder.commands._options import workspace_command
from autograder.manifest import Course
from autograder.plural import counted
from autograder.workspace.workspace import Workspace

FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


@click.command("similar")
@workspace_command()
@click.option(
    "--earlier", type=FOLDER, multiple=True, help="Workspace of an earlier year, or a folder of hand-ins; may be given several times."
)
@click.option(
    "--published", type=FOLDER, multiple=True, help="Folder of published solutions, each entry by one author; may be given several times."
)
@click.option("--to", type=click.Path(file_okay=False, path_type=Path), help="Folder for the pages. Default: similar/ in the workspace.")
@click.option("--most", type=click.IntRange(1, 1000), default=50, show_default=True, help="Pairs to show.")
def command(
    workspace: Workspace,
    course: Course,
    assignment: str,
    earlier: tuple[Path, ...],
    published: tuple[Path, ...],
    to: Path | None,
    most: int,
) -> None:
    """Find pairs of hand-ins of ASSIGNMENT that share unusual passages, and show them side by side.

    Functions are compared as tokens, by winnowing, without the code of the stub and the code that the reference makes inevitable. The pages
    are for people to read. They change no mark, and a pair proves nothing.

    Exit status: 0 done, whatever was found, 1 the command could not run, 2 misuse.

    \b
    Examples:
      autograder similar
      autograder similar --earlier ../2025/workspace --published solutions
    """
    from autograder.similar.compare import compare
    from autograder.similar.pages import INDEX

    target = to or workspace.root / "similar" / assignment
    with Console(stderr=True).status("reading") as status:
        pairs, count = compare(
            workspace,
            course,
            assignment,
            earlier=earlier,
            solutions=published,
            to=target,
            most=most,
            progress=lambda what: status.update(f"reading {escape(what)}"),
        )
    click.echo(f"{counted(count, 'work')} compared, {counted(len(pairs), 'pair')} to read in {target / INDEX}")
    for pair in pairs[:5]:
        click.echo(f"  {pair.one.label} and {pair.other.label}: {counted(len(pair.shared), 'function')}")
    click.echo("No mark was changed. A pair is something to read, and proves nothing.")
