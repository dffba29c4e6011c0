"""Is a result written to gradebook and graded copy in one transaction, complete after a kill, with manual grades kept?"""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from autograder.gradebook import graded_copy
from autograder.manifest import Course
from autograder.runs.grade import grade
from autograder.workspace.workspace import Workspace, WorkspaceError
from tests.autograder.gradebook.odd_class import (
    MARKS,
    change_answer,
    class_of_oddities,
    enter_all,
    graded_copies,
    results_of,
    rows,
    waiting,
)
from tests.autograder.marks import grade_by_hand
from tests.autograder.small_course import RIGHT_LAYERS, hand_in


def test_failure_leaves_gradebook_and_copy_as_they_were(workspace: Workspace, small: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    """If the last notebook cannot be written, is nothing of the submission entered, and does the next attempt enter all of it?"""
    students = class_of_oddities(workspace)[:1]
    enter_all(workspace, small, students)
    before = rows(workspace), graded_copies(workspace)
    monkeypatch.setitem(MARKS, "relu-forward", 0.5)
    shutil.rmtree(workspace.results)
    write = graded_copy.write_file

    def full(path: Path, *arguments: Any) -> None:
        if path.name == "Beta.ipynb":
            raise OSError(28, "No space left on device")
        write(path, *arguments)

    with monkeypatch.context() as patch:
        patch.setattr(graded_copy, "write_file", full)
        with pytest.raises(OSError, match="No space"):
            enter_all(workspace, small, students)
    assert (rows(workspace), graded_copies(workspace)) == before
    assert not list(workspace.root.glob("autograded/*/.*"))
    enter_all(workspace, small, students)
    assert {g[3] for g in rows(workspace)["grades"] if g[1] == "relu-forward"} == {0.5}


class Killed(BaseException):
    """Acts as a SIGKILL: nothing runs after it, except what the test undoes itself."""


def test_kill_between_two_renames(workspace: Workspace, small: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a kill between moving the old copy out and the new one in, does an unchanged answer keep its marks?"""
    students = class_of_oddities(workspace)[:1]
    enter_all(workspace, small, students)
    grade_by_hand(workspace, "whole", "alpha-why", score=3.0)
    undisturbed = rows(workspace), graded_copies(workspace)
    rename, seen = os.rename, []

    def once(*names: Any) -> None:
        seen.append(names)
        if len(seen) == 2:
            raise Killed
        rename(*names)

    with monkeypatch.context() as patch:
        patch.setattr(graded_copy.os, "rename", once)
        patch.setattr(graded_copy.shutil, "rmtree", lambda *_, **__: None)
        with pytest.raises(Killed):
            enter_all(workspace, small, students)
    assert not workspace.autograded("whole", "first").exists()
    enter_all(workspace, small, students)
    assert (rows(workspace), graded_copies(workspace)) == undisturbed
    assert os.listdir(workspace.root / "autograded" / "whole") == ["first"]


@pytest.mark.parametrize(("changed", "asked"), [(False, {"beta-why"}), (True, {"alpha-why", "beta-why"})])
def test_run_that_an_earlier_version_left_half_done(changed: bool, asked: set[str], workspace: Workspace, small: Course) -> None:
    """If nbgrader's converter was killed after asking for another look at everything, is only a look at changed answers asked for?"""
    students = class_of_oddities(workspace)[:1]
    enter_all(workspace, small, students)
    grade_by_hand(workspace, "whole", "alpha-why", "beta-why")
    results = results_of(workspace, small)
    known = {"alpha-why": "Because." if not changed else "Something else.", "beta-why": "Since."}
    left = {"key": None, "open": {"by_hand": {"alpha-why": None, "beta-why": None}, "answers": known}}
    results.set_recorded("whole", "first", {**results.recorded("whole", "first"), **left})
    with contextlib.closing(sqlite3.connect(workspace.gradebook)) as database:
        database.execute("update grade set needs_manual_grade = 1 where manual_score is not null")
        database.commit()
    change_answer(workspace, "Since.", "Since it is.")
    enter_all(workspace, small, students)
    assert {cell for _, cell in waiting(workspace)} == asked
    assert "open" not in results.recorded("whole", "first")
    assert results.recorded("whole", "first")["key"] is not None


def test_rows_are_found_through_an_index(workspace: Workspace, small: Course) -> None:
    """Are the rows of one submission found through an index, even in a gradebook that had none?"""
    students = class_of_oddities(workspace)[:1]
    with contextlib.closing(sqlite3.connect(workspace.gradebook)) as database:
        for (name,) in database.execute("select name from sqlite_master where name like 'coursenn_%'").fetchall():
            database.execute(f"drop index {name}")
        database.commit()
    enter_all(workspace, small, students)
    enter_all(workspace, small, students)
    with contextlib.closing(sqlite3.connect(workspace.gradebook)) as database:
        for table, column in (("grade", "notebook_id"), ("comment", "notebook_id"), ("submitted_notebook", "assignment_id")):
            plan = database.execute(f"explain query plan select * from {table} where {column} = 'x'").fetchall()
            assert plan[0][-1].startswith("SEARCH"), (table, plan)


def test_gradebook_locked_while_recording(workspace: Workspace, small: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    """If another program locks the gradebook during a run, does grading stop with what to do, and continue later?"""
    monkeypatch.setattr(Workspace, "db_url", property(lambda w: f"sqlite:///{w.gradebook}?timeout=0.1"))
    students = class_of_oddities(workspace)[:1]
    with contextlib.closing(sqlite3.connect(workspace.gradebook, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(WorkspaceError, match="Close the formgrader"):
            enter_all(workspace, small, students)
        other.execute("ROLLBACK")
    enter_all(workspace, small, students)
    assert rows(workspace)["students"] == [("whole",)]


def test_cell_that_the_gradebook_lacks(workspace: Workspace, small: Course) -> None:
    """If gradebook and release do not match, does the message say to release again, and is everybody else still graded?"""
    hand_in(workspace, "ada", {"coursenn/layers.py": RIGHT_LAYERS})
    with contextlib.closing(sqlite3.connect(workspace.gradebook)) as database:
        database.execute("update base_cell set name = 'another' where name = 'relu-backward'")
        database.commit()
    report = grade(workspace, small, "first", unsafe=True)
    assert "elease the assignment again" in str(report.failures[0].failure)
    assert not workspace.autograded("ada", "first").exists()
