"""What does a notebook show where a task is unfinished?"""

from __future__ import annotations

import ast
import json
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from coursenn import notebook

COURSE = Path(__file__).resolve().parents[2] / "course"
TASKS = json.loads((COURSE / "src" / "coursenn" / "tasks.json").read_text("utf-8"))


class Shell:
    """What IPython is asked to show."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.data: list[dict[str, str]] = []
        self.display_pub = SimpleNamespace(publish=self.data.append)

    def showtraceback(self, error: tuple[Any, ...], tb_offset: int | None = None) -> None:
        """Keep what an error wants to be shown as."""
        render = getattr(error[1], "_render_traceback_", None)
        self.lines = render() if render else ["Traceback"]


def shown(error: Exception) -> Shell:
    """What is shown of an error."""
    shell = Shell()
    try:
        raise error
    except type(error):
        kind, raised, trace = sys.exc_info()
        assert kind is not None
        assert raised is not None
        assert trace is not None
        notebook._show_unfinished(shell, kind, raised, trace)
    return shell


def stubs() -> list[str]:
    """What every stub of the course says."""
    trees = [ast.parse((COURSE / "src" / "coursenn" / name).read_text("utf-8")) for name in TASKS["editable"]]
    raised = [node.exc for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Raise)]
    return [call.args[0].value for call in raised if isinstance(call, ast.Call) and ast.unparse(call.func) == "NotImplementedError"]  # type: ignore[attr-defined]


def test_is_every_stub_shown_in_two_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also one that waits for two notebooks: does it say what is unfinished in the notebook that was started, and come into view?"""
    monkeypatch.chdir(COURSE / "notebooks")
    monkeypatch.setattr(notebook, "_name", "Dropout")
    texts = stubs()
    assert len(texts) >= 28
    assert any("notebooks BatchNormalization, Dropout" in text for text in texts)
    for text in texts:
        shell = shown(NotImplementedError(text))
        names = ", ".join(t["id"] for t in TASKS["tasks"] if t["notebook"] == "Dropout")
        assert shell.lines == [f"Not finished: {text}", f"Not finished in this notebook: {names}."]
        assert [list(data) for data in shell.data] == [["application/javascript"]]


def test_is_any_other_error_of_that_kind_shown_as_ever() -> None:
    """Has a student's own `NotImplementedError` its traceback, and does nothing scroll?"""
    for text in ("", "Tasks for later", "Not my task"):
        shell = shown(NotImplementedError(text))
        assert (shell.lines, shell.data) == (["Traceback"], [])
