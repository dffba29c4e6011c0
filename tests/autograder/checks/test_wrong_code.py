"""Are marks divided over behaviours? (The audit tests that every mistake is caught and every check is proved.)"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from autograder.manifest import Course
from autograder.mistakes import load_mistakes, variant
from tests.autograder.checks._variants import MODULES, marks, write_variant

WRONG = Path(__file__).resolve().parent / "wrong"
NAMES = sorted(p.stem for p in WRONG.glob("*.py"))
BREAKS = re.compile(r'"""[^\n]*\btask: ([a-z0-9-]+)(, edge)?"""\n')
"""The first line of wrong code: its mistake, the task that must lose marks, and whether the loss may be under a twentieth."""

SLIGHT = {
    "batchnorm-forward-eps-forgotten": 0.85,
    "conv-forward-no-bias": 0.85,
    "fc-net-basic-no-half": 0.9,
    "dropout-forward-seed-ignored": 0.8,
}


@pytest.mark.parametrize("entry", SLIGHT)
def test_one_mistake_does_not_cost_the_whole_task(entry: str, course: Course, reference: Path, tmp_path: Path) -> None:
    """Does a forgotten eps or bias cost only its own share?"""
    (mistake,) = (m for m in load_mistakes(course) if m.id == entry)
    result = marks(variant(mistake, reference, tmp_path), reference, course, mistake.task)
    assert SLIGHT[entry] <= result.share < 1


@pytest.mark.parametrize("name", NAMES)
def test_wrong_code_loses_marks(name: str, prove: bool, course: Course, reference: Path, tmp_path: Path) -> None:
    """Does code lose marks if it breaks a sentence of its docstring that the notebooks do not check?"""
    own = (WRONG / f"{name}.py").read_text(encoding="utf-8")
    breaks = BREAKS.match(own)
    assert breaks, "the first line says what it breaks and names the task"
    file = MODULES[name.split("_")[0]]
    source = (reference / "coursenn" / file).read_text(encoding="utf-8") + "\n\n" + own
    package = write_variant(reference, tmp_path, {file: source})
    for seed in (0, 1) if prove else (0,):
        assert marks(package, reference, course, breaks[1], seed, large=False).share < (1 if breaks[2] else 0.95), f"seed {seed}"
