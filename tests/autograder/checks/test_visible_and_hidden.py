"""Do the visible and the hidden checks agree: does no code get full marks that the notebook's own check refuses?"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import pytest

from autograder.generate.visible_checks import CheckCell, Seen, check_cells, run_check_cell
from autograder.manifest import Course, Task, load_course
from autograder.mistakes import Mistake, load_mistakes, variant
from autograder.paths import module_name
from autograder.sandbox.local import OwnPackage
from tests.autograder.checks._variants import MODULES, STYLES, marks, style_source, write_variant

WRONG = STYLES.parent / "wrong"
NAMES = sorted(path.stem for path in STYLES.glob("*.py"))
WRONG_FILES = sorted(WRONG.glob("*.py"))
TASK = re.compile(r"task: ([a-z-]+)")
QUICK_TASKS = {
    *("affine-forward", "affine-backward", "relu-forward", "relu-backward", "sgd-momentum", "rmsprop", "adam"),
    *("layernorm-forward", "layernorm-backward", "batchnorm-backward", "dropout-backward"),
}
"""Their cells take some hundredths of a second."""
GRADED = [t.id for t in load_course().tasks if not t.model]
EVERY = 24
"""A quick run tries one form in so many of the mistakes in these tasks."""


@pytest.fixture(scope="module")
def cells(course: Course) -> dict[str, CheckCell]:
    return check_cells(course)


def _tasks(course: Course, file: str) -> list[Task]:
    return [t for t in course.tasks if t.functions and t.functions[0].rpartition(".")[0] == module_name(file)]


def _said(seen: Seen) -> str:
    return f"{type(seen.error).__name__}: {seen.error}"


def _refused(style: str, tasks: Iterable[Task], cells: dict[str, CheckCell], reference: Path, folder: Path) -> list[str]:
    file = MODULES[style.split("_")[0]]
    package = OwnPackage(write_variant(reference, folder, {file: style_source(reference, file, style)}))
    seen = {task.id: run_check_cell(cells[task.id], package) for task in tasks}
    return [f"{task}: {_said(found)}" for task, found in seen.items() if not found.passed]


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("style", NAMES)
def test_right_code_in_another_style_passes(
    style: str, course: Course, cells: dict[str, CheckCell], reference: Path, tmp_path: Path
) -> None:
    """Do visible checks accept right code with other caches, algebra, copies or kept dimensions?"""
    assert not _refused(style, _tasks(course, MODULES[style.split("_")[0]]), cells, reference, tmp_path)


@pytest.mark.parametrize("style", ["layers_columns", "optim_pure"])
def test_a_sample_of_right_code_passes(style: str, course: Course, cells: dict[str, CheckCell], reference: Path, tmp_path: Path) -> None:
    """Do the quick visible checks accept right code in one of the styles?"""
    tasks = [t for t in _tasks(course, MODULES[style.split("_")[0]]) if t.id in QUICK_TASKS]
    assert not _refused(style, tasks, cells, reference, tmp_path)


def _overpaid(package: Path, task: str, course: Course, cell: CheckCell, reference: Path) -> str:
    """Return the visible check's message about a package with full marks; empty if the two kinds of checks agree."""
    seen = run_check_cell(cell, OwnPackage(package))
    if seen.passed or marks(package, reference, course, task).failed:
        return ""
    return f"full marks for {task}, and the visible check says: {_said(seen)}"


def _forms(course: Course) -> list[Mistake]:
    return [form for mistake in load_mistakes(course) for form in mistake.forms]


def _overpaid_mistakes(forms: Iterable[Mistake], course: Course, cells: dict[str, CheckCell], reference: Path, folder: Path) -> list[str]:
    found = [(f.id, _overpaid(variant(f, reference, folder / f.id), f.task, course, cells[f.task], reference)) for f in forms]
    return [f"{name}: {text}" for name, text in found if text]


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("task", GRADED)
def test_what_is_refused_has_no_full_marks(task: str, course: Course, cells: dict[str, CheckCell], reference: Path, tmp_path: Path) -> None:
    """Does every form of every mistake that a visible check refuses lose hidden marks?"""
    assert not _overpaid_mistakes([f for f in _forms(course) if f.task == task], course, cells, reference, tmp_path)


def test_a_sample_of_mistakes_that_are_refused_has_no_full_marks(
    course: Course, cells: dict[str, CheckCell], reference: Path, tmp_path: Path
) -> None:
    """Does a sample of the mistakes that a visible check refuses lose hidden marks?"""
    forms = [f for f in _forms(course) if f.task in QUICK_TASKS][::EVERY]
    assert not _overpaid_mistakes(forms, course, cells, reference, tmp_path)


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("path", WRONG_FILES, ids=lambda path: path.stem)
def test_hand_written_mistakes_that_are_refused_have_no_full_marks(
    path: Path, course: Course, cells: dict[str, CheckCell], reference: Path, tmp_path: Path
) -> None:
    """Does each file of the folder ``wrong`` that its visible check refuses lose hidden marks?"""
    source = path.read_text(encoding="utf-8")
    match = TASK.search(source)
    assert match, f"{path.name} does not say which task it gets wrong: write `task: ID` into its docstring"
    task = course.task(match[1])
    file = next(f for f in course.editable if module_name(f) == task.functions[0].rpartition(".")[0])
    own = (reference / "coursenn" / file).read_text(encoding="utf-8") + "\n\n" + source
    package = write_variant(reference, tmp_path, {file: own})
    assert not _overpaid(package, task.id, course, cells[task.id], reference)
