"""Is the assembled reference always that of the current sources?"""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from autograder.intake.reference import reference_path
from autograder.manifest import Course


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache for this test only."""
    monkeypatch.setenv("COURSENN_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_holds_solutions_and_given_files(course: Course) -> None:
    """Are the editable files the solutions, and is every given file there?"""
    path = reference_path(course)
    for name in course.editable:
        assert (path / "coursenn" / name).read_bytes() == course.reference(name).read_bytes()
    assert all((path / "coursenn" / name).is_file() for name in course.given)


def test_same_sources_same_folder(course: Course) -> None:
    """Is it assembled only once?"""
    first = reference_path(course)
    before = first.stat().st_mtime_ns
    assert reference_path(course) == first
    assert first.stat().st_mtime_ns == before


def test_damaged_cache_is_made_again(course: Course) -> None:
    """Is a file that was changed or lost in the cache noticed?"""
    path = reference_path(course)
    (path / "coursenn" / "layers.py").write_text("broken")
    assert reference_path(course) == path
    assert (path / "coursenn" / "layers.py").read_bytes() == course.reference("layers.py").read_bytes()
    (path / "coursenn" / "layers.py").unlink()
    reference_path(course)
    assert (path / "coursenn" / "layers.py").is_file()


def test_byte_code_beside_it_does_not_matter(course: Course) -> None:
    """Does importing from the cache leave the folder valid?"""
    path = reference_path(course)
    (path / "coursenn" / "__pycache__").mkdir()
    (path / "coursenn" / "__pycache__" / "layers.cpython-311.pyc").write_bytes(b"")
    assert reference_path(course) == path
    assert (path / "coursenn" / "__pycache__").is_dir()


def test_asked_for_by_many_at_once(course: Course, cache: Path) -> None:
    """Do eight simultaneous callers get the same complete folder and leave nothing else?"""
    found: list[Path] = []
    threads = [threading.Thread(target=lambda: found.append(reference_path(course))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == 1
    assert [p.name for p in cache.iterdir()] == [found[0].name]
