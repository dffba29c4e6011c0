"""Is a result the same whether a check is run, or passes because every answer equals the reference's?"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from autograder.engine.expectations import Expectations
from autograder.engine.grade import grade_submission
from autograder.manifest import Course

TASKS = ["affine-forward", "affine-backward", "relu-forward", "dropout-forward", "dropout-backward", "sgd-momentum"]
LINES = {
    "right": "",
    "wrong": "def affine_forward(x, w, b):\n    return x.reshape(len(x), -1) @ w - b, (x, w, b)",
    "wrong in one case": "def relu_forward(x):\n    return (np.maximum(0, x) if x.size < 3000 else x), x",
    "writes into its argument": "def relu_forward(x):\n    x[x < 0] = 0\n    return x, x > 0",
    "raises": "def affine_backward(dout, cache):\n    raise ValueError('not yet')",
    "of another shape": "def affine_backward(dout, cache):\n    x, w, b = cache\n    return (dout @ w.T).reshape(x.shape), w, dout",
    "keeps something": "KEPT = []\n\n\ndef relu_forward(x):\n    KEPT.append(x)\n    return np.maximum(0, x) + 0.1 * (len(KEPT) > 9), x",
}


@pytest.fixture
def result(course: Course, reference: Path, unsafe: bool, tmp_path: Path) -> Callable[[str], dict[str, Any]]:
    """Return the result document of a few tasks for the reference's layers.py with some lines appended, without the times."""

    def grade(lines: str) -> dict[str, Any]:
        folder = tmp_path / "student" / "coursenn"
        if not folder.exists():
            for name in course.editable:
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(reference / "coursenn" / name, folder / name)
            with (folder / "layers.py").open("a", encoding="utf-8") as file:
                file.write(f"\n\n{lines}\n")
        return _without_times(
            grade_submission(folder.parent, course, course.assignments[0], 7, unsafe_no_sandbox=unsafe, tasks=TASKS).document()
        )

    return grade


def _without_times(document: Any) -> Any:
    if isinstance(document, dict):
        return {key: _without_times(value) for key, value in document.items() if not key.endswith("_s")}
    return [_without_times(value) for value in document] if isinstance(document, list) else document


def test_what_cannot_be_compared_names_its_function(result: Callable[[str], dict[str, Any]]) -> None:
    """If a check cannot compute with what came back: does the message say whose result it was?"""
    found = result("def dropout_forward(x, dropout_param):\n    return np.ones((2, 3, 5)), (dropout_param, x)")
    (task,) = [task for task in found["tasks"] if task["id"] == "dropout-backward"]
    messages = {check["message"] for check in task["checks"] if not check["passed"]}
    assert "what dropout_forward returned cannot be compared with the right result: a shape or a type differs" in messages


@pytest.mark.parametrize("how", LINES)
def test_results_are_the_same(how: str, result: Callable[[str], dict[str, Any]], monkeypatch: pytest.MonkeyPatch) -> None:
    """Do marks, messages and names stay the same if no answers are compared before a check is run?"""
    found = result(LINES[how])
    monkeypatch.setattr(Expectations, "conversation", lambda self, check: None)
    assert result(LINES[how]) == found
    assert not any("calls that came before" in str(task) for task in found["tasks"]) or how == "keeps something"
    assert all(task["verdict"] == "passed" for task in found["tasks"]) is (how == "right")
