"""Does a gradient by finite differences run out of time, while plain loops, which are slow but right, do not?"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from autograder.engine.grade import grade_submission
from autograder.engine.result import TaskResult
from autograder.manifest import Course

DIFFERENCES = """

def _along(forward, array, dout, step=1e-6):
    gradient = np.zeros(array.shape)
    for place in np.ndindex(array.shape):
        kept = array[place]
        array[place] = kept + step
        above = forward()
        array[place] = kept - step
        below = forward()
        array[place] = kept
        gradient[place] = ((above - below) * dout).sum() / (2 * step)
    return gradient


def affine_backward(dout, cache):
    x, w, b = (a.astype(np.float64) for a in cache)
    return tuple(_along(lambda: affine_forward(x, w, b)[0], array, dout).astype(dout.dtype) for array in (x, w, b))
"""
LOOPS = """

def affine_backward(dout, cache):
    x, w, b = cache
    rows = x.reshape(len(x), -1)
    dx, dw, db = np.zeros(rows.shape, x.dtype), np.zeros(w.shape, x.dtype), np.zeros(b.shape, x.dtype)
    for n in range(rows.shape[0]):
        for m in range(w.shape[1]):
            db[m] += dout[n, m]
            for d in range(rows.shape[1]):
                dx[n, d] += dout[n, m] * w[d, m]
                dw[d, m] += dout[n, m] * rows[n, d]
    return dx.reshape(x.shape), dw, db
"""


def _graded(code: str, course: Course, reference: Path, unsafe: bool, folder: Path) -> TaskResult:
    shutil.copytree(reference / "coursenn", folder / "coursenn", ignore=shutil.ignore_patterns("__pycache__"))
    with (folder / "coursenn" / "layers.py").open("a", encoding="utf-8") as file:
        file.write(code)
    (task,) = grade_submission(folder, course, course.assignments[0], 7, unsafe_no_sandbox=unsafe, tasks=["affine-backward"]).tasks
    return task


@pytest.mark.slow
def test_differences_entry_by_entry_earn_no_gradient(course: Course, reference: Path, unsafe: bool, tmp_path: Path) -> None:
    """Does each gradient's check end with the reason?"""
    task = _graded(DIFFERENCES, course, reference, unsafe, tmp_path)
    stopped = {c.name for c in task.checks if "for a large input" in c.message}
    assert {"gradient of x", "gradient of w"} <= stopped
    assert task.score <= task.max_score / 2


@pytest.mark.slow
def test_plain_loops_are_right(course: Course, reference: Path, unsafe: bool, tmp_path: Path) -> None:
    """Do three nested loops have enough time for a large input?"""
    task = _graded(LOOPS, course, reference, unsafe, tmp_path)
    assert task.verdict == "passed", [c.message for c in task.checks][:3]
