"""``autograder generate``: write, or verify, every generated file."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from autograder.generate.errors import GeneratorError
from autograder.generate.everything import PARTS, build
from autograder.generate.recorded import stale_recordings
from autograder.generate.stubs import display
from autograder.generate.tree import compare, write
from autograder.manifest import ManifestError, load_course

CURE = "run `make generate` (or `autograder generate`) and commit what it writes"


@click.command()
@click.option(
    "--check", "check_only", is_flag=True, help="Write nothing; exit 1 when a generated file is missing, stale or differs from its source."
)
@click.option("--only", type=click.Choice(PARTS), multiple=True, help="Only this part; may be given more than once.")
@click.option("--course", "manifest", type=click.Path(path_type=Path), help="Another course.toml than this repository's.")
def command(check_only: bool, only: tuple[str, ...], manifest: Path | None) -> None:
    """Make stubs, tasks.json, notebooks and the book's tables from course/solutions, course/course.toml and tests/book/identities.

    Nothing is written when a source is refused. A file is rewritten only when its bytes differ.
    """
    try:
        course = load_course(manifest)
        plans = build(course, only or PARTS)
        outdated = stale_recordings(course) if "notebooks" in (only or PARTS) else []
        changes = [change for plan in plans for change in (compare(plan) if check_only else write(plan))]
    except ManifestError as error:
        raise click.UsageError(str(error)) from error
    except (GeneratorError, OSError) as error:
        click.echo(f"refused: {error}", err=True)
        sys.exit(1)
    for change in changes:
        done = change.kind if check_only else {"stale": "removed", "missing": "written"}.get(change.kind, "rewritten")
        click.echo(f"{done}: {display(course, change.path)}")
        if check_only and change.diff:
            click.echo(change.diff)
    for notebook in outdated:
        click.echo(f"the recorded results of {notebook.name} are older than its code: run `autograder record {notebook.name}`", err=True)
    count = sum(len(plan.files) for plan in plans)
    if not changes and not outdated:
        click.echo(f"{count} generated files are what their sources make")
    if changes and check_only:
        click.echo(f"{len(changes)} of {count} generated files differ: {CURE}", err=True)
    if check_only and (changes or outdated):
        sys.exit(1)
