"""What does a notebook show if a task is unfinished?"""

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
    """A record of what IPython is asked to show."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.data: list[dict[str, str]] = []
        self.display_pub = SimpleNamespace(publish=self.data.append)

    def showtraceback(self, error: tuple[Any, ...], tb_offset: int | None = None) -> None:
        """Keep the lines that an error asks to be shown."""
        render = getattr(error[1], "_render_traceback_", None)
        self.lines = render() if render else ["Traceback"]


def shown(error: Exception) -> Shell:
    """Return what is shown for an error."""
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
    """Return the message of every stub of the course."""
    trees = [ast.parse((COURSE / "src" / "coursenn" / name).read_text("utf-8")) for name in TASKS["editable"]]
    raised = [node.exc for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Raise)]
    return [call.args[0].value for call in raised if isinstance(call, ast.Call) and ast.unparse(call.func) == "NotImplementedError"]  # type: ignore[attr-defined]


def test_is_every_stub_shown_in_two_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    """Does it say what is unfinished in the open notebook and scroll into view, even for a task of two notebooks?"""
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


def test_is_another_error_of_that_kind_shown_as_usual() -> None:
    """Does a student's own `NotImplementedError` give a traceback, without scrolling?"""
    for text in ("", "Tasks for later", "Not my task"):
        shell = shown(NotImplementedError(text))
        assert (shell.lines, shell.data) == (["Traceback"], [])
