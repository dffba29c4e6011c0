"""Is what one process has worked out there for the next, and is nothing believed that somebody else may have written?"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from autograder.engine import kept_files as module
from autograder.engine.kept_files import KeptFiles, kept_files, seed_of_the_day
from autograder.manifest import Course

Kept = Callable[..., KeptFiles]
CONTENT = b"what right code answers"


@pytest.fixture
def process(course: Course, reference: Path, tmp_path: Path) -> Kept:
    """What another process finds in the same folder."""
    return lambda seed=1: KeptFiles(course, reference, seed, tmp_path)


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder for derived files."""
    monkeypatch.setenv("COURSENN_CACHE_DIR", str(tmp_path))
    return tmp_path


def content(kept: KeptFiles, name: str = "a") -> bytes | None:
    """What is read under a name."""
    found = kept.read(name)
    return None if found is None else bytes(found)


def test_another_process_finds_it_for_the_same_seed_only(process: Kept) -> None:
    """Is it there again, and is it not taken for what follows from other inputs?"""
    process().write("a", CONTENT)
    assert content(process()) == CONTENT
    assert content(process(seed=2)) is None
    assert content(process(), "b") is None


def test_another_version_of_the_code_finds_nothing(process: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    """Does a change of a check, of the engine or of numpy begin anew?"""
    process().write("a", CONTENT)
    monkeypatch.setattr(module, "_digests_of_code", lambda: ("other",))
    assert content(process()) is None
    monkeypatch.undo()
    monkeypatch.setattr(module.np, "__version__", "9.0")
    assert content(process()) is None


@pytest.mark.parametrize("damage", ["bit", "cut", "empty", "other seed", "other name", "open", "link", "other user"])
def test_what_was_damaged_or_could_be_somebody_elses_is_not_believed(
    process: Kept, damage: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Is it worked out again, and does the next process find a good file?"""
    process().write("a", CONTENT)
    (path,) = tmp_path.iterdir()
    good = path.read_bytes()
    assert content(process()) == CONTENT
    if damage in ("bit", "cut", "empty"):
        path.write_bytes({"bit": good[:-1] + b"?", "cut": good[:-1], "empty": b""}[damage])
    if damage in ("other seed", "other name"):
        (process(seed="guessed") if damage == "other seed" else process()).write("b", CONTENT)
        (other,) = (found for found in tmp_path.iterdir() if found != path)
        other.replace(path)
    if damage == "open":
        path.chmod(0o604)
    if damage == "link":
        path.rename(tmp_path / "elsewhere")
        path.symlink_to(tmp_path / "elsewhere")
    with monkeypatch.context() as patch:
        if damage == "other user":
            patch.setattr(os, "geteuid", lambda: path.stat().st_uid + 1)
        assert content(process()) is None
    process().write("a", CONTENT)
    assert content(process()) == CONTENT
    assert stat.S_IMODE(path.lstat().st_mode) == 0o600


def test_a_folder_that_others_can_reach_is_not_used(course: Course, reference: Path, cache: Path) -> None:
    """Is the folder closed to others, and is grading without one where it cannot be?"""
    (cache / "worked-out").mkdir(mode=0o755)
    kept = kept_files(course, reference, 1)
    assert kept is not None
    assert stat.S_IMODE(kept.folder.stat().st_mode) == 0o700
    cache.chmod(0o777)
    assert kept_files(course, reference, 1) is None
    assert seed_of_the_day() is None


def test_the_oldest_files_go_first(process: Kept, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Is there an end to what is kept?"""
    for seed in range(3):
        process(seed=seed).write("a", CONTENT)
    monkeypatch.setattr(module, "MOST_BYTES", 2 * next(tmp_path.iterdir()).stat().st_size)
    process().remove_old()
    assert [content(process(seed=seed)) for seed in range(3)] == [None, CONTENT, CONTENT]


def test_a_folder_that_cannot_be_written_is_no_error(process: Kept, tmp_path: Path) -> None:
    """Are marks given when the disk is full or the folder is gone?"""
    kept = process()
    kept.folder = tmp_path / "file" / "below"
    (tmp_path / "file").write_text("not a folder", encoding="utf-8")
    kept.write("a", CONTENT)
    kept.remove_old()
    assert content(kept) is None


def test_the_seed_of_a_day_is_secret_and_ends_with_the_day(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Is it the same for every process of a day, closed to others, and another one tomorrow?"""
    seed = seed_of_the_day()
    assert seed is not None
    assert len(seed) == 64
    assert seed_of_the_day() == seed
    (path,) = (cache / "worked-out").iterdir()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600

    class Tomorrow:
        """A clock that is a day ahead."""

        now: Any = staticmethod(lambda zone: datetime.fromtimestamp(datetime.now(UTC).timestamp() + 86_400, zone))

    with monkeypatch.context() as patch:
        patch.setattr(module, "datetime", Tomorrow)
        assert seed_of_the_day() not in (seed, None)


@pytest.mark.parametrize("damage", ["{", "[]", '{"day": 1}', "", "open"])
def test_a_seed_that_cannot_be_read_or_was_open_is_replaced(damage: str, cache: Path) -> None:
    """Is a seed that others may know never used again?"""
    seed = seed_of_the_day()
    (path,) = (cache / "worked-out").iterdir()
    if damage == "open":
        path.chmod(0o644)
    else:
        path.write_text(damage, encoding="utf-8")
    other = seed_of_the_day()
    assert other not in (seed, None)
    assert seed_of_the_day() == other
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
