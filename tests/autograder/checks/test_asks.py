"""Can the names of the checks be shown? (The audit tests that a sentence asks for each check.)"""

from __future__ import annotations

import pytest

from autograder.checking import REGISTRY
from autograder.engine.catalogue import checks_of
from autograder.manifest import Course

TASKS_WITH_POINTS_ON_RANGE = ("softmax-loss", "batchnorm-forward", "batchnorm-backward", "layernorm-forward")


@pytest.mark.tasks
def test_names_and_weights_are_fit_to_show(course: Course) -> None:
    """Does each check have a unique name within its task and a weight above zero?"""
    for task in course.tasks:
        if not task.model:
            checks = checks_of(course, task)
            assert len({c.name for c in checks}) == len(checks)
            assert all(c.weight > 0 and c.name == c.name.strip() for c in checks)
            assert len(checks) > 1, f"{task.id}: marks are not split over behaviours"


@pytest.mark.tasks
def test_every_check_belongs_to_a_task(course: Course) -> None:
    """Is each check used by a task of the manifest?"""
    known = {t.id for t in course.tasks}
    for task in course.tasks:
        if not task.model:
            checks_of(course, task)
    ours = [c for c in REGISTRY if c.run.__module__.startswith("autograder.checks.")]
    assert {c.task for c in ours} <= known


@pytest.mark.parametrize("task_id", TASKS_WITH_POINTS_ON_RANGE)
def test_numerical_range_has_points_of_its_own(task_id: str, course: Course) -> None:
    """Is there a check that tests only the range of numbers?"""
    words = ("eps", "far")
    assert any(word in check.name.split() for check in checks_of(course, course.task(task_id)) for word in words)
