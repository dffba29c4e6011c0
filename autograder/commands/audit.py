"""`autograder dev audit`: what the hidden checks catch, and what they let pass."""

from __future__ import annotations

import json
import math
from pathlib import Path

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from autograder.audit import Audit, Trial, audit
from autograder.audit.kill import Kills, kill_mutants
from autograder.audit.sentences import Sentences, prove_sentences
from autograder.audit.visible import Passing, pass_visible_checks
from autograder.commands._exit_status import EXIT_FINDINGS
from autograder.commands._options import course_option
from autograder.commands._progress import tenths
from autograder.engine.catalogue import CatalogueError
from autograder.manifest import load_course
from autograder.mistakes import MistakesError
from autograder.paths import write_atomically
from autograder.plural import counted
from autograder.sandbox.bubblewrap import SandboxUnavailable

QUIET_UP_TO = 50
"""Up to this many variants, about as many as one task has, no progress is shown: they take seconds."""
SHOWN_CHECKS = 3
"""At most this many checks are named for each sentence; there may be dozens."""


@click.command("audit")
@click.option("--task", "tasks", multiple=True, metavar="ID", help="Audit this task only; may be given several times.")
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of the hidden checks' inputs.")
@click.option("--jobs", type=click.IntRange(1), metavar="N", help="Number of sandboxes at a time. Default: one for each processor.")
@click.option("--json", "json_file", type=click.Path(dir_okay=False, path_type=Path), help="Write the matrix to this file.")
@click.option("--mutants", is_flag=True, help="Instead, change the reference in small ways and list the changes that no check notices.")
@click.option("--visible", is_flag=True, help="With --mutants: say how many changes pass the checks of the notebooks, for each task.")
@click.option("--sentences", is_flag=True, help="Instead, list the sentences of the docstrings that no check proves.")
@click.option("--quiet", is_flag=True, help="Print only what is wrong and the summary, without the matrix.")
@course_option
@click.option("--unsafe-no-sandbox", is_flag=True, help="Run the entries as ordinary processes: they are the course's own code.")
def command(
    tasks: tuple[str, ...],
    seed: int,
    jobs: int | None,
    json_file: Path | None,
    mutants: bool,
    visible: bool,
    sentences: bool,
    quiet: bool,
    manifest: Path | None,
    unsafe_no_sandbox: bool,
) -> None:
    """Prove the hidden checks: run every catalogued mistake, the stubs and the reference against them.

    For each task the command prints a matrix of mistakes and checks. It fails when a mistake gets full marks, or when its error is less
    than 100 times the tolerance; when no mistake fails a check; when the stubs earn marks or the reference loses any; and when a check
    asks for something that neither the docstring nor the notebook says.

    With --mutants, the command changes one operator, number or loop of the reference at a time instead. It fails when no check notices a
    change that is not known to be equivalent.

    With --mutants --visible, it runs the same changes through the checks of the notebooks and says how many pass, for each task. None of
    them is a finding.

    With --sentences, the command goes through every sentence of the docstrings and every line of their Parameters, Returns and Raises. Each
    must be quoted by a check that a wrong version fails, be a line that checks rely on, repeat another sentence, or be in
    autograder/audit/sentences.toml with a reason. Other checks that the wrong version fails must be listed there as well.

    Exit status: 0 nothing found, 1 findings, 2 misuse.

    \b
    Examples:
      autograder dev audit --task softmax-loss
      autograder dev audit --quiet --json build/audit.json
    """
    if visible and not mutants:
        raise click.UsageError("--visible is an option of --mutants: write --mutants --visible")
    if sentences and mutants:
        raise click.UsageError("--sentences and --mutants cannot be used together: run one after the other")
    console, errors = Console(), Console(stderr=True)
    try:
        course = load_course(manifest)
        chosen = tasks or None
        with tenths("variants", errors, QUIET_UP_TO) as tell:
            result: Audit | Kills | Passing | Sentences
            if sentences:
                result = prove_sentences(course, seed, tasks=chosen, jobs=jobs, progress=tell)
            elif visible:
                result = pass_visible_checks(course, tasks=chosen, jobs=jobs, progress=tell)
            elif mutants:
                result = kill_mutants(course, seed, tasks=chosen, jobs=jobs, progress=tell)
            else:
                result = audit(course, seed, tasks=chosen, jobs=jobs, unsafe_no_sandbox=unsafe_no_sandbox, progress=tell)
    except KeyError as error:
        raise click.UsageError(str(error.args[0])) from error
    except ImportError as error:
        raise click.UsageError(f"{error}: run `pip install -e '.[prove]'` in this checkout, which brings cosmic-ray") from error
    except (MistakesError, SandboxUnavailable, CatalogueError) as error:
        raise click.UsageError(str(error)) from error
    if json_file:
        write_atomically(json_file, json.dumps(result.document(), indent=1, ensure_ascii=False) + "\n")
    if isinstance(result, Kills):
        show_kills(console, result, quiet)
    elif isinstance(result, Passing):
        show_passing(console, result, quiet)
    elif isinstance(result, Sentences):
        show_sentences(console, result, quiet)
    else:
        show_audit(console, result, quiet)
    if result.findings:
        raise SystemExit(EXIT_FINDINGS)


def show_audit(console: Console, result: Audit, quiet: bool) -> None:
    """Print the matrix, unless quiet, and the summary."""
    for task in () if quiet else result.checks:
        show_task(console, result, task)
    show_summary(console, result)


def show_kills(console: Console, kills: Kills, quiet: bool) -> None:
    """Print the rate of killed mutants for each function, the survivors with their reasons, and everything wrong."""
    table = Table(title="mutants of the reference", title_justify="left", pad_edge=False)
    for name in ("function", "mutants", "killed", "rate"):
        table.add_column(name, justify="left" if name == "function" else "right", no_wrap=True)
    for function, (count, killed) in kills.by_function().items():
        table.add_row(escape(function), str(count), str(killed), f"{killed / count:.1%}")
    if not quiet:
        console.print(table)
        for mutant in kills.survivors:
            reason = kills.reasons.get(mutant.key, "")
            console.print(f"{mutant.function}: {mutant.after}\n    {reason}", highlight=False, markup=False, soft_wrap=True)
    left = f"{len(kills.survivors)} survive, {len(kills.equivalent)} of them equivalent to the reference"
    console.print(f"{kills.total.total()} mutants, {left}; {kills.rate:.1%} of the others killed", highlight=False)
    for finding in kills.findings:
        console.print(f"[red]{escape(finding)}[/]", highlight=False, soft_wrap=True)


def show_passing(console: Console, passing: Passing, quiet: bool) -> None:
    """Print how many mutants pass the visible check of each task, the worst first, and which they are."""
    table = Table(title="mutants of the reference that pass the checks of the notebooks", title_justify="left", pad_edge=False)
    for name in ("task", "mutants", "pass", "share"):
        table.add_column(name, justify="left" if name == "task" else "right", no_wrap=True)
    for task, (count, passed) in passing.by_task().items():
        table.add_row(escape(task), str(count), str(passed), f"{passed / count:.1%}")
    console.print(table)
    for task, mutant in () if quiet else passing.passed:
        console.print(f"{task}: {mutant.function}: {mutant.after}", highlight=False, markup=False, soft_wrap=True)
    console.print(f"{passing.total.total()} mutants, {passing.share:.1%} pass", highlight=False)


def show_sentences(console: Console, result: Sentences, quiet: bool) -> None:
    """Print how each unit is proved, and the units that are not."""
    for proof in () if quiet else result.proofs:
        asked = "; ".join(sorted({name for names in proof.checks.values() for name in names})[:SHOWN_CHECKS])
        console.print(f"{proof.unit.owner}: {proof.unit.text}\n    {proof.how}: {asked}", highlight=False, markup=False, soft_wrap=True)
    parts = ", ".join(f"{count} {how}" for how, count in result.counts().items())
    console.print(f"{counted(len(result.proofs), 'sentence or line', 'sentences and lines')}: {parts}", highlight=False)
    console.print(f"{counted(result.lines, 'comparison')} in the checks of the notebooks", highlight=False)
    for finding in result.findings:
        console.print(f"[red]{escape(finding)}[/]", highlight=False, soft_wrap=True)


def show_task(console: Console, result: Audit, task: str) -> None:
    """Print the matrix of one task: a row for each mistake, a numbered column for each check."""
    names = result.checks[task]
    table = Table(title=f"[bold]{escape(task)}[/]", title_justify="left", pad_edge=False)
    table.add_column("mistake", no_wrap=True)
    for number in range(1, len(names) + 1):
        table.add_column(str(number), justify="center", no_wrap=True)
    table.add_column("margin", justify="right", no_wrap=True)
    table.add_column("costs", justify="right", no_wrap=True)
    for trial in result.of(task):
        marks = ["[red]x[/]" if name in trial.failed else "." for name in names]
        table.add_row(escape(trial.mistake.id.removeprefix(task + "-")), *marks, margin_text(trial), f"{trial.cost:.0%}")
    console.print(table)
    for number, name in enumerate(names, start=1):
        console.print(f"  {number:2d}  {escape(name)}", highlight=False)
    console.print()


def margin_text(trial: Trial) -> str:
    """The margin as a power of ten; ``property`` where a property, a shape or a call fails."""
    if not trial.failed:
        return "FULL MARKS"
    return f"{trial.margin:.0e}" if math.isfinite(trial.margin) else "property"


def show_summary(console: Console, result: Audit) -> None:
    """Print what was run, the smallest margins, and everything wrong."""
    checks = sum(len(names) for names in result.checks.values())
    ran = (counted(len(result.trials), "mistake"), counted(checks, "check"), counted(len(result.checks), "task"))
    console.print(f"{', '.join(ran)} in {result.elapsed_s:.0f} s", highlight=False)
    smallest = ", ".join(f"{t.mistake.id} {t.margin:.3g}" for t in result.smallest_margins())
    if smallest:
        console.print(f"smallest margins (error by tolerance): {escape(smallest)}", highlight=False)
    for finding in result.findings:
        console.print(f"[red]{escape(finding)}[/]", highlight=False, soft_wrap=True)
    if not result.findings:
        console.print("[green]Every mistake loses marks, every check is proved, and correct work loses none.[/]")
