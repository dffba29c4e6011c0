"""Are the numbers of a class report right, with many students, one and none?"""

from __future__ import annotations

import pytest

from autograder.manifest import Course
from autograder.pages.class_summary import ClassReport, MarkChange, TaskSummary


def test_a_task_over_the_class() -> None:
    """Do mean, share, full marks and seconds sum up what the students got?"""
    task = TaskSummary("relu-forward", 4.0, scores=[0.0, 4.0, 4.0, 2.0], seconds=[0.1, 0.2, 0.3, 5.0])
    assert (task.mean, task.share, task.full) == (2.5, 0.625, 2)
    assert (task.median_s, task.longest_s) == (pytest.approx(0.25), 5.0)


def test_a_task_that_nobody_did() -> None:
    """Is everything 0, rather than an error, when there is nobody?"""
    task = TaskSummary("relu-forward", 4.0)
    assert (task.mean, task.share, task.full, task.median_s, task.longest_s) == (0.0, 0.0, 0, 0.0, 0.0)


def test_a_class(course: Course) -> None:
    """Are points summed over the tasks, and those of the students given in an order that tells nobody's name?"""
    tasks = [TaskSummary("one", 4.0), TaskSummary("two", 2.5)]
    report = ClassReport(course, "layers", {"ada": {"score": 5}, "ben": {"score": 1.5}}, tasks)
    assert report.max_score == 6.5
    assert report.scores == [1.5, 5.0]


@pytest.mark.parametrize(("before", "points"), [(10.0, -2.5), (None, 7.5)])
def test_a_change_of_marks(before: float | None, points: float) -> None:
    """Are points lost below 0, and does somebody new win all that they have?"""
    assert MarkChange("ada", before, 7.5, ("relu-forward",)).points == points
