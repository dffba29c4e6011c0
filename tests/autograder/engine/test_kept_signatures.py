"""Is the effect of a mistake on a check computed once for all processes, and is only a trustworthy file used?"""

from __future__ import annotations

import dataclasses
import stat
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from autograder.checking import Check, Observation, Requirement
from autograder.engine import kept_signatures as module
from autograder.engine.catalogue import checks_of
from autograder.engine.expectations import expectations
from autograder.engine.kept_signatures import KeptSignatures, kept_signatures
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
    return lambda seed=1: KeptSignatures(course, reference, seed, tmp_path)


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


def test_a_signature_of_other_code_is_not_used(process: Kept, entry: Mistake, check: Check, monkeypatch: pytest.MonkeyPatch) -> None:
    """Is a signature ignored once a check, the engine or numpy has changed?"""
    first = process()
    first.put((entry,), check, WRONG)
    first.save()
    monkeypatch.setattr(module, "_digests_of_code", lambda: ("other",))
    assert process().get((entry,), check) is None
    monkeypatch.undo()
    monkeypatch.setattr(module.np, "__version__", "9.0")
    assert process().get((entry,), check) is None


@pytest.mark.parametrize("damage", ["bit", "cut", "empty", "forged"])
def test_a_damaged_or_forged_file_is_not_used(process: Kept, entry: Mistake, check: Check, damage: str) -> None:
    """Is the signature computed again, and does the next process find a valid file?"""
    first = process()
    first.put((entry,), check, WRONG)
    first.save()
    (path,) = first.folder.iterdir()
    content = bytearray(path.read_bytes())
    if damage == "bit":
        content[-3] ^= 1
    if damage == "forged":
        other = process(seed="a seed that somebody guessed")
        other.put((entry,), check, dataclasses.replace(WRONG, passed=True))
        other.save()
        content = bytearray(next(p for p in first.folder.iterdir() if p != path).read_bytes())
    path.write_bytes({"cut": content[:-5], "empty": b""}.get(damage, content))
    second = process()
    assert second.get((entry,), check) is None
    second.put((entry,), check, WRONG)
    second.save()
    assert process().get((entry,), check) is not None


def test_only_this_user_may_read_the_files(process: Kept, entry: Mistake, check: Check) -> None:
    """Is every file readable only by its owner, since wrong outputs reveal hidden inputs?"""
    kept = process()
    kept.put((entry,), check, WRONG)
    kept.save()
    assert [stat.S_IMODE(path.stat().st_mode) for path in kept.folder.iterdir()] == [0o600]


def test_a_folder_that_others_can_reach_is_not_used(
    course: Course, reference: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Is the folder made private, and is nothing stored if others can write to its parent folder?"""
    monkeypatch.setenv("COURSENN_CACHE_DIR", str(tmp_path))
    (tmp_path / "signatures").mkdir(mode=0o755)
    kept = kept_signatures(course, reference, 1)
    assert kept is not None
    assert stat.S_IMODE(kept.folder.stat().st_mode) == 0o700
    tmp_path.chmod(0o777)
    assert kept_signatures(course, reference, 1) is None


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


def test_the_oldest_files_are_removed_first(process: Kept, entry: Mistake, check: Check, monkeypatch: pytest.MonkeyPatch) -> None:
    """Is the oldest file removed once all files together are too large?"""
    for seed in range(3):
        kept = process(seed=seed)
        kept.put((entry,), check, WRONG)
        kept.save()
        if seed == 1:
            monkeypatch.setattr(module, "MOST_BYTES", sum(path.stat().st_size for path in kept.folder.iterdir()))
    found = [process(seed=seed).get((entry,), check) is not None for seed in range(3)]
    assert found == [False, True, True]


def test_a_folder_that_cannot_be_written_is_not_an_error(process: Kept, entry: Mistake, check: Check, tmp_path: Path) -> None:
    """Does saving fail silently if the folder cannot be created?"""
    kept = process()
    kept.folder = tmp_path / "file" / "below"
    (tmp_path / "file").write_text("not a folder", encoding="utf-8")
    kept.put((entry,), check, WRONG)
    kept.save()


def test_naming_runs_no_check_for_stored_signatures(
    course: Course, reference: Path, process: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Does a second process read all signatures from the disk, and are they the ones that it would compute?"""
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
