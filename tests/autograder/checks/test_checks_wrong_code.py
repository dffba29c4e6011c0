"""Does every hidden check see what it is there for?"""

from __future__ import annotations

from pathlib import Path

import pytest

from autograder.course import Course
from autograder.engine.catalogue import checks_of
from tests.autograder.checks._mistakes import TOPICS, mistakes
from tests.autograder.checks._variants import Marks, marks, substitute, write_variant

MARGIN = 100


@pytest.mark.parametrize("topic", TOPICS)
def test_wrong_code_loses_marks(topic: str, course: Course, reference: Path, tmp_path: Path) -> None:
    """Does each mistake cost marks, far above the tolerance, and is there one for each check?"""
    problems: list[str] = []
    unproved = {(task, check.name) for task in {m.task for m in mistakes(topic)} for check in checks_of(course, course.task(task))}
    for i, mistake in enumerate(mistakes(topic)):
        title = f"{mistake.task}, {mistake.name}"
        source = (reference / "coursenn" / mistake.file).read_text(encoding="utf-8")
        try:
            changed = substitute(source, mistake.scope, mistake.old, mistake.new)
        except LookupError as error:
            problems.append(f"{title}: {error}")
            continue
        result = marks(write_variant(reference, tmp_path / str(i), {mistake.file: changed}), reference, course, mistake.task)
        problems += _problems(title, result)
        unproved -= {(mistake.task, name) for name in result.failed}
    problems += [f"{task}: no mistake fails {name!r}" for task, name in sorted(unproved)]
    assert not problems, "\n".join(problems)


def _problems(title: str, result: Marks) -> list[str]:
    if not result.failed:
        return [f"{title}: gets full marks"]
    if result.margin < MARGIN:
        return [f"{title}: the largest error is only {result.margin:.1f} times the tolerance"]
    return []


def test_every_task_has_mistakes(course: Course) -> None:
    """Is there a task whose checks nobody has tried to deceive?"""
    tried = {m.task for topic in TOPICS for m in mistakes(topic)}
    assert tried == {t.id for t in course.tasks if not t.model}


def test_one_mistake_does_not_cost_the_whole_task(course: Course, reference: Path, tmp_path: Path) -> None:
    """Are marks split over behaviours, so that a forgotten eps or bias costs its own share only?"""
    slight = {
        ("batchnorm-forward", "eps forgotten"): 0.85,
        ("conv-forward", "no bias"): 0.85,
        ("fc-net-basic", "no half"): 0.9,
        ("dropout-forward", "seed ignored"): 0.8,
    }
    found = [m for topic in TOPICS for m in mistakes(topic) if (m.task, m.name) in slight]
    assert len(found) == len(slight)
    for i, mistake in enumerate(found):
        source = (reference / "coursenn" / mistake.file).read_text(encoding="utf-8")
        changed = substitute(source, mistake.scope, mistake.old, mistake.new)
        result = marks(write_variant(reference, tmp_path / str(i), {mistake.file: changed}), reference, course, mistake.task)
        assert slight[mistake.task, mistake.name] <= result.share < 1
