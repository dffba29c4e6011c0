"""Does the Python code of the worker give the same answers as ``python -m coursenn check``?"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from autograder.manifest import Course, load_course
from tests.autograder.practice.visitor import answers, check, finished

RELU = "layers.py"
QUICK = ("relu-forward", "layernorm-forward")
TASKS = [t.id for t in load_course().tasks if t.functions]


@pytest.fixture
def released(course: Course) -> Path:
    """The package that students get, with its stubs."""
    return course.root / "src" / "coursenn"


def test_each_run_uses_the_code_of_that_run(released: Path, tmp_path: Path, course: Course) -> None:
    """Is each answer about the latest code: a stub, finished code, code that is not Python, and the stub again?"""
    stub = {RELU: (released / RELU).read_text(encoding="utf-8")}
    right = {RELU: finished(course)[RELU]}
    broken = {RELU: right[RELU] + "\ndef f(:\n"}
    found = answers(released, tmp_path, [check("relu-forward", files) for files in (stub, right, broken, right, stub)])
    assert [answer["state"] for answer in found] == ["unfinished", "passed", "failed", "passed", "unfinished"]
    assert found[2]["text"].startswith("coursenn/layers.py:")


@pytest.mark.parametrize("task", [task if task in QUICK else pytest.param(task, marks=pytest.mark.slow) for task in TASKS])
def test_every_exercise_can_be_solved(task: str, released: Path, tmp_path: Path, course: Course) -> None:
    """Is it unfinished with the released files, and passed with the reference?"""
    stubs = {name: (released / name).read_text(encoding="utf-8") for name in course.editable}
    found = answers(released, tmp_path, [check(task, stubs), check(task, finished(course))])
    assert [answer["state"] for answer in found] == ["unfinished", "passed"], found


def test_the_text_is_that_of_the_command(released: Path, tmp_path: Path, course: Course) -> None:
    """Does a failed check print the same text, including the hint, as ``python -m coursenn check``?"""
    files = {RELU: finished(course)[RELU] + "\n\ndef relu_backward(dout, cache):\n    return dout * 1.0\n"}
    (answer,) = answers(released, tmp_path, [check("relu-backward", files)])
    command = [sys.executable, "-m", "coursenn", "check", "relu-backward"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env={"PYTHONPATH": str(tmp_path)})
    assert answer["state"] == "failed"
    assert done.stdout.splitlines()[1:] == [f"    {line}" for line in answer["text"].splitlines()]


def test_a_check_names_the_other_tasks_that_it_runs(released: Path, tmp_path: Path, course: Course) -> None:
    """Are all other tasks named whose functions the check calls, directly or through the visitor's code?"""
    names = ("relu-forward", "relu-backward", "affine-relu", "two-layer-net")
    found = dict(zip(names, answers(released, tmp_path, [check(name, finished(course)) for name in names]), strict=True))
    assert found["relu-forward"]["uses"] == []
    assert found["relu-backward"]["uses"] == ["relu-forward"]
    assert {"affine-forward", "affine-backward", "relu-forward", "relu-backward"} <= set(found["affine-relu"]["uses"])
    assert "softmax-loss" in found["two-layer-net"]["uses"]


def test_only_files_of_the_course_are_written(released: Path, tmp_path: Path) -> None:
    """Is a name that is not an editable file refused?"""
    request = check("relu-forward", {"../../evil.py": "x"})
    with pytest.raises(AssertionError, match="not editable files"):
        answers(released, tmp_path / "inner", [request])
    assert not (tmp_path / "evil.py").exists()


def test_the_microscope_works_for_every_backward_task(released: Path, tmp_path: Path, course: Course) -> None:
    """Does each backward task have a report, and a stub the reason why it has none?"""
    tasks = [t.id for t in course.tasks if any("_backward" in f for f in t.functions)]
    requests = [{"call": "microscope", "task": task, "files": finished(course)} for task in tasks]
    stub = {"call": "microscope", "task": "relu-backward", "files": {RELU: (released / RELU).read_text(encoding="utf-8")}}
    *found, unfinished = answers(released, tmp_path, [*requests, stub])
    assert len(tasks) > 10
    assert {task: answer.get("text") for task, answer in zip(tasks, found, strict=True)} == dict.fromkeys(tasks)
    assert all("<table" in answer["html"] for answer in found)
    assert "NotImplementedError" in unfinished["text"]
