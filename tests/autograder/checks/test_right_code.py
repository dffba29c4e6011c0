"""Does right code always pass, and does code that does nothing earn nothing?"""

from __future__ import annotations

import ast
import os
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from autograder.engine.below import Below
from autograder.engine.catalogue import checks_of
from autograder.engine.expectations import expectations
from autograder.manifest import Course, Task
from autograder.paths import module_name
from tests.autograder.checks._variants import MODULES, STYLES, marks, style_source, write_variant

SEEDS, SEEDS_TO_PROVE = 1, 24
"""The number of seeds for each style; `COURSENN_SEEDS` sets another."""
FEWEST_VERSIONS, FEWEST_TASKS = 5, 34
"""A style without a task uses the reference's function, so that a new task need not be solved six times."""
EXACT = 1 / 20
"""Correct code stays below this part of the tolerance. A gradient that is zero in exact arithmetic comes closest: a minibatch of one
example leaves only the rounding error of a large number, 0.023 of the tolerance in 200 seeds."""
NAMES = sorted(p.stem for p in STYLES.glob("*.py"))
LAYERS = [name for name in NAMES if name.startswith("layers_")]


def _file(style: str) -> str:
    return MODULES[style.split("_")[0]]


def _tasks(course: Course, file: str) -> list[Task]:
    module = module_name(file)
    return [t for t in course.tasks if t.functions and t.functions[0].rpartition(".")[0] == module]


def _defined(style: str) -> set[str]:
    source = (STYLES / f"{style}.py").read_text(encoding="utf-8")
    return {n.name for n in ast.parse(source).body if isinstance(n, ast.FunctionDef | ast.ClassDef)} | {
        target.id
        for n in ast.parse(source).body
        if isinstance(n, ast.Assign) and isinstance(n.value, ast.Name)
        for target in n.targets
        if isinstance(target, ast.Name)
    }


@pytest.fixture(scope="module")
def seeds(prove: bool) -> range:
    """The inputs for right code."""
    return range(int(os.environ.get("COURSENN_SEEDS") or (SEEDS_TO_PROVE if prove else SEEDS)))


@pytest.mark.tasks
def test_tasks_are_solved_in_five_styles(course: Course) -> None:
    """Is each task solved in at least five styles besides the reference or, if it was added later, in none of them yet?"""
    versions: Counter[str] = Counter()
    for style in NAMES:
        defined = _defined(style)
        versions.update(t.id for t in _tasks(course, _file(style)) if {f.rpartition(".")[2] for f in t.functions} <= defined)
    assert {task: count for task, count in versions.items() if count < FEWEST_VERSIONS} == {}
    assert len(versions) >= FEWEST_TASKS


@pytest.mark.timeout(3600)
def test_the_reference_holds_every_property(seeds: range, course: Course, reference: Path) -> None:
    """Does the reference pass every check for any seed?"""
    for seed in seeds:
        for task in course.tasks:
            if not task.model:
                for check in checks_of(course, task):
                    assert expectations(reference, seed).of(check)


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("style", NAMES)
def test_right_code_in_another_style_has_full_marks(
    style: str, seeds: range, prove: bool, course: Course, reference: Path, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    """Does right code get full marks with other caches, algebra, generators, printing or kept dimensions?"""
    file = _file(style)
    package = write_variant(reference, tmp_path, {file: style_source(reference, file, style)})
    runs, alarms, far = 0, [], 0.0
    # Each style has its own inputs; in a quick run all use the first ones, so that the reference is asked only once.
    first = NAMES.index(style) * len(seeds) if len(seeds) > SEEDS else 0
    for seed in range(first, first + len(seeds)):
        for task in _tasks(course, file):
            result = marks(package, reference, course, task.id, seed, large=prove)
            runs += 1
            far = max(far, result.margin)
            alarms += [f"{task.id}, seed {seed}, {name}: {message}" for name, message in result.failed.items()]
    # The summary at the end of the run adds these up.
    record_property("right_runs", runs)
    record_property("false_alarms", len(alarms))
    assert not alarms, "\n".join(alarms)
    assert far <= EXACT, f"right code is {far:.2g} of the tolerance away"


@pytest.mark.parametrize("style", LAYERS)
def test_networks_run_over_layers_of_another_style(style: str, course: Course, reference: Path, tmp_path: Path) -> None:
    """Do sandwiches and networks pass if the layers below them have other caches?"""
    package = write_variant(reference, tmp_path, {"layers.py": style_source(reference, "layers.py", style)})
    for task in course.tasks:
        if task.functions and Below(course, reference, package / "coursenn").functions(task):
            assert not marks(package, reference, course, task.id, large=False).failed, task.id


RETURNS = {
    "nothing": "return None",
    "its arguments": "return args[1:] if len(args) > 3 else args",
    "stub": "raise NotImplementedError('Task')",
}


@pytest.mark.parametrize("what", RETURNS)
def test_code_that_does_nothing_gets_nothing(what: str, course: Course, reference: Path, tmp_path: Path) -> None:
    """Does a function that returns at once earn nothing?"""
    changes = {}
    for file in course.editable:
        text = (reference / "coursenn" / file).read_text(encoding="utf-8")
        for task in _tasks(course, file):
            for function in task.functions:
                name = function.rpartition(".")[2]
                text += f"\n\ndef {name}(*args, **kwargs):\n    {RETURNS[what]}\n"
        changes[file] = text
    package = write_variant(reference, tmp_path, changes)
    for task in course.tasks:
        if not task.model:
            assert marks(package, reference, course, task.id, large=False).passed == [], task.id
