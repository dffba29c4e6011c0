"""Which wrong versions pass the checks of the notebooks?"""

from __future__ import annotations

from pathlib import Path

import pytest

from autograder.audit import notebook_lines, visible
from autograder.audit.mutants import Mutant
from autograder.audit.notebook_lines import broken_by_going_on, broken_lines, lines
from autograder.audit.visible import Passing, pass_visible_checks
from autograder.manifest import Course
from autograder.mistakes import load_mistakes


def test_survivors_of_the_notebook_checks_are_listed(
    relu_mutants: tuple[Mutant, ...], course: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Does the unchanged reference pass, while a broken version and one that exits do not?"""
    monkeypatch.setattr(visible, "mutants", lambda course: relu_mutants)
    found = pass_visible_checks(course, tasks=["relu-forward"], jobs=1)
    assert found.passed == [("relu-forward", relu_mutants[0])]
    assert found.by_task() == {"relu-forward": (3, 1)}
    assert found.findings == []


def test_equivalent_mutants_are_left_out(course: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    """Is a mutant that is equivalent to the reference left out?"""
    source = course.reference("layers.py").read_text(encoding="utf-8")
    untouched = Mutant("layers.relu_forward", "layers.py", "a", "b", source)
    monkeypatch.setattr(visible, "mutants", lambda course: [untouched])
    monkeypatch.setattr(visible, "equivalents", lambda: {untouched.key: "the same numbers"})
    assert pass_visible_checks(course, tasks=["relu-forward"], jobs=1).total.total() == 0


def test_the_worst_task_comes_first() -> None:
    """Are tasks sorted by the share of mutants that pass?"""
    mutant = Mutant("f", "layers.py", "", "", "")
    passing = Passing(passed=[("one", mutant), ("other", mutant)])
    passing.total.update({"one": 10, "other": 4, "third": 3})
    assert list(passing.by_task()) == ["other", "one", "third"]
    assert passing.document()["tasks"][0] == {"id": "other", "mutants": 4, "passed": 1}


def test_blocks_after_a_failed_one_are_run(course: Course, reference: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Is a wrong comparison found after a failed block, are further versions left out, and is none run twice?"""
    block = "batchnorm_forward in test mode"
    line = (block, "out with running_mean 7, running_var 4, eps 5, gamma and beta is as expected")
    right = (block, "an example alone is as expected")
    entry = next(m for m in load_mistakes(course) if m.id == "batchnorm-forward-eps-hard-coded")
    monkeypatch.setenv("COURSENN_CACHE_DIR", str(tmp_path))
    versions = iter([entry, entry])
    assert broken_by_going_on(course, entry.task, [line], versions, reference) == {line}
    assert list(versions) == [entry]
    monkeypatch.setattr(notebook_lines, "_recorded", pytest.fail)
    assert broken_by_going_on(course, entry.task, [line, right], [entry], reference) == {line}


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_every_line_of_a_notebook_check_is_found(course: Course) -> None:
    """Is each comparison recorded under the label that the hints use, and does some mistake fail most of them?"""
    broken, found = broken_lines(course), lines(course)
    assert ("relu_backward", "dx agrees with the numeric gradient") in {(line.block, line.label) for line in found}
    assert {line.task for line in found} == {t.id for t in course.tasks if not t.model}
    assert sum((line.block, line.label) in broken for line in found) > 0.8 * len(found)
