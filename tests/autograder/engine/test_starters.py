"""Are starters of this and of other courses not counted as attempts?"""

from __future__ import annotations

from pathlib import Path

import pytest

from autograder.engine.explain import STARTER
from autograder.engine.grade import grade_submission
from autograder.engine.result import Result
from autograder.manifest import load_course
from benchmarks.classroom.mixed import other_starter

pytestmark = [pytest.mark.sandbox, pytest.mark.usefixtures("needs_sandbox")]
NOTHING = ("None", "np.zeros(())", "np.zeros((2, 3))", "{}", "()")


def graded(files: dict[str, str], folder: Path, tasks: list[str] | None = None) -> Result:
    """Return the result of a submission with these editable files."""
    for name, text in files.items():
        path = folder / "coursenn" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    course = load_course()
    return grade_submission(folder, course, course.assignments[0], "a seed", tasks=tasks)


def test_starter_of_another_course_is_not_an_attempt(tmp_path: Path) -> None:
    """Do functions that return None and networks without parameters count as not attempted, without points or a named mistake?"""
    result = graded(other_starter(load_course(), 0), tmp_path)
    assert {t.verdict for t in result.tasks} == {"not_attempted", "missing"}
    assert result.score == 0
    assert not any(t.mistakes for t in result.tasks)
    assert {t.hint for t in result.tasks if t.verdict == "not_attempted"} == {STARTER}


@pytest.mark.parametrize("value", NOTHING)
def test_empty_results_are_not_an_attempt(tmp_path: Path, value: str) -> None:
    """Are zeros of any shape and empty results not attempts either?"""
    forward, backward = f"def relu_forward(x):\n    return {value}, {value}\n", f"def relu_backward(dout, cache):\n    return {value}\n"
    files = {"layers.py": f"import numpy as np\n\n\n{forward}\n\n{backward}"}
    result = graded(files, tmp_path, ["relu-forward", "relu-backward"])
    assert [(t.verdict, t.score, t.mistakes) for t in result.tasks] == [("not_attempted", 0.0, [])] * 2


def test_returned_arguments_are_not_an_attempt(tmp_path: Path) -> None:
    """Is an optimiser that returns its arguments unchanged not an attempt?"""
    body = "def adam(w, dw, config=None):\n    config = dict(config or {})\n    config['m'] = config.get('m')\n    return None, config\n"
    (task,) = graded({"optim.py": body}, tmp_path, ["adam"]).tasks
    assert (task.verdict, task.score) == ("not_attempted", 0.0)


@pytest.mark.parametrize("body", ["return 0 * x + (x > 0), x", "return x, x", "raise TypeError('x')", "return [1.0], x"])
def test_wrong_work_is_an_attempt(tmp_path: Path, body: str) -> None:
    """Does any other wrong result count as an attempt?"""
    (task,) = graded({"layers.py": f"def relu_forward(x):\n    {body}\n"}, tmp_path, ["relu-forward"]).tasks
    assert task.verdict in ("failed", "error", "partial")
