"""Does sharing one sandbox change anything for the packages that share it?"""

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
    """A sandbox for the packages of one test; without walls where there are none."""
    return SharedSandbox(tmp_path, unsafe=problem() is not None)


def test_each_package_runs_its_own_code(shared: SharedSandbox, course: Course, reference: Path) -> None:
    """Is a right package right after a wrong one, and the wrong one wrong after that?"""
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


def test_damage_ends_with_the_package_that_did_it(shared: SharedSandbox) -> None:
    """Does a package that enters a second time, as after damage, meet a new sandbox, and another one the same?"""
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
    """Does the sandbox end with the last package?"""
    room = shared.enter(shared.folder / "first")
    shared.close()
    assert room.sandbox.closed
    room.close()
