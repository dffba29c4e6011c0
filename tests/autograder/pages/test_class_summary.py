"""Are the numbers in the report of a class correct, with or without students?"""

from __future__ import annotations

import pytest

from autograder.manifest import Course
from autograder.pages.class_summary import ClassReport, MarkChange, TaskSummary


def test_a_task() -> None:
    """Are the mean, the share of the points, the number of full marks and the times correct?"""
    task = TaskSummary("relu-forward", 4.0, scores=[0.0, 4.0, 4.0, 2.0], seconds=[0.1, 0.2, 0.3, 5.0])
    assert (task.mean, task.share, task.full) == (2.5, 0.625, 2)
    assert (task.median_s, task.longest_s) == (pytest.approx(0.25), 5.0)


def test_a_task_without_submissions() -> None:
    """Is every number 0 if there are no submissions?"""
    task = TaskSummary("relu-forward", 4.0)
    assert (task.mean, task.share, task.full, task.median_s, task.longest_s) == (0.0, 0.0, 0, 0.0, 0.0)


def test_a_class(course: Course) -> None:
    """Are the points of the tasks summed, and the students' points sorted, so that their order identifies nobody?"""
    tasks = [TaskSummary("one", 4.0), TaskSummary("two", 2.5)]
    report = ClassReport(course, "layers", {"ada": {"score": 5}, "ben": {"score": 1.5}}, tasks)
    assert report.max_score == 6.5
    assert report.scores == [1.5, 5.0]


@pytest.mark.parametrize(("before", "points"), [(10.0, -2.5), (None, 7.5)])
def test_a_change_of_marks(before: float | None, points: float) -> None:
    """Is a loss negative, and is the change of a new student their whole mark?"""
    assert MarkChange("ada", before, 7.5, ("relu-forward",)).points == points
