"""Are deadlines that a person types into nbgrader stored as meant?"""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import datetime

import pytest

from autograder.manifest import load_course
from autograder.times import TimeError
from autograder.workspace import nbgrader_api
from autograder.workspace.opening import open_workspace
from autograder.workspace.workspace import Workspace
from tests.autograder.small_course import write_small_course

TYPED = {
    # As the formgrader joins its two fields.
    "2026-10-01T23:59 +0200": datetime(2026, 10, 1, 21, 59),
    "2026-10-01T23:59 +02:00": datetime(2026, 10, 1, 21, 59),
    "2026-10-01T21:59:00 +0000": datetime(2026, 10, 1, 21, 59),
    "2026-10-01T23:59 Asia/Tokyo": datetime(2026, 10, 1, 14, 59),
    "2026-10-01T23:59": datetime(2026, 10, 1, 21, 59),
    # As on the command line.
    "2026-10-01 23:59 +0200": datetime(2026, 10, 1, 21, 59),
    "2026-10-01 11:59 PM": datetime(2026, 10, 1, 21, 59),
    "2026-10-01 23:59 UTC": datetime(2026, 10, 1, 23, 59),
    "2026-10-01 23:59 EST": None,
    "2026-10-01T23:59 2": None,
    "01/10/2026": None,
}


@pytest.fixture
def berlin(workspace: Workspace) -> Workspace:
    """A workspace whose course is in Berlin."""
    course = write_small_course(workspace.root.parent / "berlin")
    course.path.write_text(course.path.read_text().replace('version = "1"', 'version = "1"\ntimezone = "Europe/Berlin"'))
    return open_workspace(workspace.root, load_course(course.path))


def test_a_deadline_reaches_the_gradebook_as_it_was_meant(berlin: Workspace) -> None:
    """Are deadlines from the formgrader and nbgrader's commands stored in UTC, or refused with the gradebook unchanged?"""
    nbgrader_api.config(berlin)
    before = datetime(2026, 5, 4, 12)
    for text, due in TYPED.items():
        with nbgrader_api.gradebook(berlin) as book:
            book.update_or_create_assignment("first", duedate=before)
            if due is None:
                with pytest.raises(TimeError):
                    book.update_or_create_assignment("first", duedate=text)
            else:
                book.update_or_create_assignment("first", duedate=text)
        with nbgrader_api.gradebook(berlin) as book:
            assert book.find_assignment("first").duedate == (due or before), text
    # nbgrader's own command, run in the workspace, does the same.
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-m", "nbgrader", "db", "assignment", "add", "first", "--duedate", "2026-10-01 23:59"]
    done = subprocess.run(command, cwd=berlin.root, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    with nbgrader_api.gradebook(berlin) as book:
        assert book.find_assignment("first").duedate == datetime(2026, 10, 1, 21, 59)
