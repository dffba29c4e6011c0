"""Grades a file of trained weights: it is parsed in the sandbox, and evaluated here by the reference network."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from autograder.checking import SubjectError
from autograder.engine.catalogue import grader_of_models
from autograder.engine.expectations import Expectations
from autograder.engine.messages import Messages
from autograder.engine.result import CheckResult, TaskResult
from autograder.engine.scores import task_result
from autograder.intake import given_code
from autograder.intake.submission import StagedSubmission
from autograder.manifest import Course, Task
from autograder.sandbox.bubblewrap import SandboxUnavailable
from autograder.sandbox.process import CheckStopped
from autograder.sandbox.process_tree import Load, ProcessTree
from autograder.verdicts import Verdict

MAX_LAYERS = 20


def grade_network(
    task: Task, staged: StagedSubmission, course: Course, tree: ProcessTree, messages: Messages, expected: Expectations
) -> TaskResult:
    """Grade the file of weights that a task asks for.

    Parameters
    ----------
    expected : keeps the images on which networks are evaluated, which depend on the workspace's secret.
    """
    assert task.model is not None
    if task.model not in staged.models:
        return task_result(task, [CheckResult(f"{task.model} is handed in", False, "the file is not there")], Verdict.MISSING)
    arrays = _fetch(Path(task.model).name, tree, messages)
    if isinstance(arrays, CheckResult):
        return task_result(task, [arrays])
    grader = grader_of_models(course, task)
    drawn = expected.drawn(task.checks, grader.draw_images)
    try:
        with np.errstate(all="ignore"):
            checks = [CheckResult(n, bool(ok), m, w) for n, ok, m, w in grader.grade_model(task.id, arrays, drawn)]
    except Exception:
        # Arrays of odd shapes and sizes are the student's doing and end in a verdict like everything else.
        checks = [CheckResult("the saved network can be evaluated", False, "its arrays do not fit together", stopped=Verdict.ERROR)]
    return task_result(task, checks)


def _fetch(name: str, tree: ProcessTree, messages: Messages) -> dict[str, Any] | CheckResult:
    """The arrays of a file of trained weights, or what went wrong."""
    title = "the saved network can be read"
    try:
        path = tree.model_path(name)
        # Reading a file needs no module, so it can have the same parent as the checks of layers, which has no module that may be withheld.
        process = tree.start(Load((), tuple(map(given_code.importable, given_code.withheld(tree.course)))))
        try:
            with process.check() as backend:
                ref = backend.load_npz(path)
                present, _ = backend.keys(ref, list(_array_names()))
                later = {name: backend.array_later(ref[name]) for name in present}
                backend.settle()
                return {name: array() for name, array in later.items()}
        finally:
            process.end()
    except CheckStopped as stop:
        return CheckResult(title, False, messages.stopped(stop.verdict, tree.limits.check_cpu_s), stopped=stop.verdict)
    except SandboxUnavailable:
        raise
    except Exception as error:
        kind = f" ({error.kind})" if isinstance(error, SubjectError) else ""
        return CheckResult(title, False, f"the file is not an .npz of numeric arrays{kind}", stopped=Verdict.ERROR)


def _array_names() -> Iterable[str]:
    numbers = range(MAX_LAYERS + 1)
    yield from ("format", "hidden_dims", "normalization", "mean_image")
    yield from (f"param_{kind}{i}" for kind in ("W", "b", "gamma", "beta") for i in numbers)
    yield from (f"running_{kind}_{i}" for kind in ("mean", "var") for i in numbers)
