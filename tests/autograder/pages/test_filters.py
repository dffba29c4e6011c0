"""The text of a cell on a page: whatever it is, it is shown, within a time, and the next cell is too."""

from __future__ import annotations

import os
import signal
import time
from typing import Any

import pytest
from bs4 import BeautifulSoup

from autograder.pages import filters
from autograder.pages.filters import PAGE_S, TIME_LEFT, highlight_code, markdown2html
from autograder.pages.layout_process import LaidOut, LayoutProcess

CELL_S = 0.3
SLOW_CODE = "*a" * 50_000
"""Takes seconds, and four times as long when it is twice as long."""


@pytest.fixture(autouse=True)
def _short_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(filters, "CELL_S", CELL_S)
    monkeypatch.setattr(filters, "_remembered", {})


def shown(html: str) -> str:
    return BeautifulSoup(html, "html.parser").get_text()


@pytest.mark.parametrize(
    "source",
    [
        "![a](attachment:nobody.png)",
        "![a][b]\n\n[b]: attachment:nobody.png",
        "> " * 5000 + "deep",
        "[" * 20_000,
        "\\" * 20_000,
        "[\\" * 10_000,
        "- " * 5000,
        "<div>" * 4000,
        "```mermaid\nx\n```",
        "```\n" + "``` " * 3000,
        "\u202e \ud800 \x00",
        "|a|\n|-|\n" * 2000,
        "",
    ],
)
def test_any_text_is_shown(source: str) -> None:
    """Does laying out never raise, whatever is written, and never take much longer than a cell may?"""
    started = time.process_time()
    page: dict[str, Any] = {}
    markdown2html({"resources": page, "cell": {}}, source)
    assert PAGE_S - page[TIME_LEFT] < CELL_S * 1.5
    assert time.process_time() - started < 1


def test_a_missing_picture_is_words() -> None:
    """Is an attachment that is not there named, and the text around it shown?"""
    html = markdown2html({"cell": {"attachments": {}}}, "See ![mine](attachment:photo.png) here.")
    assert shown(html) == "See [picture missing: photo.png] here.\n"


def test_a_page_has_a_time() -> None:
    """Are slow cells shown as plain text, for as long as the page has time, and those after it at once?"""
    page: dict[str, Any] = {"nothing": 0}
    context = {"resources": page}
    assert shown(highlight_code(context, SLOW_CODE)).strip() == SLOW_CODE
    assert PAGE_S - 1.5 * CELL_S < page[TIME_LEFT] < PAGE_S
    assert "<em>hi</em>" in markdown2html(context, "*hi*")
    page[TIME_LEFT] = -0.1
    text = "*hi* <script>alert(1)</script>"
    html = markdown2html(context, text)
    assert "<script" not in html
    assert shown(html).endswith(text)
    assert "takes too long" in html
    assert "<em>hi</em>" in markdown2html({"resources": {}}, "*hi*")


def test_the_same_text_is_laid_out_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Is a text of everybody's page laid out for the first of them, with other pictures anew, and never kept when it took too long?"""
    asked: list[str] = []
    lay_out = LayoutProcess.lay_out

    def spy(self: LayoutProcess, kind: Any, source: str, *others: Any) -> LaidOut:
        asked.append(source)
        return lay_out(self, kind, source, *others)

    monkeypatch.setattr(LayoutProcess, "lay_out", spy)
    pages = [markdown2html({"resources": {}}, "*ours*") for _ in range(3)]
    assert len(set(pages)) == 1
    assert highlight_code({}, "*ours*") != pages[0]
    for picture in ("a.png", "b.png"):
        markdown2html({"cell": {"attachments": {picture: {}}}}, "*ours*")
    for _ in range(2):
        assert shown(highlight_code({}, SLOW_CODE)).strip() == SLOW_CODE
    assert asked == [*["*ours*"] * 4, SLOW_CODE, SLOW_CODE]


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Does memory stay small, however many answers a class writes, and however long?"""
    monkeypatch.setattr(filters, "REMEMBERED", 3)
    for n in range(7):
        assert str(n) in markdown2html({}, f"answer {n}")
        assert len(filters._remembered) <= 3
    before = dict(filters._remembered)
    markdown2html({}, "word " * filters.LONG)
    assert filters._remembered == before


def test_code_reads_as_with_nbconvert() -> None:
    """Is code highlighted as nbconvert does it?"""
    from nbconvert.filters import Highlight2HTML

    source = "x = f'{y!r}'  # <b>\n%timeit x\n"
    assert highlight_code({}, source, metadata={}) == Highlight2HTML(pygments_lexer="ipython3")(source)


def test_the_process_may_die(monkeypatch: pytest.MonkeyPatch) -> None:
    """When the process is gone: is one cell plain text at worst, and the next one laid out again?"""
    process = LayoutProcess()
    monkeypatch.setattr(filters, "_process", lambda: process)
    assert "<em>" in markdown2html({}, "*hi*")
    assert process._process is not None
    os.kill(process._process.pid, signal.SIGKILL)
    process._process.wait()
    assert shown(markdown2html({}, "*ho*")).endswith("*ho*")
    assert "<em>" in markdown2html({}, "*ho*")
    process.close()
