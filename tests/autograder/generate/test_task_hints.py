"""Are the hints on request complete, and free of code?"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from autograder.generate.errors import GeneratorError
from autograder.generate.task_hints import STEPS, task_hints_json
from autograder.manifest import Course
from tests.autograder.small_course import write_small_course


@pytest.mark.tasks
def test_each_task_has_three_hints(course: Course) -> None:
    """Is there a text for each step of each task, in the order of the manifest, and is none used twice?"""
    text = task_hints_json(course)
    assert text is not None
    found = json.loads(text)
    assert list(found) == [task.id for task in course.tasks]
    assert {len(hints) for hints in found.values()} == {len(STEPS)}
    every = [hint for hints in found.values() for hint in hints]
    assert len(set(every)) == len(every)
    assert max(map(len, every)) < 400


def test_a_course_may_switch_hints_off(course: Course) -> None:
    """Is the file empty if the manifest switches hints off?"""
    without = replace(course, feedback=msgspec.structs.replace(course.feedback, on_request=False))
    assert task_hints_json(without) == "{}\n"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("think = ", "idea = "), "not the hints of a task"),
        (("[", "[no-such-"), "not the hints of a task"),
        (("Think", "Call np.sum(x) and think"), "in a hint"),
        (('think = "', 'think = "x = y: '), "in a hint"),
        (('"Think"', "3"), "in a hint"),
        (('"Think"', '"Think'), "correct the file"),
    ],
)
def test_a_faulty_hint_is_refused(change: tuple[str, str], said: str, tmp_path: Path) -> None:
    """Are a missing step, an unknown task, code and a damaged file refused with the name of the file?"""
    small = write_small_course(tmp_path / "own")
    text = "".join(f'[{task.id}]\nthink = "Think"\nwrong = "Wrong"\nway = "Way"\n' for task in small.tasks)
    (small.root / "solutions/hints").mkdir(parents=True)
    path = small.root / "solutions/hints/all.toml"
    path.write_text(text, encoding="utf-8")
    assert task_hints_json(small)
    path.write_text(text.replace(*change, 1), encoding="utf-8")
    with pytest.raises(GeneratorError, match=r"(?i)all\.toml.*" + said):
        task_hints_json(small)
    path.write_text(text.split("\n[")[0], encoding="utf-8")
    with pytest.raises(GeneratorError, match="no hints for"):
        task_hints_json(small)
