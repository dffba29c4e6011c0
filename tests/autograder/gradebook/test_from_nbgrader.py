"""Do nbgrader's own command and the formgrader's button use our writer, and do nothing if they cannot?"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from autograder.gradebook import recorder as recorder_module
from autograder.gradebook.from_nbgrader import RecordingExporter
from autograder.manifest import Course
from autograder.results import store
from autograder.sandbox.sandbox import SandboxUnavailable
from autograder.workspace import nbgrader_api
from autograder.workspace.nbgrader_api import NbgraderReply
from autograder.workspace.opening import open_workspace
from autograder.workspace.workspace import Workspace
from tests.autograder.gradebook.odd_class import (
    change_answer,
    class_of_oddities,
    enter_all,
    graded_copies,
    results_of,
    rows,
    waiting,
    write_local,
)
from tests.autograder.marks import grade_by_hand

ZERO_FOR_LATE = 'c.LateSubmissionPlugin.penalty_method = "zero"'


def autograde(workspace: Workspace, student: str = "*", **options: Any) -> NbgraderReply:
    """Do what the button does or, with a pattern, what `nbgrader autograde` does."""
    api = nbgrader_api.api(workspace)
    return nbgrader_api.run(workspace, "autograde", lambda: api.autograde("first", student, **options))


def autograde_all(workspace: Workspace, course: Course, students: list[str]) -> None:
    """Grade everybody through nbgrader, with results that exist already."""
    for student in students:
        results_of(workspace, course).ensure(student, "first")
    reply = autograde(workspace)
    assert reply["success"], reply


@pytest.fixture
def due(workspace: Workspace) -> Workspace:
    """The workspace, with a deadline."""
    write_local(workspace, ZERO_FOR_LATE)
    with nbgrader_api.gradebook(workspace) as book:
        book.update_or_create_assignment("first", duedate=datetime(2026, 5, 4, 12))
    return workspace


def test_nbgrader_enters_what_grade_enters(due: Workspace, small: Course, tmp_path: Path) -> None:
    """Do whole, damaged, missing, late and cluttered submissions, graded twice with manual work between, give the same files and rows?"""
    students = class_of_oddities(due)
    shutil.copytree(due.root, tmp_path / "theirs")
    theirs = open_workspace(tmp_path / "theirs", small)
    ways: list[tuple[Workspace, Callable[[Workspace, Course, list[str]], None]]] = [(due, enter_all), (theirs, autograde_all)]
    for again in (False, True):
        for place, enter in ways:
            if again:
                grade_by_hand(place, "whole", "alpha-why", "relu-forward", "beta-why")
                change_answer(place, "Since.", "Since it is.")
            enter(place, small, students)
        assert graded_copies(due) == graded_copies(theirs)
        assert rows(due) == rows(theirs)
        for student in students:
            ours, other = (results_of(place, small).recorded(student, "first") for place in (due, theirs))
            assert (ours["key"], ours["tasks"]) == (other["key"], other["tasks"])
    assert ("whole", "beta-why") in waiting(due)
    assert ("whole", "alpha-why") not in waiting(due)
    assert not list(due.root.glob("autograded/*/.*"))


def test_one_function_enters(workspace: Workspace, small: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    """Does every result that nbgrader asks for go once through the writer that `grade` uses?"""
    students = class_of_oddities(workspace)
    written = []
    write = recorder_module.ResultWriter.write

    def noted(self: recorder_module.ResultWriter, student: str, *arguments: Any) -> None:
        written.append(student)
        write(self, student, *arguments)

    monkeypatch.setattr(recorder_module.ResultWriter, "write", noted)
    autograde_all(workspace, small, students)
    assert written == sorted(students)


def test_settings_of_the_command_line_count(workspace: Workspace, small: Course) -> None:
    """Do the settings of the converter that nbgrader made apply?"""
    class_of_oddities(workspace)
    results_of(workspace, small).ensure("whole", "first")
    api = nbgrader_api.api(workspace)
    api.config.BaseConverter.permissions = 600
    assert api.autograde("first", "whole")["success"]
    assert {mode & 0o777 for mode, _ in graded_copies(workspace).values()} == {0o600}


def test_without_force_what_is_there_stays(workspace: Workspace, small: Course) -> None:
    """Does nbgrader skip graded students, unless something newer was handed in or the graded copy is incomplete?"""
    students = class_of_oddities(workspace)
    autograde_all(workspace, small, students)
    before = {s: results_of(workspace, small).recorded(s, "first") for s in students}
    (workspace.submitted("late", "first") / "timestamp.txt").write_text("2026-05-06 11:00:00 UTC")
    (workspace.autograded("cut", "first") / "Beta.ipynb").unlink()
    reply = autograde(workspace, force=False)
    assert reply["success"]
    after = {s: results_of(workspace, small).recorded(s, "first") for s in students}
    assert {s for s in students if before[s] != after[s]} == {"late", "cut"}
    assert reply["log"].count("Skipping existing assignment") == 3


def test_a_failure_is_reported_and_changes_nothing(workspace: Workspace, small: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    """If one student cannot be graded, does nbgrader say why, keep the earlier copy and marks, and continue with the others?"""
    students = class_of_oddities(workspace)
    enter_all(workspace, small, ["whole"])
    before = rows(workspace), graded_copies(workspace)
    change_answer(workspace, "Since.", "Since it is.")
    for student in students:
        if student != "whole":
            results_of(workspace, small).ensure(student, "first")

    def refuses(*_: Any, **__: Any) -> Any:
        raise SandboxUnavailable("install bubblewrap")

    monkeypatch.setattr(store, "grade_with_engine", refuses)
    reply = autograde(workspace, "whole")
    assert not reply["success"]
    assert "whole: install bubblewrap" in nbgrader_api.last_words(reply)
    assert (rows(workspace), graded_copies(workspace)) == before
    reply = autograde(workspace)
    assert not reply["success"]
    assert len(rows(workspace)["students"]) == len(students)


def test_button_while_another_command_is_at_work(workspace: Workspace, small: Course) -> None:
    """Does the button refuse, and name the process at work, while `grade` writes to the same workspace?"""
    class_of_oddities(workspace)
    results_of(workspace, small).ensure("whole", "first")
    with workspace.writing("grade"):
        reply = autograde(workspace, "whole")
    assert not reply["success"]
    assert "autograder grade (process" in nbgrader_api.last_words(reply)
    assert not workspace.autograded("whole", "first").exists()
    assert autograde(workspace, "whole")["success"]


def test_submission_without_a_notebook(workspace: Workspace, small: Course) -> None:
    """Is nothing changed for a single submission, which nbgrader itself refuses, and is it entered together with others?"""
    class_of_oddities(workspace)
    enter_all(workspace, small, ["without"])
    before = rows(workspace), graded_copies(workspace)
    reply = autograde(workspace, "without")
    assert not reply["success"]
    assert "No notebooks were matched" in nbgrader_api.last_words(reply)
    assert (rows(workspace), graded_copies(workspace)) == before
    shutil.rmtree(workspace.autograded("without", "first"))
    for student in ("whole", "cut", "outputs", "late"):
        results_of(workspace, small).ensure(student, "first")
    assert autograde(workspace)["success"]
    assert graded_copies(workspace).keys() >= before[1].keys()


def test_converter_that_is_not_ours_enters_nothing(workspace: Workspace, small: Course) -> None:
    """If a setting removes our exporter, does nbgrader's own stage stop before it saves a score or executes a cell?"""
    class_of_oddities(workspace)
    results_of(workspace, small).ensure("whole", "first")
    write_local(workspace, "c.Autograde.exporter_class = 'nbconvert.exporters.NotebookExporter'")
    reply = autograde(workspace, "whole")
    assert not reply["success"]
    assert "Nothing was graded" in reply["log"]
    assert {score for *_, score, _, _ in rows(workspace)["grades"]} <= {None}


def test_exporter_exports_nothing() -> None:
    """Does the exporter refuse if nbgrader loops over the submissions in another function?"""
    with pytest.raises(RuntimeError, match="Nothing was graded"):
        RecordingExporter().from_filename("Alpha.ipynb")
