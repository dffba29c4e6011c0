"""`autograder gradescope`: the zip that grades in Gradescope."""

from __future__ import annotations

from pathlib import Path

import click

from autograder.commands._options import course_option
from autograder.manifest import load_course
from autograder.plural import counted


@click.command("gradescope")
@click.argument("assignment", required=False)
@click.option(
    "--to", type=click.Path(dir_okay=False, path_type=Path), default="autograder.zip", show_default=True, help="The zip to write."
)
@click.option(
    "--tell",
    type=click.Choice(["received", "points", "checks"]),
    default="points",
    show_default=True,
    help="What students are told before the deadline.",
)
@click.option(
    "--attempts", type=click.IntRange(0), default=0, show_default=True, help="Submissions of each student that are graded; 0 for all."
)
@click.option("--seed", help="Seed of the hidden checks' inputs. Default: a new one.")
@course_option
def command(assignment: str | None, to: Path, tell: str, attempts: int, seed: str | None, manifest: Path | None) -> None:
    """Make the zip that grades ASSIGNMENT in Gradescope with this engine.

    The zip holds the reference and the hidden checks: upload it, and give it to nobody. After the deadline Gradescope shows students
    the whole feedback; before it, what --tell allows, and about mistakes no more than `visible` of the manifest allows.

    Exit status: 0 done, 2 misuse.

    \b
    Examples:
      autograder gradescope layers
      autograder gradescope layers --tell checks --attempts 10 --to g.zip
    """
    from autograder.engine.early import Tell
    from autograder.gradescope.build import build_zip

    course = load_course(manifest)
    names = [a.name for a in course.assignments]
    if assignment is None and len(names) > 1:
        raise click.UsageError(f"name an assignment; the assignments are {', '.join(names)}")
    chosen = assignment or names[0]
    if chosen not in names:
        raise click.UsageError(f"there is no assignment {chosen!r}; the assignments are {', '.join(names)}")
    try:
        count = build_zip(course, chosen, to, tell=Tell(tell), attempts=attempts, seed=seed)
    except OSError as error:
        raise click.UsageError(f"cannot write {to}: {error.strerror or error}") from error
    click.echo(f"{counted(count, 'file')} in {to}, which is private: it holds the reference, the hidden checks and their seed")
    click.echo("Upload it as the autograder of a programming assignment, with a base image that has Python 3.11 or later.")
