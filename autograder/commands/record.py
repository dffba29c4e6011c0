"""`autograder dev record`: run the notebooks with the reference and keep the tables that questions refer to."""

from __future__ import annotations

import time
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from autograder.commands._exit_status import EXIT_FINDINGS
from autograder.commands._options import course_option
from autograder.generate.errors import GeneratorError
from autograder.generate.recorded import is_stale, recorded_file
from autograder.generate.stubs import display
from autograder.manifest import Course, Notebook, load_course


@click.command()
@click.argument("notebooks", metavar="[NOTEBOOK]...", nargs=-1)
@click.option("--force", is_flag=True, help="Also record notebooks whose code has not changed since they were recorded.")
@course_option
def command(notebooks: tuple[str, ...], force: bool, manifest: Path | None) -> None:
    """Run notebooks with the reference on the embedded images and write what their recorded cells print.

    Without a name, all notebooks whose code has changed are recorded. Each takes some minutes and is written when it is done, so a run
    that was stopped goes on where it was. Run `autograder generate` afterwards.

    Exit status: 0 done, 1 refused, 2 misuse.

    \b
    Example:
      autograder dev record BatchNormalization
    """
    course = load_course(manifest)
    known = {n.name: n for n in course.notebooks}
    for name in notebooks:
        if name not in known:
            raise click.UsageError(f"there is no notebook {name!r}; the notebooks are {', '.join(known)}")
    failed = False
    for notebook in (known[name] for name in notebooks or known):
        failed = not _record(course, notebook, force) or failed
    if failed:
        raise SystemExit(EXIT_FINDINGS)


def _record(course: Course, notebook: Notebook, force: bool) -> bool:
    from autograder.generate.record import record  # nbclient takes a second to import

    where = display(course, recorded_file(notebook))
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("cells"), TimeElapsedColumn())
    try:
        if not force and not is_stale(course, notebook):
            click.echo(f"up to date: {where}")
            return True
        start = time.monotonic()
        with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
            bar = bars.add_task(notebook.name, total=None)
            path = record(course, notebook, lambda done, total: bars.update(bar, completed=done, total=total))
    except (GeneratorError, OSError) as error:
        click.echo(f"refused: {error}", err=True)
        return False
    click.echo(f"recorded in {time.monotonic() - start:.0f} s: {where}" if path else f"no recorded cell: {notebook.name}")
    return True
