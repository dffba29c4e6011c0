"""Measure how long people wait: one table, each row with its target and whether it is reached.

    python -m benchmarks.waiting                          # everything that takes at most some minutes
    python -m benchmarks.waiting --rows check generate
    python -m benchmarks.waiting --rows test prove        # each takes as long as it says
    python -m benchmarks.waiting --quick                  # each once, and feedback for 16: does every row run?
    python -m benchmarks.waiting --against REVISION       # alternates with an older state, and shows how many times faster this one is

Commands that a person types are timed in a fresh clone, so only committed changes count. Grading and layers have separate
benchmarks; their rows show the last figures of `make bench-grading` and `make bench TORCH=1`, or say that they have not been run.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from pathlib import Path
from statistics import median
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from autograder.engine.kept_files import KEPT
from autograder.manifest import load_course
from autograder.outgoing.release import release
from autograder.paths import REPOSITORY
from autograder.workspace.opening import open_workspace
from benchmarks.classroom.students import VECTORISED, hand_in_all, honest_work
from benchmarks.machine import load, machine

BUILD = REPOSITORY / "build"
RESULT = BUILD / "benchmarks" / "waiting.json"
ADDRESSES = {
    "public_address": "https://github.com/you/layers-{n}",
    "public_branch": "main-{n}",
    "book_address": "https://you.github.io/{n}",
}
FEEDBACK_FOR, FEEDBACK_QUICKLY = 300, 16
"""The number of students whose feedback is timed, and with `--quick`, where starting the command takes most of the time."""


@dataclass(frozen=True)
class Cost:
    """The time that a command took, including all processes that it waited for."""

    wall_s: float
    cpu_s: float


class Clone:
    """A fresh clone of a revision, in which commands are timed."""

    def __init__(self, folder: Path, revision: str, students: int = FEEDBACK_FOR) -> None:
        self.folder, self.students = folder, students
        self._addresses = 0
        subprocess.run(["git", "clone", "--quiet", "--no-checkout", str(REPOSITORY), str(folder)], check=True)
        subprocess.run(["git", "-C", str(folder), "checkout", "--quiet", revision], check=True)

    @cached_property
    def setup(self) -> Cost:
        """Time the first `make setup`."""
        return self.time("make", "setup")

    @cached_property
    def public(self) -> Cost:
        """Time `make public` with addresses set and no figure drawn yet."""
        self.set_addresses()
        return self.autograder("public", str(self.folder / "build" / "public"))

    def autograder(self, *words: str, good: tuple[int, ...] = (0,)) -> Cost:
        """Time an `autograder` command in the clone, which is set up first."""
        assert self.setup
        return self.time(str(self.folder / ".venv" / "bin" / "autograder"), *words, good=good)

    def make(self, target: str) -> Cost:
        """Time a target of the Makefile, after setting the clone up."""
        assert self.setup
        return self.time("make", target)

    def set_addresses(self) -> None:
        """Set three addresses in the manifest to new values."""
        self._addresses += 1
        path = self.folder / "course" / "course.toml"
        text = path.read_text(encoding="utf-8")
        for key, value in ADDRESSES.items():
            text = re.sub(rf'^{key} = ".*"', f'{key} = "{value.format(n=self._addresses)}"', text, flags=re.MULTILINE)
        path.write_text(text, encoding="utf-8")

    def time(self, *command: str, good: tuple[int, ...] = (0,)) -> Cost:
        """Run a command in the clone as a user would, without this process's environment."""
        ours = ("PYTHONPATH", "PYTHONDONTWRITEBYTECODE", "COURSENN_COURSE", "COURSENN_CACHE_DIR", "MAKEFLAGS", "MFLAGS", "MAKELEVEL")
        environment = {name: value for name, value in os.environ.items() if name not in ours}
        with tempfile.TemporaryFile() as output:
            start = time.monotonic()
            process = subprocess.Popen(command, cwd=self.folder, env=environment, stdout=output, stderr=output)
            _, status, usage = os.wait4(process.pid, 0)
            wall = time.monotonic() - start
            process.returncode = os.waitstatus_to_exitcode(status)
            if process.returncode not in good:
                output.seek(0)
                last = output.read()[-3000:].decode(errors="replace")
                raise click.ClickException(f"{' '.join(command)} ended with {process.returncode}:\n{last}")
        return Cost(wall, usage.ru_utime + usage.ru_stime)


Reading = float | None


@dataclass(frozen=True)
class Row:
    """A row of the table."""

    what: str
    target: float
    measure: Callable[[Clone], Reading]
    """None if another benchmark must be run first."""
    unit: str = "s"
    times: int = 1
    """The number of measurements; the median counts."""
    at_least: bool = False
    """Whether more is better."""
    long: bool = False
    """Whether it is measured only if it is named."""
    first: str = ""
    """The command that produces the figure, if it is read from a file."""
    in_the_way: str = ""
    """What keeps the figure from its target, if that is known."""

    def reached(self, value: float) -> bool:
        """Return whether a figure is as good as the target."""
        return value >= self.target if self.at_least else value <= self.target


def check_one(clone: Clone) -> float:
    """Return the wall time of `autograder check` on the reference, when it was run before on the same day."""
    return clone.autograder("check", "course/solutions", good=(0, 1)).wall_s


def check_first(clone: Clone) -> float:
    """Return the same for the first submission of a day, for which nothing is kept."""
    shutil.rmtree(clone.folder / "build" / "cache" / KEPT, ignore_errors=True)
    return check_one(clone)


def generate(clone: Clone) -> float:
    """Return the processor time of `make generate` after three addresses have changed."""
    clone.set_addresses()
    return clone.autograder("generate").cpu_s


def feedback(clone: Clone) -> float:
    """Return the wall time of feedback for one student of a class, including the start of the command."""
    course = load_course(clone.folder / "course" / "course.toml")
    assignment = course.assignments[0].name
    workspace = open_workspace(clone.folder / "class", course)
    if not workspace.released(assignment).is_dir():
        release(workspace, course, assignment, generated=True)
        work = islice(honest_work(course, VECTORISED), clone.students)
        hand_in_all(course, workspace.released(assignment), workspace.root / "submitted", work, assignment)
        clone.autograder("grade", assignment, "--workspace", str(workspace.root))
    return clone.autograder("feedback", assignment, "--workspace", str(workspace.root)).wall_s / clone.students


def written(name: str) -> Any:
    """Return what another benchmark has written below ``build/``, or None if it has not been run."""
    path = BUILD / name
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None


def against_stock(whose: str = "") -> Callable[[Clone], Reading]:
    """Return a function that reads how many times faster we are than stock nbgrader, if that has graded at least 15 submissions.

    Parameters
    ----------
    whose : ``vectorised`` for the class without loops in Python; by default the whole class.
    """

    def times(_: Clone) -> Reading:
        found = written("benchmarks/grading.json") or {}
        stock = (found.get(whose, {}) if whose else found).get("stock")
        return stock["times"] if stock and stock["students"] >= 15 else None

    return times


def honest_cpu(_: Clone) -> Reading:
    """Return the processor time of a finished submission without loops in Python."""
    found = (written("benchmarks/grading.json") or {}).get("mixed")
    return found["kinds"]["finished"]["cpu_s"] if found else None


def mixed_cpu(_: Clone) -> Reading:
    """Return the processor time of a submission of the mixed class."""
    found = (written("benchmarks/grading.json") or {}).get("mixed")
    return found["cpu_s_each"] if found else None


def worst_layer(_: Clone) -> Reading:
    """Return the largest ratio of a layer's time to PyTorch's, over types and numbers of threads."""
    ratios = [
        row["times"]["fast"] / row["times"]["PyTorch"]
        for threads in (1, 2)
        for row in (written(f"bench/layers-{threads}.json") or {"rows": []})["rows"]
        if "PyTorch" in row["times"]
    ]
    return max(ratios, default=None)


def epoch_ratio(number: int) -> Callable[[Clone], Reading]:
    """Return a function that reads one of the ratios of `benchmarks.epoch`, by its position."""
    return lambda _: found["ratios"][number][1] if (found := written("bench/epoch.json")) else None


GRADING, TORCH = "make bench-grading", "make bench TORCH=1"
ROWS = {
    # The kind of class with which the target was set.
    "stock": Row(
        "grading against stock nbgrader, experiments skipped, finished work without loops in Python",
        20,
        against_stock("vectorised"),
        "times",
        at_least=True,
        first=GRADING,
        in_the_way="the start of the command, a sandbox for each submission, and one process that enters the marks",
    ),
    "stock-loops": Row(
        "the same with the whole class, part of which has loops in Python",
        20,
        against_stock(),
        "times",
        at_least=True,
        first=GRADING,
        in_the_way="the students' own loops take most of the time on both sides",
    ),
    # The time before the number of checks grew by half, measured on an earlier machine.
    "honest": Row(
        "processor time of a finished submission",
        0.57,
        honest_cpu,
        first=GRADING,
        in_the_way="checks draw more inputs than when the target was set, and a sandbox needs 0.1 s to start Python with numpy",
    ),
    # Half of what it took before there were sandboxes that serve several tasks, on the machine of that time.
    "mixed": Row("processor time of a submission of the mixed class", 7.5, mixed_cpu, first=GRADING),
    "setup": Row(
        "`make setup` on a warm cache",
        45,
        lambda clone: clone.setup.wall_s,
        in_the_way="the compiler of the student package, pip, and byte-compiling nearly 200 packages each take about a third",
    ),
    "check": Row(
        "`autograder check` of one submission",
        1.5,
        check_one,
        times=5,
        in_the_way="one sandbox for each core, and the checks of a whole course in each",
    ),
    "check-first": Row(
        "the same for the first submission of a day",
        1.5,
        check_first,
        times=5,
        in_the_way="the reference has to answer every check first",
    ),
    "check-generated": Row("`make check-generated`", 10, lambda clone: clone.autograder("generate", "--check").wall_s, times=3),
    "demo": Row(
        "`make demo`, the first time",
        45,
        lambda clone: clone.make("demo").wall_s,
        in_the_way="both cores are busy all the time, mostly with grading and with the programs by which the class hands in",
    ),
    "feedback": Row(
        "feedback for 300 students, for each",
        0.15,
        feedback,
        in_the_way="the command and its processes take some seconds to start, which counts when they are few",
    ),
    "generate": Row("`make generate` after changing three addresses, processor time", 5, generate, times=5),
    "public": Row("`make public`, the first time", 20, lambda clone: clone.public.wall_s),
    "test": Row(
        "`make test`",
        360,
        lambda clone: clone.make("test").wall_s,
        long=True,
        in_the_way="both cores are busy all the time, half of it in sandboxes",
    ),
    "prove": Row(
        "`make prove`",
        4500,
        lambda clone: clone.make("prove").wall_s,
        long=True,
        in_the_way="right code in every style on hundreds of inputs, and every sentence and mutant, on two cores",
    ),
    "layers": Row("the worst layer against PyTorch", 1.0, worst_layer, "ratio", first=TORCH),
    "fused": Row("an epoch with adam_fused against adam, default process", 1.0, epoch_ratio(0), "ratio", first=TORCH),
    "epoch": Row("an epoch with adam_fused against PyTorch, default process", 1.0, epoch_ratio(1), "ratio", first=TORCH),
    "conv-100": Row(
        "a convolutional step against PyTorch, 100 hidden, default process",
        0.7,
        epoch_ratio(2),
        "ratio",
        first=TORCH,
        in_the_way="the deep convolutions are as fast as PyTorch's, and no faster",
    ),
    "conv-500": Row("a convolutional step against PyTorch, 500 hidden, default process", 0.9, epoch_ratio(3), "ratio", first=TORCH),
}
"""Every target, in the order of measurement: figures drawn for one row are there for the next."""


def measure(names: list[str], clones: list[Clone], *, once: bool = False) -> Iterator[tuple[str, list[Reading]]]:
    """Yield each row with its figure in each clone; the clones take turns. ``once`` leaves out the repetitions."""
    for name in names:
        row = ROWS[name]
        found: list[list[Reading]] = [[] for _ in clones]
        for _ in range(1 if once else row.times):
            for values, clone in zip(found, clones, strict=True):
                values.append(row.measure(clone))
        yield name, [None if None in values else median(v for v in values if v is not None) for values in found]


def cells(row: Row, values: list[Reading]) -> list[str]:
    """Return a row of the table in words."""
    value, *others = values
    target = f"{'at least' if row.at_least else 'at most'} {row.target:g} {row.unit}"
    if value is None:
        return [row.what, "-", target, f"not measured: run `{row.first}`", *("" for _ in others)]
    verdict = "reached" if row.reached(value) else f"missed{row.in_the_way and f': {row.in_the_way}'}"
    compared = [f"{old:.3g}, {(value / old if row.at_least else old / value):.2f} times" if old and value else "" for old in others]
    return [row.what, f"{value:.3g} {row.unit}", target, verdict, *compared]


@click.command(help=__doc__)
@click.option("--rows", "only", is_flag=True, help="Measure only the rows that are named.")
@click.argument("names", nargs=-1, type=click.Choice(list(ROWS)))
@click.option("--quick", is_flag=True, help="Measure each row once, and feedback for 16 students.")
@click.option("--against", metavar="REVISION", help="Measure an older state as well.")
@click.option("--folder", type=click.Path(file_okay=False, path_type=Path), help="Folder for the clones. Default: a temporary one.")
def main(names: tuple[str, ...], only: bool, quick: bool, against: str | None, folder: Path | None) -> None:
    """Measure, print the table, and keep the figures."""
    if only != bool(names):
        raise click.UsageError(f"name rows after --rows: {', '.join(ROWS)}")
    chosen = list(names) or [name for name, row in ROWS.items() if not row.long]
    before = machine()
    root = Path(tempfile.mkdtemp(prefix="coursenn-wait-", dir=folder))
    table = Table(title="How long people wait", title_justify="left")
    for header in ("what", "measured", "target", "", *([against] if against else [])):
        table.add_column(header)
    figures: dict[str, list[Reading]] = {}
    try:
        students = FEEDBACK_QUICKLY if quick else FEEDBACK_FOR
        clones = [Clone(root / f"{n}", revision, students) for n, revision in enumerate(["HEAD", *([against] if against else [])])]
        for name, values in measure(chosen, clones, once=quick):
            figures[name] = values
            table.add_row(*cells(ROWS[name], values))
            click.echo(f"{name}: {values}", err=True)
    finally:
        shutil.rmtree(root, ignore_errors=True)
        RESULT.parent.mkdir(parents=True, exist_ok=True)
        RESULT.write_text(json.dumps({"machine": before, "load_after": load(), "figures": figures}, indent=1) + "\n", encoding="utf-8")
    Console().print(table)
    about = f"{before['processor']}, {before['cores']} cores, Python {before['python']}, numpy {before['numpy']}"
    click.echo(f"{about}; load {before['load']} before and {machine()['load']} after. Written to {RESULT}")


if __name__ == "__main__":
    main()
