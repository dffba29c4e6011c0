"""Does the check cell of each task accept finished code, and name the task if it is unfinished?"""

from __future__ import annotations

import ast
import shutil
from pathlib import Path

import pytest

from autograder.generate.stubs import build_stubs
from autograder.generate.visible_checks import CheckCell, check_cells, run_check_cell
from autograder.manifest import Course, load_course
from autograder.paths import module_name
from autograder.sandbox.local import OwnPackage

GRADED = [t.id for t in load_course().tasks if not t.model]
LONG = {t.id for t in load_course().tasks if t.notebook == "ConvolutionalNetworks"} | {
    "fc-net-normalization",
    "fc-net-basic",
    "two-layer-net",
}
"""Their cells take a second or several, for numeric gradients of whole networks and of convolutions."""
TASKS = [pytest.param(task, marks=pytest.mark.slow) if task in LONG else task for task in GRADED]


@pytest.fixture(scope="module")
def cells(course: Course) -> dict[str, CheckCell]:
    return check_cells(course)


@pytest.mark.parametrize("task", TASKS)
def test_finished_code_passes(task: str, cells: dict[str, CheckCell], reference: Path) -> None:
    """Does the reference pass the check of a task?"""
    seen = run_check_cell(cells[task], OwnPackage(reference))
    assert seen.passed, seen.error


@pytest.mark.parametrize("task", GRADED)
def test_unfinished_code_is_told_which_task_it_is(
    task: str, cells: dict[str, CheckCell], course: Course, reference: Path, tmp_path: Path
) -> None:
    """Does the check end with the name of the task if only this task is a stub?"""
    chosen = course.task(task)
    shutil.copytree(reference / "coursenn", tmp_path / "coursenn", ignore=shutil.ignore_patterns("__pycache__"))
    stubs = build_stubs(course)
    for function in chosen.functions:
        file = next(name for name in course.editable if function.startswith(f"{module_name(name)}."))
        path = tmp_path / "coursenn" / file
        path.write_text(path.read_text(encoding="utf-8") + _only(stubs[file], function.rpartition(".")[2]), encoding="utf-8")
    seen = run_check_cell(cells[task], OwnPackage(tmp_path))
    assert isinstance(seen.error, NotImplementedError), seen.error
    assert task in str(seen.error)


def _only(stub: str, name: str) -> str:
    """Return the definition of one name in a stub, to append after the finished one."""
    node = next(n for n in ast.parse(stub).body if isinstance(n, ast.FunctionDef | ast.ClassDef) and n.name == name)
    return "\n\n" + "\n".join(stub.split("\n")[node.lineno - 1 : node.end_lineno]) + "\n"
