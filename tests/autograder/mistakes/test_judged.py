"""Are mistakes named correctly? The expected names of these wrong functions were written down before any of them was run.

Each file of ``judged`` is wrong in one way or in two; ``expected.toml`` says which names it must get, or why no name
can be correct. The functions were not made from the catalogue, and its entries were not made from them.
"""

from __future__ import annotations

import ast
import tomllib
from pathlib import Path
from typing import Any

import pytest

from autograder.audit.shared import SharedSandbox
from autograder.checking import Kind
from autograder.engine.catalogue import checks_of
from autograder.engine.naming import NamedMistakes, Naming, naming
from autograder.manifest import Course
from autograder.mistakes import load_mistakes
from autograder.paths import module_name
from tests.autograder.engine._observed import graded
from tests.autograder.mistakes.test_by_hand import write_package

JUDGED = Path(__file__).resolve().parent / "judged"
SEED = "judged"
RATE = 0.85
FEWEST_TASKS = 34
"""Tasks with at least one wrong function. A task that is added later does not need one."""


def expectations() -> dict[tuple[str, str], dict[str, Any]]:
    """Task and name of a file -> its entry in ``expected.toml``."""
    tables = tomllib.loads((JUDGED / "expected.toml").read_text(encoding="utf-8"))
    return {(task, case): expected for task, cases in tables.items() for case, expected in cases.items()}


@pytest.fixture(scope="module")
def names(course: Course, reference: Path) -> Naming:
    """The naming of this course, shared by the tests."""
    return naming(course, reference, SEED)


def test_every_file_has_an_expectation(course: Course) -> None:
    """Does every file have an entry, is every expected name in the catalogue, and are there enough files and tasks?"""
    expected = expectations()
    assert {(path.parent.name, path.stem) for path in JUDGED.glob("*/*.py")} == set(expected)
    known = {m.id: m.task for m in load_mistakes(course)}
    assert all(known[name] == task for (task, _), one in expected.items() for name in one.get("names", ()))
    assert all(("none" in one) != ("names" in one) for one in expected.values())
    pairs = [one for one in expected.values() if len(one.get("names", ())) == 2]
    assert len(pairs) >= 20
    assert len(expected) - len(pairs) >= 80
    covered = {task for task, _ in expected}
    assert covered <= {t.id for t in course.tasks if not t.model}
    assert len(covered) >= FEWEST_TASKS


def told(names: Naming, sandbox: SharedSandbox, path: Path, package: Path) -> NamedMistakes:
    """The mistakes named for the task of a file, after those of other tasks whose functions the file defines."""
    defined = {node.name for node in ast.parse(path.read_text(encoding="utf-8")).body if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    named: set[str] = set()
    unknown: set[str] = set()
    for task in names.course.tasks:
        judged = task.id == path.parent.name
        if not judged and defined.isdisjoint(f.rpartition(".")[2] for f in task.functions):
            continue
        evidence = graded(names, sandbox, package, task.id)
        found = names.name(task, evidence, named, unknown)
        if judged:
            assert not all(e.passed for e in evidence), f"{path.stem} has full marks"
            return found
        named |= {m.id for m in found.mistakes}
        contracts = {c.name for c in checks_of(names.course, task) if c.kind is Kind.CONTRACT}
        if not found.mistakes and any(not e.passed and e.check not in contracts for e in evidence):
            unknown |= set(task.functions)
    raise AssertionError(path)


def file_of(course: Course, task_id: str) -> str:
    """The file that holds the first function of a task."""
    function = course.task(task_id).functions[0]
    return next(name for name in course.editable if function.startswith(f"{module_name(name)}."))


@pytest.mark.slow
def test_no_name_is_wrong_and_most_are_given(names: Naming, reference: Path, sandbox: SharedSandbox, tmp_path: Path) -> None:
    """Is every name expected, and are all expected names given for at least 85 % of the files?"""
    wrong, missed, unsure, counts = [], [], [], {}
    for (task_id, case), expected in expectations().items():
        path = JUDGED / task_id / f"{case}.py"
        said = told(names, sandbox, path, write_package(reference, file_of(names.course, task_id), path, tmp_path / f"{task_id}-{case}"))
        found, right = {m.id for m in said.mistakes}, set(expected.get("names", ()))
        line = f"{task_id}/{case}: {', '.join(sorted(found)) or 'nothing'}"
        # Two alternatives are correct if one of them is expected: no output tells them apart.
        if found - right and not (said.either and right <= found and len(right) == 1):
            wrong.append(line)
        elif found - right:
            unsure.append(line)
        if right:
            named, total = counts.get(task_id, (0, 0))
            counts[task_id] = (named + (right <= found), total + 1)
            if not right <= found:
                missed.append(line)
    named, total = (sum(count[i] for count in counts.values()) for i in (0, 1))
    print(f"named: {named} of {total} ({named / total:.1%})")
    print("\n".join(f"  {task_id}: {n} of {of}" for task_id, (n, of) in counts.items()))
    print("\n".join(["wrong names:", *wrong, "not told apart:", *unsure, "not named:", *missed]))
    assert not wrong, "\n".join(wrong)
    assert named / total >= RATE, "\n".join(missed)
