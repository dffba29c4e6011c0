"""A markdown text as HTML for one of our pages: cleaned, with formulas set, and with headings below those of the page."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from autograder.pages.filters import LONG, REMEMBERED, markdown2html
from autograder.pages.mathematics import with_mathematics

_NO_ALT = re.compile(r"<img\b(?![^>]*\salt=)", re.IGNORECASE)
_HEADING = re.compile(r"<(/?)h([1-6])\b", re.IGNORECASE)

Page = dict[str, Any]
"""The state of a page while it is made, in which `autograder.pages.filters` keeps its remaining time."""


def text_html(text: str, page: Page | None = None, cell: Any = None, levels: int = 1) -> str:
    """The HTML of a text, in which nothing is active.

    Parameters
    ----------
    page : the state of its page, if several texts share the time of one page.
    cell : the cell of the text, whose attachments are shown.
    levels : by how many levels its headings are moved down.
    """
    html = markdown2html({"cell": cell, "resources": {} if page is None else page}, text)
    return _remembered(html, levels) if len(html) <= LONG else _on_a_page(html, levels)


def _on_a_page(html: str, levels: int) -> str:
    html = with_mathematics(html)
    # Anything wider than the page scrolls, also with the keyboard.
    html = html.replace("<pre>", '<pre tabindex="0">')
    html = _NO_ALT.sub('<img alt="A picture without a description"', html)
    return _HEADING.sub(lambda m: f"<{m[1]}h{min(int(m[2]) + levels, 6)}", html)


_remembered = lru_cache(maxsize=REMEMBERED)(_on_a_page)
"""Most of a page is the same for everybody."""
