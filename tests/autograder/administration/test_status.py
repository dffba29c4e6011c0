"""Does `autograder status` say what is waiting and what to do next, and nothing more if nothing is waiting?"""

from __future__ import annotations

import time

import pytest
from click.testing import CliRunner

from autograder.administration.status import status
from autograder.cli import main
from autograder.manifest import Course
from autograder.runs.grade import grade
from autograder.term.deadline_file import FILE, set_cells
from autograder.term.published import remember_published
from autograder.workspace import nbgrader_api
from autograder.workspace.workspace import Workspace
from tests.autograder.fake_engine import fake, marks

SECONDS = 5.0


def told(workspace: Workspace, course: Course) -> tuple[list[str], list[str]]:
    """Return what is waiting, and the next commands."""
    found = status(workspace, course).all_waiting
    return [w.text for w in found], [w.next for w in found]


def test_waiting_work_is_named_in_its_order(workspace: Workspace, small: Course) -> None:
    """Is each step named as soon as it is due, and not after it is done?"""
    (workspace.root / "roster.csv").write_text("id\nada\nben\ncyd\n")
    assert told(workspace, small) == ([], [])
    (workspace.root / FILE).write_text("assignment,who,due\nfirst,,2024-05-03 12:00\n")
    assert told(workspace, small)[0][-1] == "the deadline has passed, and nothing has been collected"
    assert told(workspace, small)[1][-1] == "collect first"
    (workspace.root / FILE).unlink()
    marks(workspace, "ada", 2, 3, 2)
    assert told(workspace, small) == (["1 hand-in to grade: ada"], ["grade first"])
    grade(workspace, small, "first", grader=fake)
    assert told(workspace, small)[1] == ["feedback first"]
    facts = "; ".join(status(workspace, small).assignments[0].facts)
    assert "handed in 1 of 3" in facts
    (workspace.root / FILE).write_text("assignment,who,due,excused\nfirst,,2024-05-03 12:00,\nfirst,cyd,,yes\n")
    facts = "; ".join(status(workspace, small).assignments[0].facts)
    assert "handed in 1 of 2, 1 excused" in facts
    assert "nothing from ben" in facts
    assert "cyd" not in facts


def test_marks_that_do_not_follow_the_deadlines(workspace: Workspace, small: Course) -> None:
    """Are an edited table and a deadline set in nbgrader noticed?"""
    marks(workspace, "ada", 2, 3, 2)
    (workspace.submitted("ada", "first") / "timestamp.txt").write_text("2024-05-04 12:00:00 UTC")
    grade(workspace, small, "first", grader=fake)
    set_cells(workspace, "first", "", {"due": "2024-05-03 12:00", "rule": "10% a day"})
    texts, commands = told(workspace, small)
    assert texts[0] == f"1 mark does not follow {FILE}: ada"
    assert commands[0] == "deadlines"
    done = CliRunner().invoke(main, ["deadlines", "--yes", "--workspace", str(workspace.root)])
    assert done.exit_code == 0, done.output
    assert "late penalty 0 -> 0.7, mark 7 -> 6.3" in done.output
    assert not any(FILE in text for text in told(workspace, small)[0])
    with nbgrader_api.gradebook(workspace) as book:
        book.update_or_create_assignment("first", duedate="2024-05-09 12:00")
    assert any("the deadline in the gradebook differs" in text for text in told(workspace, small)[0])


def test_exported_marks_that_changed_are_named(workspace: Workspace, small: Course) -> None:
    """Does it say whose mark is out of date in another system, and nothing about marks that are up to date?"""
    for student in ("ada", "ben"):
        marks(workspace, student, 2, 3, 2)
    grade(workspace, small, "first", grader=fake)
    remember_published(workspace, "first", "export for Canvas", {"ada": (7.0, ""), "ben": (6.5, "")})
    remember_published(workspace, "first", "export", {"ada": (7.0, ""), "ben": (7.0, "")})
    facts = status(workspace, small).assignments[0].facts
    assert [f for f in facts if "since" in f] == ["marks changed since the export for Canvas: ben"]


def test_exit_status(workspace: Workspace) -> None:
    """Is the exit status 1 if something is waiting, and otherwise 0?"""
    words = ["status", "--workspace", str(workspace.root)]
    assert CliRunner().invoke(main, words).exit_code == 0
    marks(workspace, "ada", 2, 3, 2)
    done = CliRunner().invoke(main, words)
    assert done.exit_code == 1
    assert done.output.splitlines()[-1] == f"next: autograder grade first --workspace {workspace.root}"


@pytest.mark.slow
def test_the_status_of_three_hundred_students_takes_seconds(workspace: Workspace, small: Course) -> None:
    """Is the status of a large class shown at once?"""
    (workspace.root / "roster.csv").write_text("id\n" + "".join(f"s{n:03d}\n" for n in range(300)))
    for n in range(287):
        marks(workspace, f"s{n:03d}", 2, 3, 2)
    grade(workspace, small, "first", grader=fake)
    set_cells(workspace, "first", "", {"due": "2024-05-03 12:00", "rule": "10% a day"})
    started = time.process_time()
    found = status(workspace, small)
    assert time.process_time() - started < SECONDS
    assert any("handed in 287 of 300" in fact for fact in found.assignments[0].facts)
