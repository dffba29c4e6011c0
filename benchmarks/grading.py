"""Measure how fast a class is graded: `autograder grade` against stock nbgrader, with the same submissions and hidden checks.

One run has these measurements: our command on finished work, part of which has loops in Python; `nbgrader autograde` on some of it, with
the checks inline as hidden tests and no other code cell; both again on finished work without loops in Python, where the grader's time
counts and not the time of the students' code; nbgrader with every cell executed, on a few submissions; and our command on a mixed class
with starters, half-finished work, mistakes, crashes and endless loops. Times depend on the machine, so compare the ratios.

    python -m benchmarks.grading                                  # some minutes
    python -m benchmarks.grading --submissions 100 --stock 100    # the same hundred with both
    python -m benchmarks.grading --submissions 2000 --stock 15 --full 1 --mixed 20   # everything that has a target: half an hour
    python -m benchmarks.grading --submissions 2000 --memory      # only memory and linear time
    python -m benchmarks.grading --stock 0 --mixed 60             # the cost of wrong work
"""

from __future__ import annotations

import json
import random
import shutil
import tempfile
from collections.abc import Iterable
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from statistics import mean
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from autograder.manifest import Course, load_course
from autograder.outgoing.release import release
from autograder.paths import REPOSITORY
from autograder.runs.stopping import terminated_like_interrupted
from autograder.workspace.opening import open_workspace
from autograder.workspace.workspace import Workspace
from benchmarks.classroom import ours, stock
from benchmarks.classroom.mixed import KINDS, kinds
from benchmarks.classroom.students import VECTORISED, hand_in_all, honest_work, student_name
from benchmarks.machine import machine

RESULT = REPOSITORY / "build" / "benchmarks" / "grading.json"
MIN_PER_MINUTE, MIN_TIMES_STOCK, STRETCH_TIMES_STOCK = 100, 10, 20
MAX_MEMORY_GROWTH, MAX_UNEVEN = 1.05, 0.10
ENOUGH_FOR_MEMORY, ENOUGH_FOR_UNEVEN = 200, 400
"""With fewer submissions, start-up and order affect the figures more than linearity does."""


@click.command()
@click.option("--submissions", type=click.IntRange(4), default=48, show_default=True, help="Submissions for `autograder grade`.")
@click.option("--stock", "by_stock", type=click.IntRange(0), default=8, show_default=True, help="How many of them stock nbgrader grades.")
@click.option(
    "--vectorised",
    type=click.IntRange(0),
    default=48,
    show_default=True,
    help="Submissions of a class without loops in Python, of which stock nbgrader grades as many as of the others; 0 leaves it out.",
)
@click.option(
    "--full",
    type=click.IntRange(0),
    default=0,
    show_default=True,
    help="How many stock nbgrader also grades with every cell executed, which takes minutes each.",
)
@click.option(
    "--mixed",
    type=click.IntRange(0),
    default=0,
    show_default=True,
    help="Students of the mixed class; 20 include every kind of work.",
)
@click.option("--jobs", type=click.IntRange(1), help="Worker processes. Default: as `autograder grade` chooses.")
@click.option("--memory", is_flag=True, help="Measure only `autograder grade`: memory and linear time.")
@click.option("--json", "target", type=click.Path(dir_okay=False, path_type=Path), default=RESULT, help="File for the figures.")
@click.option("--folder", type=click.Path(file_okay=False, path_type=Path), help="Folder to work in. Default: a temporary one.")
def main(
    submissions: int,
    by_stock: int,
    vectorised: int,
    full: int,
    mixed: int,
    jobs: int | None,
    memory: bool,
    target: Path,
    folder: Path | None,
) -> None:
    """Grade a class of honest submissions in several ways and a mixed class, and print rates, ratios and costs."""
    root = Path(tempfile.mkdtemp(prefix="coursenn-bench-", dir=folder))
    try:
        with terminated_like_interrupted():
            if memory:
                by_stock = vectorised = full = mixed = 0
            report = measure(root, submissions, by_stock, full, jobs)
            if vectorised:
                report["vectorised"] = measure_vectorised(root, vectorised, by_stock, jobs)
            if mixed:
                report["mixed"] = measure_mixed(root, mixed, jobs)
    finally:
        shutil.rmtree(root, ignore_errors=True)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    show(report)
    about = report["machine"]
    click.echo(f"{about['processor']}, Python {about['python']}, load {about['load']} before. Written to {target}")


def measure(root: Path, submissions: int, by_stock: int, full: int, jobs: int | None) -> dict[str, Any]:
    """Return all measurements of the honest class as plain data."""
    course, about = load_course(), machine()
    workspace, run = _grade(root / "ours", course, islice(honest_work(course), submissions), jobs)
    report: dict[str, Any] = {
        "machine": about,
        "submissions": submissions,
        "jobs": jobs,
        "wall_s": run.wall_s,
        "start_s": run.start_s,
        "cpu_s_each": run.cpu_s_each,
        "per_minute": run.per_minute,
        "steady_per_minute": run.steady_per_minute,
        "stages_s": run.stages_s,
        "memory_mb": {str(n): run.memory_at(n) for n in (1, 100, submissions) if n <= submissions},
        "workers_mb": run.workers_mb,
        "uneven": run.uneven,
        "uneven_work": run.uneven_work,
        "full_marks": sum(d["score"] == d["max_score"] for d in ours.documents(workspace).values()),
    }
    for key, count, experiments in (("stock", by_stock, False), ("stock_full", full, True)):
        if count:
            report[key] = _by_stock(root / key, course, workspace, run, sample(submissions, count), experiments=experiments)
    return report


def measure_vectorised(root: Path, submissions: int, by_stock: int, jobs: int | None) -> dict[str, Any]:
    """Return the measurements of finished work without loops in Python as plain data."""
    course = load_course()
    workspace, run = _grade(root / "vectorised", course, islice(honest_work(course, VECTORISED), submissions), jobs)
    found: dict[str, Any] = {
        "submissions": submissions,
        "per_minute": run.per_minute,
        "steady_per_minute": run.steady_per_minute,
        "cpu_s_each": run.cpu_s_each,
        "stages_s": run.stages_s,
        "full_marks": sum(d["score"] == d["max_score"] for d in ours.documents(workspace).values()),
    }
    if by_stock:
        found["stock"] = _by_stock(root / "stock-vectorised", course, workspace, run, sample(submissions, by_stock))
    return found


def _by_stock(
    place: Path, course: Course, workspace: Workspace, run: ours.Run, numbers: list[int], *, experiments: bool = False
) -> dict[str, Any]:
    """Let stock nbgrader grade some submissions of a class that has been graded here; return its figures and the ratio."""
    click.echo(f"nbgrader autograde{', every cell' if experiments else ''}: {len(numbers)} submissions", err=True)
    assignment = course.assignments[0].name
    students = [student_name(n) for n in numbers]
    place.mkdir()
    submitted = workspace.root / "submitted"
    done = stock.run(place, course, assignment, workspace.released(assignment), submitted, students, experiments=experiments)
    click.echo(f"  {done.per_minute:.1f} a minute", err=True)
    right = sum(share > 0.999 for share in done.marks.values())
    return {**asdict(done), "per_minute": done.per_minute, "full_marks": right, "times": run.per_minute / done.per_minute}


def sample(submissions: int, count: int) -> list[int]:
    """Return numbers of students from the whole class: its first submissions are not like the others."""
    return sorted(random.Random(0).sample(range(submissions), min(count, submissions)))


def measure_mixed(root: Path, students: int, jobs: int | None) -> dict[str, Any]:
    """Return the cost of a mixed class and of each kind of work in it, as plain data."""
    course = load_course()
    chosen = list(islice(kinds(), students))
    workspace, run = _grade(root / "mixed", course, (KINDS[kind](course, n) for n, kind in enumerate(chosen)), jobs)
    graded = ours.documents(workspace)
    by_kind = {kind: [graded[student_name(n)] for n, one in enumerate(chosen) if one == kind] for kind in KINDS}
    return {
        "students": students,
        "per_minute": run.per_minute,
        "cpu_s_each": run.cpu_s_each,
        "kinds": {
            kind: {"students": len(found), "cpu_s": mean(d["cpu_s"] for d in found), "longest_s": max(d["elapsed_s"] for d in found)}
            for kind, found in by_kind.items()
            if found
        },
    }


def _grade(folder: Path, course: Course, works: Iterable[dict[str, str]], jobs: int | None) -> tuple[Workspace, ours.Run]:
    """Grade a class in its own workspace; return the workspace and what was measured."""
    assignment = course.assignments[0].name
    workspace = open_workspace(folder, course)
    release(workspace, course, assignment, generated=True)
    hand_in_all(course, workspace.released(assignment), workspace.root / "submitted", works, assignment)
    click.echo(f"autograder grade: {folder.name}", err=True)
    run = ours.run(workspace, assignment, jobs)
    click.echo(f"  {run.per_minute:.1f} a minute", err=True)
    return workspace, run


def show(report: dict[str, Any]) -> None:
    """Print the figures and whether each reaches its target."""
    table = Table(title=f"{report['submissions']} honest submissions, {report['machine']['cores']} cores", title_justify="left")
    for name in ("what", "measured", "should be", ""):
        table.add_column(name, justify="right" if name == "measured" else "left")
    for row in rows(report):
        table.add_row(*row)
    Console().print(table)


def rows(report: dict[str, Any]) -> list[tuple[str, str, str, str]]:
    """Return what was measured, the figure, the target and the verdict, in words."""
    n, cores, rate = report["submissions"], report["machine"]["cores"], report["per_minute"]
    found = [
        ("autograder grade, submissions a minute", f"{rate:.1f}", f">= {MIN_PER_MINUTE} on 2 cores", _verdict(rate >= MIN_PER_MINUTE)),
        ("  once it runs", f"{report['steady_per_minute']:.1f}", "", ""),
        ("  before the first is done", f"{report['start_s']:.1f} s", "", ""),
        ("  processor time of each", f"{report['cpu_s_each']:.2f} s", "", ""),
        *((f"  {stage}, of each", f"{seconds:.3f} s", "", "") for stage, seconds in report["stages_s"].items()),
        ("  with full marks", f"{report['full_marks']} of {n}", "all", _verdict(report["full_marks"] == n)),
    ]
    for key, text in (("stock", "stock nbgrader, experiments skipped"), ("stock_full", "stock nbgrader, everything executed")):
        if (one := report.get(key)) is not None:
            found += _stock_rows(text, one, ", with loops in Python in some of it", judged=False)
    if (quick := report.get("vectorised")) is not None:
        full = quick["full_marks"] == quick["submissions"]
        found += [
            ("finished work without loops in Python, a minute", f"{quick['per_minute']:.1f}", f"{quick['submissions']} submissions", ""),
            ("  once it runs", f"{quick['steady_per_minute']:.1f}", "", ""),
            ("  processor time of each", f"{quick['cpu_s_each']:.2f} s", "", ""),
            *((f"  {stage}, of each", f"{seconds:.3f} s", "", "") for stage, seconds in quick["stages_s"].items()),
            ("  with full marks", f"{quick['full_marks']} of {quick['submissions']}", "all", _verdict(full)),
        ]
        if (one := quick.get("stock")) is not None:
            found += _stock_rows("stock nbgrader on it, experiments skipped", one, ", without loops in Python", judged=True)
    if (mixed := report.get("mixed")) is not None:
        found.append(("a mixed class, submissions a minute", f"{mixed['per_minute']:.1f}", f"with {mixed['students']} students", ""))
        found.append(("  processor time of each", f"{mixed['cpu_s_each']:.2f} s", "", ""))
        for kind, cost in mixed["kinds"].items():
            found.append((f"  {kind}, processor time of each", f"{cost['cpu_s']:.2f} s", f"longest {cost['longest_s']:.1f} s", ""))
    memory = report["memory_mb"]
    if n >= ENOUGH_FOR_MEMORY:
        growth = memory[str(n)] / memory["100"]
        found.append(
            (f"memory at {n} over memory at 100", f"{growth:.3f}", f"<= {MAX_MEMORY_GROWTH}", _verdict(growth <= MAX_MEMORY_GROWTH))
        )
    found += [(f"  grading process at {count}", f"{mb:.0f} MB", "", "") for count, mb in memory.items()]
    found.append(("  its workers together", f"{report['workers_mb']:.0f} MB", "", ""))
    uneven = report["uneven_work"]
    verdict = _verdict(uneven <= MAX_UNEVEN) if n >= ENOUGH_FOR_UNEVEN else "too few to judge"
    found.append(("time of a quarter, off the mean", f"{report['uneven']:.1%}", "", ""))
    found.append(("  at the machine's speed meanwhile", f"{uneven:.1%}", f"<= {MAX_UNEVEN:.0%}", verdict))
    hours = 10_000 / report["steady_per_minute"] / 60
    found.append(("10,000 students", f"{hours:.1f} h", f"or {hours * cores:.1f} core-hours", ""))
    recorder = 10_000 * report["stages_s"].get("recording", 0.0) / 60
    found.append(("  recording them, in one process", f"{recorder:.0f} min", "a cluster, however large, takes no less", ""))
    return found


def _stock_rows(text: str, one: dict[str, Any], which: str, *, judged: bool) -> list[tuple[str, str, str, str]]:
    full = one["full_marks"] == one["students"]
    return [
        (f"{text}, a minute", f"{one['per_minute']:.2f}", f"on {one['students']} of them", ""),
        ("  with full marks", f"{one['full_marks']} of {one['students']}", "all", _verdict(full)),
        (f"  times as fast{which}", f"{one['times']:.1f}", *_ratio(one["times"], judged)),
    ]


def _verdict(reached: bool) -> str:
    return "[green]reached[/]" if reached else "[red]missed[/]"


def _ratio(times: float, judged: bool) -> tuple[str, str]:
    if not judged:
        return "", ""
    verdict = "[green]reached, and the stretch goal[/]" if times >= STRETCH_TIMES_STOCK else _verdict(times >= MIN_TIMES_STOCK)
    return f">= {MIN_TIMES_STOCK}, better {STRETCH_TIMES_STOCK}", verdict


if __name__ == "__main__":
    main()
