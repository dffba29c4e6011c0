"""Does every mistake in the catalogue lose marks, and does correct code lose none?"""

from __future__ import annotations

import dataclasses
import json
import math
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from autograder.audit import MARGIN, Audit, Measured, Trial, audit, ratio
from autograder.audit.asked import not_asked
from autograder.checking import Observation, Requirement
from autograder.cli import main
from autograder.manifest import Course, load_course
from autograder.mistakes import Mistake
from tests.autograder.mistakes.extra_course import MISTAKE, write_course

ENTRY = Mistake(
    "cube-squared",
    "cube",
    "One factor is missing.",
    "How many factors does a cube have?",
    "page#cube",
    "cubes.py",
    "cube",
    "a",
    "b",
    spreads="It is the whole task.",
)
CAUGHT = Measured("value", 1.0, False, "value is off", 5e6)
PASSED = Measured("sign", 1.0, True, "", 0.0)


@pytest.mark.slow
@pytest.mark.sandbox
def test_this_course_is_proved(course: Course) -> None:
    """Does `autograder audit` find nothing wrong with any entry, any check, the stubs or the reference?"""
    result = audit(course)
    assert not result.findings, "\n".join(result.findings)
    smallest = result.smallest_margins()
    print(f"{len(result.trials)} mistakes in {result.elapsed_s:.0f} s; smallest margins:")
    for trial in smallest:
        print(f"  {trial.mistake.id} {trial.margin:.3g}")
    assert smallest[0].margin >= MARGIN


def _findings(*checks: Measured) -> list[str]:
    return Audit({"cube": ("value", "sign")}, [Trial(ENTRY, checks)]).findings


def test_full_marks_are_a_finding() -> None:
    """Is a mistake that no check catches a finding?"""
    findings = _findings(dataclasses.replace(CAUGHT, passed=True), PASSED)
    assert any("cube-squared: gets full marks" in f for f in findings)


def test_an_unproved_check_is_a_finding() -> None:
    """Is a check that every mistake passes a finding?"""
    assert _findings(CAUGHT, PASSED) == ["cube: no mistake fails 'sign'; write one that does"]
    assert _findings(CAUGHT, dataclasses.replace(PASSED, passed=False, margin=math.inf)) == []


def test_a_small_margin_is_a_finding() -> None:
    """Is a mistake that exceeds the tolerance only slightly a finding, although it is caught?"""
    near = dataclasses.replace(CAUGHT, margin=MARGIN / 2)
    assert any("only 50 times the tolerance" in f for f in _findings(near, PASSED))


def test_a_mistake_that_costs_much_needs_a_reason() -> None:
    """Must an entry give a reason if it costs more than half of its task, and only then?"""
    both = dataclasses.replace(PASSED, passed=False, margin=math.inf)
    without = dataclasses.replace(ENTRY, spreads="")
    found = Audit({"cube": ("value", "sign")}, [Trial(without, (CAUGHT, both))]).findings
    assert found == ["cube-squared: costs 100% of its task; separate the checks, or say in `spreads` why it costs that"]
    slight = dataclasses.replace(PASSED, weight=9.0)
    assert any("`spreads` explains nothing" in finding for finding in _findings(CAUGHT, slight))


def test_the_margin_is_that_of_the_checks_that_fail() -> None:
    """Is the margin taken from the failed checks, and is it infinite for a property?"""
    assert Trial(ENTRY, (CAUGHT, PASSED)).margin == 5e6
    assert Trial(ENTRY, (CAUGHT, dataclasses.replace(PASSED, passed=False, margin=math.inf))).margin == math.inf
    assert Trial(ENTRY, (CAUGHT, PASSED)).cost == 0.5


def _observed(value: object, dtype: bool = False) -> Observation:
    return Observation("out", np.asarray(value), atol=1e-9, rtol=1e-7, dtype=dtype)


def test_ratio_is_error_over_tolerance() -> None:
    """Is the ratio 1 at the tolerance, and infinite for a wrong shape, a wrong dtype or a NaN?"""
    want = _observed([1.0, 10.0])
    assert ratio(want, want) == 0
    assert ratio(want, _observed([1.0, 10.0 + 1.001e-6])) == pytest.approx(1.0, rel=1e-3)
    assert ratio(want, _observed([[1.0], [10.0]])) == 0
    assert ratio(want, _observed([1.0, 10.0, 3.0])) == math.inf
    assert ratio(want, _observed([1.0, np.nan])) == math.inf
    assert ratio(_observed([1.0], dtype=True), _observed(np.float32([1.0]))) == math.inf
    assert ratio(Requirement(True, ""), Requirement(True, "")) == 0
    assert ratio(Requirement(True, ""), Requirement(False, "must")) == math.inf


# ---------------------------------------------------------------- the texts that students read


def test_every_check_is_asked_for(course: Course) -> None:
    """Does each check quote a sentence from the docstring or the notebook?"""
    assert not_asked(course, [t for t in course.tasks if not t.model]) == []


def test_a_check_that_nobody_asks_for_is_found(tmp_path: Path) -> None:
    """Is a quote that is in no docstring and in no notebook a finding?"""
    course = load_course(write_course(tmp_path, MISTAKE, sentence="Negative numbers stay negative."))
    (finding,) = not_asked(course, course.tasks)
    assert "nobody asks for 'sign'" in finding


# ---------------------------------------------------------------- the command


def _run(folder: Path, mistakes: str, *options: str) -> tuple[int, str]:
    manifest = write_course(folder, mistakes)
    result = CliRunner().invoke(main, ["audit", "--course", str(manifest), *options])
    return result.exit_code, result.output


def test_the_command_prints_a_matrix_and_fails_on_findings(tmp_path: Path) -> None:
    """Does it say which checks catch each mistake, and what is wrong?"""
    harmless = MISTAKE.replace("cube-squared", "cube-other-order").replace("new = 'x * x'", "new = 'x * (x * x)'")
    harmless = harmless.replace('spreads = "It is the whole task."\n', "")
    code, output = _run(tmp_path, MISTAKE + harmless, "--unsafe-no-sandbox", "--json", str(tmp_path / "audit.json"))
    assert code == 1
    assert "cube-other-order: gets full marks" in " ".join(output.split())
    document = json.loads((tmp_path / "audit.json").read_text(encoding="utf-8"))
    squared, other = document["tasks"][0]["mistakes"]
    assert squared["failed"] == ["value", "sign"]
    assert squared["margin"] > MARGIN
    assert other["failed"] == []
    assert len(document["findings"]) == 1


def test_the_command_succeeds_when_all_is_proved(tmp_path: Path) -> None:
    """Is the exit status 0 without findings?"""
    code, output = _run(tmp_path, MISTAKE, "--unsafe-no-sandbox", "--quiet")
    assert code == 0, output
    assert "1 mistake, 2 checks" in output


@pytest.mark.parametrize("options", [("--task", "sphere"), ("--jobs", "0"), ("--course", "nowhere.toml")])
def test_misuse_is_refused(options: tuple[str, ...]) -> None:
    """Is the exit status 2 for an unknown task, for 0 jobs and for a missing manifest?"""
    assert CliRunner().invoke(main, ["audit", *options]).exit_code == 2


def test_a_broken_entry_is_refused(tmp_path: Path) -> None:
    """Is the exit status 2 if an entry does not fit the reference, and does the message say so?"""
    code, output = _run(tmp_path, MISTAKE.replace("x * x * x", "x ** 3"), "--unsafe-no-sandbox")
    assert code == 2
    assert "adapt the entry" in " ".join(output.split())
