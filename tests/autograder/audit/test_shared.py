"""Do packages that share a sandbox affect one another?"""

from __future__ import annotations

from pathlib import Path

import pytest

from autograder.audit import measure
from autograder.audit.shared import SharedSandbox
from autograder.engine.expectations import expectations
from autograder.manifest import Course
from autograder.mistakes import load_mistakes, variant
from autograder.sandbox.sandbox import problem

ENTRY = "relu-forward-leaky"


@pytest.fixture
def shared(tmp_path: Path) -> SharedSandbox:
    """A sandbox for the packages of one test; plain processes on a machine without one."""
    return SharedSandbox(tmp_path, unsafe=problem() is not None)


def test_each_package_runs_its_own_code(shared: SharedSandbox, course: Course, reference: Path) -> None:
    """Does a correct package pass after a wrong one, and does the wrong one fail again after that?"""
    (mistake,) = (m for m in load_mistakes(course) if m.id == ENTRY)
    task, expected = course.task(mistake.task), expectations(reference, 0)
    wrong = variant(mistake, reference, shared.folder / "wrong")
    again = variant(mistake, reference, shared.folder / "again")
    right = variant(mistake, reference, shared.folder / "right")
    (right / "coursenn" / mistake.file).write_bytes((reference / "coursenn" / mistake.file).read_bytes())
    try:
        found = [[m.passed for m in measure(package, course, task, expected, shared)] for package in (wrong, right, again)]
    finally:
        shared.close()
    assert all(found[1])
    assert not all(found[0])
    assert found[2] == found[0]


def test_a_package_that_enters_again_gets_a_new_sandbox(shared: SharedSandbox) -> None:
    """Does another package get the same sandbox, and a package that enters again, as after damage, a new one?"""
    first, second = shared.folder / "first", shared.folder / "second"
    try:
        rooms = [shared.enter(first), shared.enter(second), shared.enter(second)]
        assert rooms[0].sandbox is rooms[1].sandbox
        assert rooms[1].sandbox is not rooms[2].sandbox
        assert rooms[1].sandbox.closed
        assert rooms[2].inside("package").endswith("/second")
    finally:
        shared.close()


def test_nothing_is_left_running(shared: SharedSandbox) -> None:
    """Does closing the shared sandbox end its process, and may its packages still be closed after that?"""
    room = shared.enter(shared.folder / "first")
    shared.close()
    assert room.sandbox.closed
    room.close()
