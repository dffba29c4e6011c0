"""Is the text of every cell shown on a page, within a limited time?"""

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
"""Takes seconds; the time grows with the square of its length."""


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
    """Is any text laid out without an error, in little more than the time for a cell?"""
    started = time.process_time()
    page: dict[str, Any] = {}
    markdown2html({"resources": page, "cell": {}}, source)
    assert PAGE_S - page[TIME_LEFT] < CELL_S * 1.5
    assert time.process_time() - started < 1


def test_a_missing_picture_is_named() -> None:
    """Is the name of a missing attachment shown, with the text around it?"""
    html = markdown2html({"cell": {"attachments": {}}}, "See ![mine](attachment:photo.png) here.")
    assert shown(html) == "See [picture missing: photo.png] here.\n"


def test_the_time_for_a_page_is_limited() -> None:
    """Is a slow cell shown as plain text, and every cell once the time for the page is used up?"""
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
    """Is a text reused on the next page, unless its pictures differ or it took too long?"""
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


def test_the_memory_for_texts_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    """Are only a few texts remembered, and no long one?"""
    monkeypatch.setattr(filters, "REMEMBERED", 3)
    for n in range(7):
        assert str(n) in markdown2html({}, f"answer {n}")
        assert len(filters._remembered) <= 3
    before = dict(filters._remembered)
    markdown2html({}, "word " * filters.LONG)
    assert filters._remembered == before


def test_code_is_highlighted_as_by_nbconvert() -> None:
    """Is the HTML of a code cell the same as nbconvert's?"""
    from nbconvert.filters import Highlight2HTML

    source = "x = f'{y!r}'  # <b>\n%timeit x\n"
    assert highlight_code({}, source, metadata={}) == Highlight2HTML(pygments_lexer="ipython3")(source)


def test_the_process_may_be_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Is one cell plain text if the process that lays out was killed, and the next one laid out again?"""
    process = LayoutProcess()
    monkeypatch.setattr(filters, "_process", lambda: process)
    assert "<em>" in markdown2html({}, "*hi*")
    assert process._process is not None
    os.kill(process._process.pid, signal.SIGKILL)
    process._process.wait()
    assert shown(markdown2html({}, "*ho*")).endswith("*ho*")
    assert "<em>" in markdown2html({}, "*ho*")
    process.close()
