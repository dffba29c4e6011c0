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
from autograder.pages.layout_process import LayoutProcess

CELL_S = 0.3
SLOW_CODE = "*a" * 50_000
"""Takes seconds, and four times as long when it is twice as long."""


@pytest.fixture(autouse=True)
def _short_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(filters, "CELL_S", CELL_S)


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
    assert shown(markdown2html({}, "*hi*")).endswith("*hi*")
    assert "<em>" in markdown2html({}, "*hi*")
    process.close()
