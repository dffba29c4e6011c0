"""Does text from student code stay text in the terminal, the notebook and the feedback page?"""

from __future__ import annotations

import io

import nbformat
import pytest
from bs4 import BeautifulSoup
from nbconvert import HTMLExporter
from rich.console import Console

from autograder.commands import check
from autograder.engine.result import CheckResult, Result, TaskResult
from autograder.gradebook.score_cells import document_notes, markdown_text, score_outputs
from autograder.pages.filters import markdown2html
from autograder.sandbox.backend import subject_error
from autograder.sandbox.worker.protocol import Reply

HOSTILE = (
    "<script>alert(1)</script><img src=x onerror=alert(1)> [bold red]passed[/] [link=https://example.org]x[/] "
    "\x1b[2J\u202e</pre> $x$ &lt; **b**"
)


@pytest.fixture
def result() -> Result:
    """A result whose message, notes and refusals were written by a student."""
    error = subject_error(Reply("E", code="ValueError", text=HOSTILE))
    task = TaskResult(
        "relu-forward", "f", "n", "error", 0.0, 1.0, checks=[CheckResult("a check", False, f"raised ValueError: {error.text}")]
    )
    return Result("student", "1", "layers", refused=[f"{error.text}: no"], notes=[error.text], tasks=[task])


def test_the_terminal_shows_it_as_it_is(result: Result, monkeypatch: pytest.MonkeyPatch) -> None:
    """Is rich's markup shown and not interpreted, without escapes?"""
    file = io.StringIO()
    monkeypatch.setattr(check, "Console", lambda **_: Console(file=file, width=400, force_terminal=True, color_system=None))
    check.show(result)
    shown = file.getvalue()
    assert shown.count("[bold red]passed[/] [link=https://example.org]x[/]") == 3
    assert "\x1b[2J" not in shown
    assert "\x1b]8" not in shown
    assert "\u202e" not in shown


def test_the_feedback_page_shows_it_as_it_is(result: Result) -> None:
    """Is HTML in a message escaped in the page that nbconvert makes of a graded cell?"""
    cell = nbformat.v4.new_code_cell(
        "check", outputs=score_outputs({**result.document()["tasks"][0], "title": "ReLU"}, result.document(), 1.0)
    )
    page, _ = HTMLExporter(template_name="basic").from_notebook_node(nbformat.v4.new_notebook(cells=[cell]))
    found = BeautifulSoup(page, "html.parser")
    assert not found.find_all(["script", "img"])
    assert "<script>alert(1)</script>" in found.get_text()


def test_notes_show_it_as_it_is(result: Result) -> None:
    """Do notes and names of refused files become neither HTML nor markdown?"""
    notes = document_notes(result.document())
    assert len(notes) == 2
    for note in notes:
        found = BeautifulSoup(markdown2html({}, f"- {markdown_text(note)}"), "html.parser")
        assert not found.find_all(["script", "img", "a", "strong"])
        assert "<script>alert(1)</script>" in found.get_text()
        assert "**b**" in found.get_text()
