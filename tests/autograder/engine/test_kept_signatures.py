"""Is the effect of a mistake on a check computed once for all processes?"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from autograder.checking import Check, Observation, Requirement
from autograder.engine.catalogue import checks_of
from autograder.engine.expectations import expectations
from autograder.engine.kept_files import KeptFiles
from autograder.engine.kept_signatures import KeptSignatures
from autograder.engine.likeness import Signature, Wrong
from autograder.engine.naming import Naming
from autograder.manifest import Course
from autograder.mistakes import Mistake, mistakes_of

TASK = "relu-forward"
WRONG = Signature(
    3,
    False,
    "ValueError: shapes (2, 3) and (4,)",
    {
        0: Wrong(Observation("out", np.array([[1.5, np.nan]], np.float32), 1e-4, 1e-3, True), 0.25),
        2: Wrong(Requirement(False, "each entry is kept or dropped", 0.5), np.inf),
    },
)

Kept = Callable[..., KeptSignatures]


@pytest.fixture
def entry(course: Course) -> Mistake:
    """An entry of the catalogue."""
    return mistakes_of(course, course.task(TASK))[0]


@pytest.fixture
def check(course: Course) -> Check:
    """A check that the entry may fail."""
    return checks_of(course, course.task(TASK))[0]


@pytest.fixture
def process(course: Course, reference: Path, tmp_path: Path) -> Kept:
    """A function that returns the signatures as another process finds them in the same folder."""
    return lambda seed=1: KeptSignatures(KeptFiles(course, reference, seed, tmp_path))


def test_another_process_finds_a_stored_signature(process: Kept, entry: Mistake, check: Check) -> None:
    """Is the signature complete, with its arrays, its properties and how the check ended?"""
    first = process()
    first.put((entry,), check, WRONG)
    first.save()
    found = process().get((entry,), check)
    assert found is not None
    assert dataclasses.replace(found, wrong={}) == dataclasses.replace(WRONG, wrong={})
    array, put = found.wrong[0].item, WRONG.wrong[0].item
    assert isinstance(array, Observation)
    assert isinstance(put, Observation)
    np.testing.assert_array_equal(array.value, put.value)
    assert array.value.dtype == np.float32
    assert (array.name, array.atol, array.rtol, array.dtype) == (put.name, put.atol, put.rtol, put.dtype)
    assert found.wrong[2] == WRONG.wrong[2]
    assert found.wrong[2].item.measure == 0.5  # type: ignore[union-attr]
    assert found.wrong[0].by == 0.25


def test_a_signature_of_another_seed_or_entry_is_not_used(process: Kept, entry: Mistake, check: Check) -> None:
    """Is a signature ignored if it belongs to other inputs or to an older text of the entry?"""
    first = process()
    first.put((entry,), check, WRONG)
    first.save()
    assert process(seed=2).get((entry,), check) is None
    assert process().get((dataclasses.replace(entry, new="np.minimum(x, 1)"),), check) is None


def test_two_processes_add_to_one_file(process: Kept, course: Course, entry: Mistake, check: Check) -> None:
    """Does the file hold the signatures of both after both have written?"""
    other = mistakes_of(course, course.task(TASK))[1]
    one, two = process(), process()
    for kept, mistake in ((one, entry), (two, other)):
        assert kept.get((mistake,), check) is None
        kept.put((mistake,), check, WRONG)
    one.save()
    two.save()
    third = process()
    assert third.get((entry,), check)
    assert third.get((other,), check)


def test_a_long_file_is_not_rewritten_for_one_signature(process: Kept, entry: Mistake, check: Check) -> None:
    """Does a long file wait until enough signatures are new?"""
    kept = process()
    for number in range(30):
        kept.put((dataclasses.replace(entry, new=f"x + {number}"),), check, WRONG)
    kept.save()
    kept.put((entry,), check, WRONG)
    kept.save()
    assert process().get((entry,), check) is None


def test_naming_runs_no_check_for_what_is_kept(course: Course, reference: Path, process: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    """Does a second process name from the disk alone, and are the signatures those that it would have worked out?"""
    task, expected = course.task(TASK), expectations(reference, "kept")
    forms = [form for mistake in mistakes_of(course, task) for form in mistake.forms]
    first = Naming(course, expected, process())
    worked_out = {(f.id, c.name): first.signature((f,), c) for f in forms for c in checks_of(course, task)}
    assert first.kept is not None
    first.kept.save()
    second = Naming(course, expected, process())
    monkeypatch.setattr(second, "_run", pytest.fail)
    for form in forms:
        for check in checks_of(course, task):
            found, known = second.signature((form,), check), worked_out[form.id, check.name]
            assert (found.count, found.passed, found.ended) == (known.count, known.passed, known.ended)
            assert {i: wrong.by for i, wrong in found.wrong.items()} == {i: wrong.by for i, wrong in known.wrong.items()}
