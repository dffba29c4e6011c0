"""A small course, released once for each run of the tests, and a workspace of its own for each test."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from small_course import write_small_course

from autograder.bridge.release import release
from autograder.bridge.workspace import Workspace, open_workspace
from autograder.course import Course


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """The small course, generated. Not to be changed."""
    return write_small_course(tmp_path_factory.mktemp("small"))


@pytest.fixture(scope="session")
def released_once(small: Course, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace in which the small course is released. Not to be changed."""
    root = tmp_path_factory.mktemp("released") / "workspace"
    release(open_workspace(root, small), small, "first", generated=True)
    return root


@pytest.fixture
def workspace(small: Course, released_once: Path, tmp_path: Path) -> Workspace:
    """A workspace of the test's own, with the small course released in it."""
    root = tmp_path / "class"
    shutil.copytree(released_once, root, symlinks=True)
    return open_workspace(root, small)


@pytest.fixture
def empty(small: Course, tmp_path: Path) -> Workspace:
    """A fresh workspace of the small course."""
    return open_workspace(tmp_path / "fresh", small)
