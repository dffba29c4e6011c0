"""`autograder dev generate`: write, or verify, every generated file."""

from __future__ import annotations

from pathlib import Path

import click

from autograder.commands._exit_status import EXIT_FINDINGS
from autograder.commands._options import course_option
from autograder.generate.errors import GeneratorError
from autograder.generate.everything import PARTS, build
from autograder.generate.recorded import stale_recordings
from autograder.generate.stubs import display
from autograder.generate.tree import Plan, compare, write
from autograder.manifest import Course, load_course

PICTURES = "pictures"
CURE = "run `make generate` (or `autograder generate`) and commit what it writes"


@click.command()
@click.option(
    "--check",
    "check_only",
    is_flag=True,
    help="Write nothing; end with 1 if a generated file is missing, differs from what its source makes, or has no source any more.",
)
@click.option(
    "--only",
    type=click.Choice((*PARTS, PICTURES)),
    multiple=True,
    metavar="PART",
    help=f"Only this part; may be given several times: {', '.join((*PARTS, PICTURES))}.",
)
@course_option
def command(check_only: bool, only: tuple[str, ...], manifest: Path | None) -> None:
    """Make every generated file from its source: stubs, tasks.json, notebooks, hints, tables of the book, pictures of the README.

    Nothing is written when a source is refused. A file is rewritten only when its bytes differ.

    Exit status: 0 done, 1 refused, or --check found a difference, 2 misuse.

    \b
    Examples:
      autograder dev generate
      autograder dev generate --check --only notebooks
    """
    parts = only or (*PARTS, PICTURES)
    try:
        course = load_course(manifest)
        plans = build(course, parts)
        outdated = stale_recordings(course) if "notebooks" in parts else []
        apply = compare if check_only else write
        changes = [change for plan in plans for change in apply(plan)]
        # Pictures come last, because they run the package with its generated files.
        if PICTURES in parts and (pictures := _pictures(course)):
            plans.append(pictures)
            changes += apply(pictures)
    except (GeneratorError, OSError) as error:
        click.echo(f"refused: {error}", err=True)
        raise SystemExit(EXIT_FINDINGS) from error
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
        raise SystemExit(EXIT_FINDINGS)


def _pictures(course: Course) -> Plan | None:
    from autograder.demo.pictures import build_pictures

    return build_pictures(course)
