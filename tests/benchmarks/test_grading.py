"""Does the benchmark of grading use different honest work, and do its verdicts follow from the figures?"""

from __future__ import annotations

import math
import subprocess
import sys
import time
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from autograder.manifest import load_course
from autograder.paths import REPOSITORY
from benchmarks.classroom.mixed import KINDS, kinds, mistaken
from benchmarks.classroom.ours import Run
from benchmarks.classroom.students import CHOICES, STYLES, VECTORISED, WITH_LOOPS, mixtures, student_name
from benchmarks.grading import rows


def test_students_are_mixtures_of_all_styles() -> None:
    """Do the chosen styles exist, and does every mixture occur before one is repeated?"""
    count = 3 * 2**4
    found = [tuple(m.items()) for m in islice(mixtures(), count + 1)]
    assert len(set(found)) == count
    assert found[count] == found[0]
    assert {f"{style}.py" for styles in CHOICES.values() for style in styles if style} <= {p.name for p in STYLES.glob("*.py")}
    assert student_name(99) < student_name(100)


def test_a_class_without_loops_in_python_has_every_other_style() -> None:
    """Is the class of the ratio's target made of the styles that need no loops, and of all of these?"""
    count = math.prod(map(len, VECTORISED.values()))
    found = list(islice(mixtures(VECTORISED), count + 1))
    assert found[0] == found[count]
    assert len({tuple(mixture.items()) for mixture in found}) == count
    styles = {style for mixture in found for style in mixture.values() if style}
    assert styles == {style for choices in CHOICES.values() for style in choices if style} - set(WITH_LOOPS)


def test_a_mixed_class_has_every_kind_of_work() -> None:
    """Do twenty students hand in every kind of work, all valid Python, and no two kinds the same?"""
    course = load_course()
    assert set(islice(kinds(), 20)) == set(KINDS)
    works = {kind: make(course, 3) for kind, make in KINDS.items()}
    for files in works.values():
        assert list(files) == list(course.editable)
        for text in files.values():
            compile(text, "work", "exec")
    assert len({tuple(files.values()) for files in works.values()}) == len(KINDS)
    assert mistaken(course, 1) != mistaken(course, 2)


def test_time_is_linear_when_quarters_are_equal() -> None:
    """Does steady work count as even, and work that slows down not?"""
    steady = Run(40.0, [(0, 3.0), (1, 5.0), (41, 7.1)], [float(i) for i in range(41)], [(0, 90.0), (20, 100.0), (40, 101.0)], 0.0, 0.5)
    assert steady.uneven < 1e-9
    assert steady.cpu_s_each == pytest.approx(0.6)
    assert (steady.per_minute, steady.steady_per_minute, steady.memory_at(20)) == (61.5, 60.0, 100.0)
    assert Run(1600.0, [], [float(i * i) for i in range(41)], [], 0.0).uneven > 0.5


def test_a_slower_machine_is_distinguished_from_slower_work() -> None:
    """Is work that takes longer in the second half even if everything else does so too, and otherwise uneven?"""
    finished = [float(i if i <= 20 else 20 + 2 * (i - 20)) for i in range(41)]
    steady = [(n, 0.01) for n in range(41)]
    slower = [(n, 0.01 if n <= 20 else 0.02) for n in range(41)]
    assert Run(60.0, [], finished, [], 0.0, 0.0, {}, slower).uneven_work < 0.05
    assert Run(60.0, [], finished, [], 0.0, 0.0, {}, steady).uneven_work > 0.3


def report(**changes: Any) -> dict[str, Any]:
    """Figures that reach every target."""
    stock = {"students": 8, "per_minute": 4.0, "full_marks": 8, "times": 30.0}
    quick = {"submissions": 16, "per_minute": 120.0, "steady_per_minute": 125.0, "cpu_s_each": 0.7, "stages_s": {}, "full_marks": 16}
    found = {
        "machine": {"cores": 2},
        "submissions": 400,
        "per_minute": 120.0,
        "steady_per_minute": 125.0,
        "start_s": 3.0,
        "cpu_s_each": 0.9,
    }
    found |= {
        "stages_s": {"checks": 0.5, "recording": 0.06},
        "memory_mb": {"100": 100.0, "400": 101.0},
        "workers_mb": 150.0,
        "uneven": 0.02,
        "uneven_work": 0.02,
    }
    return {**found, "full_marks": 400, "stock": stock, "vectorised": {**quick, "stock": stock}, **changes}


def verdicts(found: dict[str, Any]) -> str:
    """Return all verdicts in order."""
    return " ".join(row[3] for row in rows(found))


def test_verdicts_follow_the_figures() -> None:
    """Is every target missed if its figure misses it, and never judged on too few submissions?"""
    assert "missed" not in verdicts(report())
    assert "the stretch goal" in verdicts(report())
    stock, quick = report()["stock"], report()["vectorised"]
    for change in (
        {"per_minute": 99.0},
        {"full_marks": 399},
        {"uneven_work": 0.11},
        {"memory_mb": {"100": 100.0, "400": 110.0}},
        {"stock": {**stock, "full_marks": 7}},
        {"vectorised": {**quick, "full_marks": 15}},
        {"vectorised": {**quick, "stock": {**stock, "times": 9.0}}},
    ):
        assert "missed" in verdicts(report(**change)), change
    # Students' own loops slow both sides down.
    assert "missed" not in verdicts(report(stock={**stock, "times": 5.0}))
    assert "too few to judge" in verdicts(report(submissions=48, full_marks=48, memory_mb={"48": 100.0}))


@pytest.mark.slow
def test_terminated_measurement_leaves_nothing(tmp_path: Path) -> None:
    """If the benchmark is terminated, is its folder removed and the measured grading ended?"""
    command = [
        sys.executable,
        "-m",
        "benchmarks.grading",
        "--submissions",
        "4",
        "--stock",
        "0",
        "--vectorised",
        "0",
        "--folder",
        str(tmp_path),
    ]
    process = subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 120
    while not list(tmp_path.glob("*/ours/grade.txt")) and time.monotonic() < deadline:
        assert process.poll() is None
        time.sleep(0.1)
    process.terminate()
    assert process.wait(60) != 0
    assert list(tmp_path.iterdir()) == []
    lines = [p.read_bytes() for p in Path("/proc").glob("[0-9]*/cmdline") if p.exists()]
    assert not any(str(tmp_path).encode() in line for line in lines)


def test_ten_thousand_students_are_estimated_with_the_recorder() -> None:
    """Does the table say how long 10,000 submissions take at the rate of the run, and how long the recording process needs for them?"""
    found = {what: (figure, more) for what, figure, more, _ in rows(report())}
    assert found["10,000 students"][0] == f"{10_000 / report()['steady_per_minute'] / 60:.1f} h"
    assert found["  recording them, in one process"][0] == "10 min"
