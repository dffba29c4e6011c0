"""Are marks unchanged if tasks that load the same files share a process until one fails?"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from autograder.checking import INDEPENDENT
from autograder.engine.grade import grade_submission
from autograder.manifest import Course
from autograder.sandbox.limits import Limits
from autograder.sandbox.process_tree import Load

TASKS = ["affine-forward", "affine-backward", "relu-forward", "relu-backward", "softmax-loss"]
Marks = Callable[[str], dict[str, str]]


@pytest.fixture
def marks(course: Course, reference: Path, unsafe: bool, tmp_path: Path) -> Marks:
    """Return the verdicts of a few tasks for the reference's layers.py with some lines appended."""

    def grade(lines: str) -> dict[str, str]:
        for name in course.editable:
            (tmp_path / "student" / "coursenn" / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(reference / "coursenn" / name, tmp_path / "student" / "coursenn" / name)
        with (tmp_path / "student" / "coursenn" / "layers.py").open("a", encoding="utf-8") as file:
            file.write("\n\n" + lines)
        limits = Limits(check_cpu_s=1, check_wall_s=6)
        result = grade_submission(
            tmp_path / "student", course, course.assignments[0], 7, unsafe_no_sandbox=unsafe, tasks=TASKS, limits=limits
        )
        return {t.id: t.verdict for t in result.tasks}

    return grade


def test_right_work_needs_a_process_for_each_set_of_files(marks: Marks, started: list[Load]) -> None:
    """Do tasks that load the same files run in one process, since starting one takes longer than most checks?"""
    assert marks("") == dict.fromkeys(TASKS, "passed")
    assert set(Counter(started).values()) == {1}
    assert len(started) < len(TASKS)


def test_a_wrong_task_takes_no_other_with_it(marks: Marks) -> None:
    """Does a failure end the sharing, and nothing else?"""
    verdicts = marks("right_backward = relu_backward\ndef relu_backward(dout, cache):\n    return 2 * right_backward(dout, cache)\n")
    assert verdicts == {**dict.fromkeys(TASKS, "passed"), "relu-backward": "partial"}


@pytest.mark.parametrize(
    ("end", "verdict"), [("import os\n    os._exit(0)", {"killed"}), ("while True:\n        pass", {"time_limit"})], ids=["dies", "hangs"]
)
def test_a_task_that_ends_its_process_costs_only_itself(marks: Marks, end: str, verdict: set[str]) -> None:
    """Do tasks before the failure in the same process keep their marks, and do those after it get theirs?"""
    verdicts = marks(f"def affine_backward(dout, cache):\n    {end}\n")
    assert verdicts.pop("affine-backward") in verdict
    assert set(verdicts.values()) == {"passed"}


def test_given_modules_come_compiled(marks: Marks) -> None:
    """Do processes that run checks find the given modules compiled already?"""
    looks = """
import sys
right_forward = affine_forward
def affine_forward(x, w, b):
    assert "im2col.py" in str(list(sys.meta_path[0].given))
    return right_forward(x, w, b)
"""
    assert marks(looks) == dict.fromkeys(TASKS, "passed")


def test_the_effect_of_one_task_on_the_next_costs_no_mark(marks: Marks) -> None:
    """Is a function that breaks after another has run judged again in a process where the other has not run?"""
    broken = """
right_forward = affine_forward
def affine_forward(x, w, b):
    global relu_forward
    relu_forward = None
    return right_forward(x, w, b)
"""
    assert marks(broken) == dict.fromkeys(TASKS, "passed")


@pytest.mark.sandbox  # without one, nothing is counted
def test_files_of_one_task_cost_only_this_task(marks: Marks) -> None:
    """Is every task judged again in its own process if the shared one has filled its folder?"""
    fill = """
right_backward = relu_backward
def relu_backward(dout, cache):
    import os, tempfile
    try:
        for k in range(2000):
            open(f"{tempfile.gettempdir()}/{k}", "w").close()
    except OSError:
        pass
    return right_backward(dout, cache)
"""
    verdicts = marks(fill)
    assert verdicts.pop("relu-backward") == "output_limit"
    assert set(verdicts.values()) == {"passed"}


def test_what_a_function_keeps_between_calls_costs_a_contract(course: Course, reference: Path, unsafe: bool, tmp_path: Path) -> None:
    """Does code that goes wrong after some calls lose only its contract check, although each check passes on its own?"""
    shutil.copytree(reference / "coursenn", tmp_path / "coursenn", ignore=shutil.ignore_patterns("__pycache__"))
    with (tmp_path / "coursenn" / "layers.py").open("a", encoding="utf-8") as file:
        file.write(KEEPS)
    result = grade_submission(tmp_path, course, course.assignments[0], 7, unsafe_no_sandbox=unsafe, tasks=["affine-forward"])
    (task,) = result.tasks
    assert [c.name for c in task.checks if not c.passed] == [INDEPENDENT]
    assert 0.9 < task.score / task.max_score < 1


KEEPS = """

right_forward = affine_forward
calls = []


def affine_forward(x, w, b):
    calls.append(1)
    out, cache = right_forward(x, w, b)
    return (out if len(calls) < 12 else out + 1), cache
"""
