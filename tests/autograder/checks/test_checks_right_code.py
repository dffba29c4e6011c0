"""Is right code ever failed, and is code that does nothing ever paid?"""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from autograder.course import Course, Task
from autograder.engine.catalogue import checks_of, expectations
from tests.autograder.checks._variants import marks, write_variant

STYLES = Path(__file__).resolve().parent / "styles"
MODULES = {
    "layers": "layers.py",
    "utils": "layer_utils.py",
    "optim": "optim.py",
    "fc": "classifiers/fc_net.py",
    "cnn": "classifiers/cnn.py",
}
SEEDS = 20
EXACT = 1 / 100


def _defined(source: str) -> set[str]:
    return {n.name for n in ast.parse(source).body if isinstance(n, ast.FunctionDef | ast.ClassDef)} | set(
        re.findall(r"^(\w+) = \w+$", source, re.M)
    )


def _tasks(course: Course, file: str) -> list[Task]:
    module = file.removesuffix(".py").replace("/", ".")
    return [t for t in course.tasks if t.functions and t.functions[0].rpartition(".")[0] == module]


@pytest.mark.parametrize("seed", range(SEEDS))
def test_the_reference_holds_every_property(seed: int, course: Course, reference: Path) -> None:
    """Does the reference pass every check for any seed?"""
    for task in course.tasks:
        if not task.model:
            for check in checks_of(course, task):
                assert expectations(reference, seed).of(check)


@pytest.mark.parametrize("style", sorted(p.stem for p in STYLES.glob("*.py")))
def test_right_code_in_another_style_has_full_marks(style: str, course: Course, reference: Path, tmp_path: Path) -> None:
    """Does code lose marks for its caches, algebra, generator, printing or kept dimensions?"""
    file = MODULES[style.split("_")[0]]
    own = (STYLES / f"{style}.py").read_text(encoding="utf-8")
    tasks = _tasks(course, file)
    assert {f.rpartition(".")[2] for t in tasks for f in t.functions} <= _defined(own), "this style leaves a task to the reference"
    source = (reference / "coursenn" / file).read_text(encoding="utf-8") + "\n\n" + own
    package = write_variant(reference, tmp_path, {file: source})
    for task in tasks:
        for seed in range(3):
            result = marks(package, reference, course, task.id, seed)
            assert not result.failed, f"{task.id}, seed {seed}"
            assert result.margin <= EXACT, f"{task.id}: right code is {result.margin:.2g} of the tolerance away"


def test_networks_run_over_layers_of_another_style(course: Course, reference: Path, tmp_path: Path) -> None:
    """Do sandwiches and networks pass when the layers below them have other caches?"""
    source = (reference / "coursenn" / "layers.py").read_text(encoding="utf-8")
    changes = {"layers.py": source + "\n\n" + (STYLES / "layers_einsum.py").read_text(encoding="utf-8")}
    package = write_variant(reference, tmp_path, changes)
    for task in course.tasks:
        if task.second_run:
            assert not marks(package, reference, course, task.id).failed, task.id


RETURNS = {
    "nothing": "return None",
    "its arguments": "return args[1:] if len(args) > 3 else args",
    "stub": "raise NotImplementedError('Task')",
}


@pytest.mark.parametrize("what", RETURNS)
def test_code_that_does_nothing_gets_nothing(what: str, course: Course, reference: Path, tmp_path: Path) -> None:
    """Does a function that returns at once earn a share of its task?"""
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
            assert marks(package, reference, course, task.id).passed == [], task.id
