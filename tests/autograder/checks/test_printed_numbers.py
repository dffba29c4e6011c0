"""Does a visible check refuse functions that return the numbers that its page prints?"""

from __future__ import annotations

from functools import partial

import pytest

from autograder.generate.values import expected_values
from autograder.generate.visible_checks import CheckCell, check_cells, run_check_cell
from autograder.intake.reference import reference_path
from autograder.manifest import Course, load_course
from autograder.sandbox.local import OwnPackage
from tests.autograder.checks._cheaters import Recorder, functions_of, memory_of

GRADED = [t.id for t in load_course().tasks if not t.model]
QUICK = {"affine-forward", "affine-backward", "relu-forward", "sgd-momentum", "rmsprop", "adam", "layernorm-forward", "batchnorm-backward"}
"""The others take seconds, for thousands of passes of numeric gradients or for their notebook's imports."""
MOST_PRINTED = {"affine-forward", "relu-forward", "softmax-loss", "sgd-momentum", "rmsprop", "adam", "conv-forward", "max-pool-forward"}
"""Their pages print whole outputs."""


@pytest.fixture(scope="module")
def cells(course: Course) -> dict[str, CheckCell]:
    return check_cells(course)


@pytest.mark.parametrize("task", [t if t in QUICK else pytest.param(t, marks=pytest.mark.slow) for t in GRADED])
def test_printed_numbers_do_not_pass(task: str, course: Course, cells: dict[str, CheckCell]) -> None:
    """Is a function refused that returns the printed numbers and otherwise zeros, and a package of such functions?"""
    cell = cells[task]
    own = functions_of(course, course.task(task))
    memory = memory_of(cell, functions_of(course), OwnPackage(reference_path(course)), list(expected_values(course).values()))
    assert task not in MOST_PRINTED or any(name in {f.rpartition(".")[2] for f in own} for name, _ in memory.known)
    for cheaters in (own, functions_of(course)):
        cheat = partial(Recorder(memory, cheat=True).patch, cheaters)
        seen = run_check_cell(cell, OwnPackage(reference_path(course)), cheat)
        assert not seen.passed, f"{len(cheaters)} cheaters pass the check of {task}"
        assert type(seen.error).__name__ == "CheckFailed", seen.error
