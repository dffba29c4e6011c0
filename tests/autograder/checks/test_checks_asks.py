"""Is everything that is graded also asked for?"""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from autograder.checks.api import REGISTRY
from autograder.course import Course, Task
from autograder.engine.catalogue import checks_of

TASKS_WITH_POINTS_ON_RANGE = ("softmax-loss", "batchnorm-forward", "batchnorm-backward", "layernorm-forward")


def _plain(text: str) -> str:
    return re.sub(r"\s+", " ", text)


def _docstrings(path: Path, names: set[str]) -> str:
    """Docstrings of those functions and classes, with those of their methods."""
    nodes = [
        n for n in ast.parse(path.read_text(encoding="utf-8")).body if isinstance(n, ast.FunctionDef | ast.ClassDef) and n.name in names
    ]
    documented = [inner for node in nodes for inner in ast.walk(node) if isinstance(inner, ast.FunctionDef | ast.ClassDef)]
    return " ".join(_plain(ast.get_docstring(node) or "") for node in documented)


def _asked(course: Course, task: Task) -> str:
    texts = []
    for file in course.editable:
        module = file.removesuffix(".py").replace("/", ".")
        names = {f.removeprefix(module + ".") for f in task.functions if f.startswith(module + ".")}
        if names:
            texts.append(_docstrings(course.reference(file), names))
    for notebook in course.notebooks:
        if notebook.name == task.notebook and notebook.source.is_file():
            texts.append(_plain(re.sub(r"^# ?", "", notebook.source.read_text(encoding="utf-8"), flags=re.MULTILINE)))
    return " ".join(texts)


def test_every_check_corresponds_to_a_sentence(course: Course) -> None:
    """Does each check quote what a student can read in the docstring or the notebook?"""
    missing = []
    for task in course.tasks:
        if not task.model:
            asked = _asked(course, task)
            missing += [
                f"{task.id}, {c.name}: {c.asks}" for c in checks_of(course, task) if len(c.asks) < 10 or _plain(c.asks) not in asked
            ]
    assert not missing, "\n".join(missing)


def test_names_and_weights_are_fit_to_show(course: Course) -> None:
    """Has each check a name of its own within its task, and a weight above zero?"""
    for task in course.tasks:
        if not task.model:
            checks = checks_of(course, task)
            assert len({c.name for c in checks}) == len(checks)
            assert all(c.weight > 0 and c.name == c.name.strip() for c in checks)
            assert len(checks) > 1, f"{task.id}: marks are not split over behaviours"


def test_every_check_belongs_to_a_task(course: Course) -> None:
    """Is there a check that no task of the manifest uses?"""
    known = {t.id for t in course.tasks}
    for task in course.tasks:
        if not task.model:
            checks_of(course, task)
    ours = [c for c in REGISTRY if c.run.__module__.startswith("autograder.checks.")]
    assert {c.task for c in ours} <= known


@pytest.mark.parametrize("task_id", TASKS_WITH_POINTS_ON_RANGE)
def test_numerical_range_has_points_of_its_own(task_id: str, course: Course) -> None:
    """Is there a check for the range of numbers alone?"""
    words = ("eps", "far")
    assert any(word in check.name.split() for check in checks_of(course, course.task(task_id)) for word in words)
