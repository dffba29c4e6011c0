"""Do the check cells of FullyConnectedNets accept finished code and find wrong code?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from autograder.generate.notebooks import build_notebook
from autograder.manifest import load_course
from coursenn.checking import CheckFailed

pytestmark = pytest.mark.usefixtures("reference")
NAME = "FullyConnectedNets"
FUNCTIONS = {t.id: t.functions for t in load_course().tasks if t.notebook == NAME and t.functions}


@pytest.fixture(scope="module")
def cells() -> list[Any]:
    return list(build_notebook(load_course(), NAME, "solution").cells)


@pytest.fixture
def names(cells: list[Any]) -> dict[str, Any]:
    """The names that the import cell of the notebook defines."""
    found: dict[str, Any] = {"np": np}
    exec(next(c.source for c in cells if c.cell_type == "code" and c.source.startswith("from coursenn.")), found)
    return found


def check_cell(cells: list[Any], task: str) -> str:
    return str(next(c.source for c in cells if c.metadata.get("nbgrader", {}).get("grade_id") == task))


def slightly_wrong(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return the function with a first result that is 1 % too large, the smallest mistake that a check must find."""

    def wrong(*args: Any, **kwargs: Any) -> Any:
        first, *rest = result if isinstance(result := function(*args, **kwargs), tuple) else (result,)
        first = 1.01 * first + 1e-3
        return (first, *rest) if rest else first

    return wrong


@pytest.mark.parametrize("task", FUNCTIONS)
def test_does_the_check_pass_finished_code(task: str, cells: list[Any], names: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    exec(check_cell(cells, task), names)
    assert "passed" in capsys.readouterr().out


@pytest.mark.parametrize(("task", "function"), [(t, f) for t, functions in FUNCTIONS.items() for f in functions])
def test_does_the_check_catch_a_result_one_percent_off(
    task: str, function: str, cells: list[Any], names: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    name = function.rpartition(".")[2]
    if isinstance(names[name], type):
        monkeypatch.setattr(names[name], "loss", slightly_wrong(names[name].loss))
    else:
        names[name] = slightly_wrong(names[name])
    with pytest.raises(CheckFailed, match=r"largest absolute error"):
        exec(check_cell(cells, task), names)


@pytest.mark.parametrize("task", FUNCTIONS)
def test_does_an_unfinished_task_show_its_own_message(task: str, cells: list[Any], names: dict[str, Any]) -> None:
    def unfinished(*_: Any, **__: Any) -> Any:
        raise NotImplementedError(f"Task {task}")

    names[FUNCTIONS[task][0].rpartition(".")[2]] = unfinished
    with pytest.raises(NotImplementedError, match=task):
        exec(check_cell(cells, task), names)


def test_does_every_training_show_progress(cells: list[Any]) -> None:
    trainings = [c.source for c in cells if c.cell_type == "code" and ".train()" in c.source and "def " not in c.source]
    assert trainings
    assert all("progress" in source or "print_every" in source for source in trainings)
