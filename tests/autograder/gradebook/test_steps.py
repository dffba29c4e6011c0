"""Does each setting in `nbgrader_local.py` do what nbgrader documents, or is it refused with what to do?"""

from __future__ import annotations

import json
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbgrader.nbgraderformat import ValidationError
from nbgrader.preprocessors import (
    AssignLatePenalties,
    CheckCellMetadata,
    LimitOutput,
    OverwriteCells,
    OverwriteKernelspec,
    SaveAutoGrades,
)

from autograder.gradebook.stage import GradeStage
from autograder.gradebook.steps import Steps
from autograder.manifest import Course
from autograder.runs.grade import grade
from autograder.workspace import nbgrader_api
from autograder.workspace.workspace import Obstacle, Workspace, WorkspaceError
from tests.autograder.gradebook.odd_class import PRINTED_LINES, class_of_oddities, enter_all, graded_copies, rows, write_local
from tests.autograder.small_course import RIGHT_LAYERS, hand_in

OWN_STEPS = """
import json
import pathlib

from nbgrader.api import Gradebook
from nbgrader.preprocessors import NbGraderPreprocessor

HERE = pathlib.Path(__file__).parent


class Bonus(NbGraderPreprocessor):
    \"\"\"Reads the score that was saved, and writes into the gradebook over a connection of its own.\"\"\"

    def preprocess(self, nb, resources):
        ids = resources["nbgrader"]
        with Gradebook(ids["db_url"]) as book:
            notebook = book.find_submission_notebook(ids["notebook"], ids["assignment"], ids["student"])
            nb.metadata["saved"] = notebook.score
            for grade in notebook.grades:
                if grade.name == "relu-forward":
                    grade.extra_credit = 0.25
            book.db.commit()
        resources["seen"] = [*resources.get("seen", []), "Bonus"]
        return nb, resources


class Note(NbGraderPreprocessor):
    def preprocess(self, nb, resources):
        nb.metadata["note"] = {
            "ids": [resources["nbgrader"][k] for k in ("student", "assignment", "notebook")],
            "name": resources["metadata"]["name"],
            "files": sorted(p.name for p in pathlib.Path(resources["metadata"]["path"]).iterdir()),
            "scored": any(o.output_type == "execute_result" for c in nb.cells for o in c.get("outputs", [])),
            "before": resources.get("seen", []),
        }
        return nb, resources


def shout(nb, resources):
    for cell in nb.cells:
        if cell.metadata.get("nbgrader", {}).get("solution") and cell.cell_type == "markdown":
            cell.source = cell.source.upper()
    return nb, resources


class Stumbles(NbGraderPreprocessor):
    def preprocess(self, nb, resources):
        raise LookupError("no such thing")


class Spoils(NbGraderPreprocessor):
    def preprocess(self, nb, resources):
        for cell in nb.cells:
            if "nbgrader" in cell.metadata:
                cell.metadata.nbgrader["grade_id"] = "all the same"
        return nb, resources


def before(assignment, student, notebooks):
    (HERE / "before.json").write_text(json.dumps([assignment, student, [pathlib.Path(n).name for n in notebooks]]))


def after(assignment, student, notebooks):
    copy = pathlib.Path(notebooks[0]).parents[3] / "autograded" / student / assignment
    (HERE / "after.json").write_text(json.dumps([assignment, student, sorted(p.name for p in copy.glob("*.ipynb"))]))
    raise RuntimeError("nbgrader logs this and goes on")
"""


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An instructor's own module, and its folder."""
    (tmp_path / "own_steps_of_a_test.py").write_text(OWN_STEPS)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "own_steps_of_a_test", raising=False)
    return tmp_path


def copy_of(workspace: Workspace, student: str, notebook: str) -> Any:
    """A graded notebook."""
    return nbformat.read(workspace.autograded(student, "first") / f"{notebook}.ipynb", as_version=4)


def test_nbgraders_own_steps_find_nothing_to_change(workspace: Workspace, small: Course) -> None:
    """Are notebooks and rows the same as if each of nbgrader's preprocessors opened the gradebook itself?"""
    students = class_of_oddities(workspace)
    write_local(workspace, 'c.LateSubmissionPlugin.penalty_method = "zero"')
    with nbgrader_api.gradebook(workspace) as book:
        book.update_or_create_assignment("first", duedate=datetime(2026, 5, 4, 12))
    enter_all(workspace, small, students)
    before = rows(workspace)
    assert {penalty for *_, penalty, _ in before["penalties"]} == {None, 3.5, 0.0}
    converter = nbgrader_api.converter(workspace)
    for student in students:
        for name in ("Alpha", "Beta"):
            copy = copy_of(workspace, student, name)
            again = copy_of(workspace, student, name)
            ids = {"student": student, "assignment": "first", "notebook": name, "db_url": workspace.db_url}
            for step in (OverwriteKernelspec, OverwriteCells, LimitOutput, SaveAutoGrades, AssignLatePenalties, CheckCellMetadata):
                again, _ = step(parent=converter).preprocess(again, {"nbgrader": ids})
            assert again == copy
    assert rows(workspace) == before


def test_own_steps_are_taken_at_their_place(workspace: Workspace, small: Course, own: Path) -> None:
    """Do an instructor's preprocessors see the state at their position in the lists, including scores in the gradebook?"""
    students = class_of_oddities(workspace)
    settings = [
        "c.Autograde.sanitize_preprocessors.append('own_steps_of_a_test.Note')",
        "c.Autograde.autograde_preprocessors.insert(0, 'own_steps_of_a_test.shout')",
        "c.Autograde.autograde_preprocessors.append('own_steps_of_a_test.Bonus')",
    ]
    write_local(workspace, "\n".join(settings))
    for saved in (3.5, 3.75):  # in the second round, the gradebook has the scores of the first
        enter_all(workspace, small, students)
        alpha = copy_of(workspace, "whole", "Alpha")
        note = alpha.metadata["note"]
        assert note["ids"] == ["whole", "first", "Alpha"]
        assert note["name"] == "Alpha"
        assert {"README.md", "coursenn", "timestamp.txt"} <= set(note["files"])
        assert (note["scored"], note["before"]) == (False, [])
        assert alpha.metadata["saved"] == saved
        assert "BECAUSE." in [c.source for c in alpha.cells]
    with nbgrader_api.gradebook(workspace) as book:
        assert {book.find_submission("first", s).score for s in students} == {3.75}
        assert book.find_comment("alpha-why", "Alpha", "first", "whole").auto_comment is None


def test_steps_after_another_find_what_it_left(workspace: Workspace, small: Course, own: Path) -> None:
    """Do nbconvert's resources go from one step to the next, even as a list of classes?"""
    students = class_of_oddities(workspace)[:1]
    write_local(
        workspace,
        "from own_steps_of_a_test import Bonus, Note\nc.Autograde.autograde_preprocessors.append(Bonus)\n"
        "c.Autograde.autograde_preprocessors.append(Note)",
    )
    enter_all(workspace, small, students)
    note = copy_of(workspace, "whole", "Beta").metadata["note"]
    assert (note["scored"], note["before"]) == (True, ["Bonus"])


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ("sanitize_preprocessors.append('own_steps_of_a_test.Stumbles')", "Stumbles.*nbgrader_local.py.*LookupError: no such thing"),
        ("autograde_preprocessors.insert(4, 'own_steps_of_a_test.Spoils')", "metadata may be corrupted"),
    ],
)
def test_own_step_that_fails_costs_no_mark(workspace: Workspace, small: Course, own: Path, setting: str, words: str) -> None:
    """If a step raises or breaks nbgrader's metadata, is the reason given, and does the earlier copy stay?"""
    students = class_of_oddities(workspace)[:1]
    enter_all(workspace, small, students)
    before = graded_copies(workspace)
    write_local(workspace, f"c.Autograde.{setting}")
    with pytest.raises((WorkspaceError, ValidationError), match=words):
        enter_all(workspace, small, students)
    assert graded_copies(workspace) == before


def test_hooks_are_called(workspace: Workspace, small: Course, own: Path) -> None:
    """Are an instructor's hooks called before and after each submission, without harm to anybody if they raise?"""
    students = class_of_oddities(workspace)[:1]
    write_local(
        workspace,
        "c.Autograde.pre_convert_hook = 'own_steps_of_a_test.before'\nc.Autograde.post_convert_hook = 'own_steps_of_a_test.after'",
    )
    enter_all(workspace, small, students)
    for name in ("before", "after"):
        assert json.loads((own / f"{name}.json").read_text()) == ["first", "whole", ["Alpha.ipynb", "Beta.ipynb"]]
    assert len(rows(workspace)["students"]) == 1


def printed_lines(workspace: Workspace) -> int:
    """Return the lines of output that the graded copy shows for a cell that printed many."""
    cells = [c for c in copy_of(workspace, "outputs", "Beta").cells if c.cell_type == "code"]
    return max(sum(o.text.count("\n") for o in c.outputs if o.output_type == "stream") for c in cells)


@pytest.mark.parametrize(
    ("setting", "fewest", "most"),
    [("", 900, 1010), ("c.LimitOutput.max_lines = 10", 5, 12), ("c.LimitOutput.enabled = False", PRINTED_LINES, PRINTED_LINES + 10)],
)
def test_limits_of_output_hold(workspace: Workspace, small: Course, setting: str, fewest: int, most: int) -> None:
    """Is a student's output cut to the configured limit?"""
    class_of_oddities(workspace)
    write_local(workspace, setting)
    enter_all(workspace, small, ["outputs"])
    assert fewest <= printed_lines(workspace) <= most


def test_permissions_and_patterns_hold(workspace: Workspace, small: Course) -> None:
    """Do the graded copies have the permissions, and lack the files, that are configured?"""
    class_of_oddities(workspace)
    write_local(workspace, "c.BaseConverter.permissions = 640\nc.CourseDirectory.ignore.append('*.txt')")
    enter_all(workspace, small, ["outputs"])
    found = graded_copies(workspace)
    assert {mode & 0o777 for mode, _ in found.values()} == {0o640}
    assert not [name for name in found if name.endswith(".txt")]


def test_group_may_write(workspace: Workspace, small: Course) -> None:
    """If a group shares the course directory, may the group write files and folders of the graded copy?"""
    class_of_oddities(workspace)
    write_local(workspace, "c.CourseDirectory.groupshared = True")
    enter_all(workspace, small, ["whole"])
    copy = workspace.autograded("whole", "first")
    assert {p.stat().st_mode & 0o020 for p in copy.rglob("*")} == {0o020}
    assert copy.stat().st_mode & 0o2770 == 0o2770


def test_excluded_student_is_left_out(workspace: Workspace, small: Course) -> None:
    """Is nothing entered for a student whom the configuration excludes, and everything for the others?"""
    class_of_oddities(workspace)
    write_local(workspace, "c.CourseDirectory.student_id_exclude = 'nobody,whole'")
    enter_all(workspace, small, ["whole", "cut"])
    assert rows(workspace)["students"] == [("cut",)]
    assert not workspace.autograded("whole", "first").exists()


def test_unknown_student_may_be_refused(workspace: Workspace, small: Course) -> None:
    """If students must not be created during grading, is a student who is not in the gradebook refused by name?"""
    class_of_oddities(workspace)
    write_local(workspace, "c.Autograde.create_student = False")
    with pytest.raises(WorkspaceError, match="whole"):
        enter_all(workspace, small, ["whole"])


REFUSED = {
    "c.Autograde.autograde_preprocessors.insert(0, 'nbgrader.preprocessors.Execute')": "outside of the sandbox",
    "c.Autograde.autograde_preprocessors = ['nbgrader.preprocessors.SaveAutoGrades']": "must hold GradeStage",
    "c.Autograde.autograde_preprocessors = ['autograder.gradebook.stage.GradeStage']": "SaveAutoGrades after it",
    "c.SaveAutoGrades.enabled = False": "each once and enabled",
    "c.Autograde.sanitize_preprocessors.append('nbgrader.preprocessors.SaveAutoGrades')": "each once and enabled",
    "c.Autograde.sanitize_preprocessors.append('own.Missing')": "own.Missing in Autograde.sanitize_preprocessors, which cannot be imported",
    "c.Autograde.exporter_class = 'nbconvert.exporters.NotebookExporter'": "remove that line",
}


@pytest.mark.parametrize("setting", REFUSED)
def test_settings_that_no_right_mark_comes_from_are_refused(workspace: Workspace, small: Course, setting: str) -> None:
    """If the settings would execute student code or invent marks, does the run stop with what to do, and is nothing entered?"""
    hand_in(workspace, "ada", {"coursenn/layers.py": RIGHT_LAYERS})
    write_local(workspace, setting)
    with pytest.raises(Obstacle, match=REFUSED[setting]) as stopped:
        grade(workspace, small, "first", unsafe=True)
    assert "nbgrader_local.py" in str(stopped.value)
    assert not any(rows(workspace).values())


def test_generated_settings_check_nothing_twice(workspace: Workspace, small: Course) -> None:
    """Is nbgrader's slow check of the metadata run only if an instructor's step may have changed it?"""
    plain = Steps(nbgrader_api.converter(workspace), set())
    write_local(workspace, "c.Autograde.autograde_preprocessors.append('nbgrader.preprocessors.DeduplicateIds')")
    changed = Steps(nbgrader_api.converter(workspace), set())
    assert plain._check_metadata not in plain._steps
    assert changed._steps.index(changed._check_metadata) == len(changed._steps) - 2


def test_stage_refuses_to_be_run_by_nbgrader() -> None:
    """Is a foreign converter stopped before it saves a score?"""
    with pytest.raises(RuntimeError, match="Nothing was graded"):
        GradeStage()(nbformat.v4.new_notebook(), {})
