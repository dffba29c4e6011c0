"""Which checks does a version fail when it runs in a forked process, without a sandbox?"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from autograder.audit import failures as of_failures
from autograder.audit.broken_contracts import SIZES_OF_ONE, broken_sizes
from autograder.audit.broken_sentences import BROKEN, BrokenFile, broken_sentences
from autograder.audit.failures import failures, looked_at
from autograder.audit.units import descriptions
from autograder.checked_data import read_toml
from autograder.engine.catalogue import checks_of
from autograder.manifest import Course
from autograder.mistakes import Mistake
from autograder.mistakes.variants import substitute

RIGHT = Mistake("relu-forward-right", "relu-forward", "", "", "", "layers.py", "relu_forward", "np.maximum(x, 0)", "np.maximum(0, x)")
LEAKY = replace(RIGHT, id="relu-forward-leaky", new="np.where(x > 0, x, 0.5 * x)")
ENDLESS = replace(RIGHT, id="relu-forward-endless", code="def relu_forward(x):\n    while True:\n        pass\n", old="", new="")


@pytest.mark.whole
def test_versions_fail_what_they_break(course: Course, reference: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Does correct code fail no check, a wrong version the checks of what it breaks, and an endless loop all of them?"""
    monkeypatch.setattr(of_failures, "CHECK_S", 1)
    checks = checks_of(course, course.task("relu-forward"))
    expected = {(c.task, c.name): looked_at(c, reference, 0)[1] for c in checks}
    right, leaky, endless = failures([RIGHT, LEAKY, ENDLESS], course, reference, expected, 0, jobs=1)
    assert right == frozenset()
    assert leaky == {"zeroes negative entries", "takes zero and a single entry"}
    assert endless == {c.name for c in checks}


def test_each_broken_sentence_is_in_a_docstring(course: Course) -> None:
    """Does each version break a sentence in the docstring of its task, and does it change the reference?"""
    units = {(task, unit.text) for d in descriptions(course) for task in d.tasks for unit in d.units}
    for entry in read_toml(BROKEN, BrokenFile).broken:
        assert (entry.task, entry.breaks) in units
    sources = {file: course.reference(file).read_text(encoding="utf-8") for file in course.editable}
    made = [m for task in course.tasks if not task.model for m in broken_sentences(course, task)]
    assert all(substitute(sources[m.file], m) != sources[m.file] for m in made)
    assert len(made) == len(read_toml(BROKEN, BrokenFile).broken)


@pytest.mark.parametrize("task", ["affine-forward", "adam", "dropout-backward"])
def test_a_version_that_is_wrong_for_sizes_of_one_fails_one_check(task: str, course: Course, reference: Path) -> None:
    """Does it fail only the check of sizes of one, and pass every other check?"""
    checks = checks_of(course, course.task(task))
    expected = {(c.task, c.name): looked_at(c, reference, 0)[1] for c in checks}
    (version,) = broken_sizes(course, course.task(task))
    (failed,) = failures([version], course, reference, expected, 0, jobs=1)
    assert len(failed) == 1
    assert failed <= set(SIZES_OF_ONE)
