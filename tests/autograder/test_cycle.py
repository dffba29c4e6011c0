"""Does the whole cycle work with a small course: release, hand in, grade, feedback, export?"""

from __future__ import annotations

import csv

from autograder.manifest import Course
from autograder.outgoing.export import export
from autograder.outgoing.feedback import feedback
from autograder.runs.grade import grade
from autograder.workspace.workspace import Workspace
from tests.autograder.small_course import RIGHT_LAYERS, WRONG_BACKWARD, hand_in

UNSAFE = True


def test_cycle_gives_every_student_their_own_marks(workspace: Workspace, small: Course) -> None:
    """Does each student's mark reach the feedback and the CSV file?"""
    hand_in(workspace, "ada", {"coursenn/layers.py": RIGHT_LAYERS}, answers={"alpha-why": "Since it is."})
    hand_in(workspace, "ben", {"coursenn/layers.py": WRONG_BACKWARD})
    hand_in(workspace, "cyd")
    report = grade(workspace, small, "first", unsafe=UNSAFE)
    assert not report.failures, report.failures
    scores = {r.student: r.document["score"] for r in report.rows if r.document}
    assert scores["ada"] == 5.0
    assert 2.0 <= scores["ben"] < 5.0
    assert scores["cyd"] == 0.0
    done = feedback(workspace, small, "first")
    assert done.written == ["ada", "ben", "cyd"], done.failures
    assert done.waiting == {"ada": 1}
    path = export(workspace, small)
    rows = {r["student"]: r for r in csv.DictReader(path.open())}
    assert list(rows["ada"])[:7] == ["student", "assignment", "relu-forward", "relu-backward", "sgd-momentum", "questions", "total"]
    assert float(rows["ada"]["total"]) == 5.0
    assert float(rows["ben"]["relu-forward"]) == 2.0
    assert float(rows["ada"]["max"]) == 13.0
