"""A text in markdown as HTML for a page of ours: cleaned, its formulas set, its headings below those of the page."""

from __future__ import annotations

import re
from typing import Any

from autograder.pages.filters import markdown2html
from autograder.pages.mathematics import with_mathematics

_NO_ALT = re.compile(r"<img\b(?![^>]*\salt=)", re.IGNORECASE)
_HEADING = re.compile(r"<(/?)h([1-6])\b", re.IGNORECASE)

Page = dict[str, Any]
"""What is known of a page while it is made: `autograder.pages.filters` keeps there what is left of its time."""


def text_html(text: str, page: Page | None = None, cell: Any = None, levels: int = 1) -> str:
    """The HTML of a text, in which nothing is active.

    Parameters
    ----------
    page : of the page that it is on, when several texts share its time.
    cell : the cell of the text, whose attachments are shown.
    levels : by how much its headings go down.
    """
    html = with_mathematics(markdown2html({"cell": cell, "resources": {} if page is None else page}, text))
    # What is wider than the page scrolls, with the keyboard too.
    html = html.replace("<pre>", '<pre tabindex="0">')
    html = _NO_ALT.sub('<img alt="A picture without a description"', html)
    return _HEADING.sub(lambda m: f"<{m[1]}h{min(int(m[2]) + levels, 6)}", html)
