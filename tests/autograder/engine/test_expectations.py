"""Do checks expect the same outputs, whichever process computes them?"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from autograder.checking import Array, Check
from autograder.engine.catalogue import checks_of
from autograder.engine.expectations import Expectations
from autograder.engine.kept_answers import KeptAnswers
from autograder.engine.kept_files import KeptFiles
from autograder.intake.reference import reference_path
from autograder.manifest import Course
from autograder.sandbox.conversation import Exchange


@pytest.fixture
def checks(course: Course) -> list[Check]:
    """Checks with arrays of several types, with large inputs, with documented errors, and with networks."""
    return [check for task in ("relu-backward", "dropout-forward", "two-layer-net") for check in checks_of(course, course.task(task))]


@pytest.fixture
def process(course: Course, tmp_path: Path) -> Callable[[], Expectations]:
    """The expectations of another process, which has the same kept files."""

    def begin() -> Expectations:
        found = Expectations(reference_path(course), 7)
        found.kept = KeptAnswers(KeptFiles(course, found.path, 7, tmp_path))
        return found

    return begin


def said(exchange: Exchange) -> list[object]:
    """All of an exchange, in a form that can be compared."""
    numbers = [None if a.numbers is None else (a.numbers.dtype.str, a.numbers.tobytes()) for a in exchange.answers]
    return [exchange.requests, exchange.within_s, [(a.head, a.room, a.like) for a in exchange.answers], numbers]


def test_another_process_expects_the_same_and_asks_the_reference_nothing(
    checks: list[Check], process: Callable[[], Expectations], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Is all that a right submission is compared with read from the files, to the last bit?"""
    first, second = process(), process()
    first.prepare(checks)
    with monkeypatch.context() as patch:
        patch.setattr(Expectations, "_compute", pytest.fail)
        second.prepare(checks)
        for check in checks:
            one, two = first.known(check), second.known(check)
            assert two.seen is None
            assert (one.sizes, one.targets, one.worked_out) == (two.sizes, two.targets, two.worked_out)
            assert [(o.name, o.passed, o.settings) for o in one.outputs] == [(o.name, o.passed, o.settings) for o in two.outputs]
            assert (one.conversation is None) == (two.conversation is None)
            assert [said(e) for e in one.conversation or ()] == [said(e) for e in two.conversation or ()]
    assert any(check for check in checks if first.known(check).conversation is None)


def test_observations_are_worked_out_for_a_check_that_fails(checks: list[Check], process: Callable[[], Expectations]) -> None:
    """Are the arrays that are not kept the same as those that the first process saw?"""
    first, second = process(), process()
    first.prepare(checks)
    second.prepare(checks)
    for check in checks:
        for a, b in zip(first.of(check), second.of(check), strict=True):
            assert type(a) is type(b)
            assert repr(a.name if hasattr(a, "name") else a) == repr(b.name if hasattr(b, "name") else b)
            if hasattr(a, "value") and hasattr(b, "value"):
                np.testing.assert_array_equal(a.value, b.value)


def test_a_damaged_file_is_worked_out_again(checks: list[Check], process: Callable[[], Expectations], tmp_path: Path) -> None:
    """Does a task whose answers are lost cost only the work for that task?"""
    process().prepare(checks)
    damaged = next(path for path in tmp_path.iterdir() if "relu-backward" in path.name)
    damaged.write_bytes(damaged.read_bytes()[:-1])
    again = process()
    again.prepare(checks)
    assert {check.task for check in checks if again.known(check).seen is not None} == {"relu-backward"}
    assert all(process().known(check).seen is None for check in checks)


def test_images_for_trained_networks_are_drawn_once(process: Callable[[], Expectations]) -> None:
    """Are they the same in every process of a workspace, and others for another module?"""
    asked = []

    def draw(seed: int) -> tuple[Array, ...]:
        asked.append(seed)
        return np.arange(12, dtype=np.uint8).reshape(3, 4), np.arange(3)

    first = process().drawn("models", draw)
    second = process()
    for found in (second.drawn("models", draw), second.drawn("models", draw)):
        assert [(a.dtype, a.tolist()) for a in found] == [(a.dtype, a.tolist()) for a in first]
    assert len(asked) == 1
    second.drawn("others", draw)
    assert len(asked) == 2
