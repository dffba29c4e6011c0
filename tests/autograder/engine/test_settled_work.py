"""How many processes does a submission need if tasks that agree with the reference share one, and are marks the same?"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from autograder.engine.grade import grade_submission
from autograder.engine.result import Result
from autograder.manifest import Course
from autograder.sandbox.limits import Limits
from autograder.sandbox.process_tree import Load
from benchmarks.classroom.mixed import other_starter

Grade = Callable[..., Result]
LAYERS = ["affine-forward", "relu-forward", "conv-forward"]


@pytest.fixture
def grade(course: Course, reference: Path, unsafe: bool, tmp_path: Path) -> Grade:
    """A function that grades some tasks of the reference, with lines added at the beginning and the end of `layers.py`."""

    def run(tasks: list[str], *, before: str = "", after: str = "") -> Result:
        for name in course.editable:
            (tmp_path / "student" / "coursenn" / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(reference / "coursenn" / name, tmp_path / "student" / "coursenn" / name)
        layers = tmp_path / "student" / "coursenn" / "layers.py"
        text = layers.read_text(encoding="utf-8")
        future = "from __future__ import annotations\n"
        assert text.count(future) == 1
        layers.write_text(text.replace(future, f"{future}{before}") + f"\n\n{after}\n", encoding="utf-8")
        limits = Limits(check_cpu_s=1)
        return grade_submission(
            layers.parent.parent, course, course.assignments[0], 7, unsafe_no_sandbox=unsafe, tasks=tasks, limits=limits
        )

    return run


def verdicts(result: Result) -> dict[str, str]:
    """Return task -> verdict."""
    return {task.id: str(task.verdict) for task in result.tasks}


def test_correct_work_takes_few_processes(grade: Grade, started: list[Load], course: Course) -> None:
    """Do all tasks need four processes: one for layers, one for fast layers, and two for tasks that forbid more?"""
    tasks = [task.id for task in course.tasks if not task.model]
    assert verdicts(grade(tasks)) == dict.fromkeys(tasks, "passed")
    assert len(started) == 4
    assert not any({"debug", "gradient_check", "fused"} - set(load.absent) for load in started)


@pytest.mark.parametrize("where", ["at the top", "in the function"])
def test_a_given_module_may_be_used_where_its_task_allows_it(where: str, grade: Grade) -> None:
    """Is a function graded with the modules that its task allows, and only with these?"""
    use = "from .im2col import im2col\n"
    wrapped = "right = {0}\ndef {0}(*args):\n    {1}\n    assert im2col\n    return right(*args)\n"
    inside = use.strip().replace(".im2col", "coursenn.im2col") if where == "in the function" else "pass"
    found = verdicts(grade(LAYERS, before=use if where == "at the top" else "", after=wrapped.format("affine_forward", inside)))
    assert found == dict.fromkeys(LAYERS, "passed")
    forbidden = verdicts(grade(LAYERS, before=use if where == "at the top" else "", after=wrapped.format("conv_forward_naive", inside)))
    assert forbidden == {**dict.fromkeys(LAYERS, "passed"), "conv-forward": "error"}


def test_an_unfinished_submission_takes_one_more_process(tmp_path: Path, started: list[Load], course: Course, unsafe: bool) -> None:
    """Does another course's starter code, whose functions return None, need five processes?"""
    for name, text in other_starter(course, 0).items():
        (tmp_path / "coursenn" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "coursenn" / name).write_text(text, encoding="utf-8")
    tasks = [task.id for task in course.tasks if not task.model]
    found = grade_submission(tmp_path, course, course.assignments[0], 7, unsafe_no_sandbox=unsafe, tasks=tasks)
    assert verdicts(found) == dict.fromkeys(tasks, "not_attempted")
    assert len(started) == 5


def test_a_function_that_returns_none_is_run_with_all_its_modules(grade: Grade) -> None:
    """Does a function get its marks if it returns None only without a module that its task allows?"""
    gives_up = "    try:\n        import coursenn.im2col\n    except ImportError:\n        return None, None\n    return right(*args)\n"
    assert verdicts(grade(LAYERS, after=f"right = affine_forward\ndef affine_forward(*args):\n{gives_up}")) == dict.fromkeys(
        LAYERS, "passed"
    )


def test_correct_tasks_after_a_wrong_one_share_its_process(grade: Grade, started: list[Load]) -> None:
    """Do the tasks after a wrong function still share one process?"""
    result = grade(LAYERS, after="right = affine_forward\ndef affine_forward(x, w, b):\n    return right(x, w, b)[0] + 1, (x, w, b)\n")
    assert [task for task, verdict in verdicts(result).items() if verdict == "passed"] == ["relu-forward", "conv-forward"]
    assert len([load for load in started if "fast_layers" in load.absent]) == 1


def test_an_endless_loop_ends_the_sharing(grade: Grade) -> None:
    """Do the tasks after an endless loop get their marks in separate processes?"""
    found = verdicts(grade(LAYERS, after="def affine_forward(x, w, b):\n    while True:\n        pass\n"))
    assert found == {"affine-forward": "time_limit", "relu-forward": "passed", "conv-forward": "passed"}
