"""Filters in place of those that nbconvert's templates call for the text of a cell: their HTML is cleaned, and their time is limited.

A cell that takes too long or cannot be laid out is shown as plain text. So are all further cells once the time of a page is used up.
"""

from __future__ import annotations

import atexit
import functools
from collections.abc import MutableMapping
from html import escape
from typing import Any

from jinja2 import pass_context

from autograder.pages.layout import Kind
from autograder.pages.layout_process import LayoutProcess
from autograder.pages.sanitize import Attachments

CELL_S = 1.0
"""Seconds of processor time. Most cells take some milliseconds."""
PAGE_S = 5.0
TIME_LEFT = "coursenn_seconds_left"
"""The key of a page's resources with its remaining time."""
REMEMBERED, LONG = 1000, 20_000
"""The number of texts whose HTML is remembered, and the length of the longest: most of a page is the same for everybody."""
_remembered: dict[tuple[Kind, str], str] = {}
NOTE = "<p><em>[shown as plain text, because laying it out takes too long]</em></p>\n"


@pass_context
def markdown2html(context: Any, source: str) -> str:
    """nbconvert's filter of that name."""
    cell = context.get("cell") or {}
    return _laid_out(context, "markdown", source, cell.get("attachments") or {})


@pass_context
def highlight_code(context: Any, source: str, **_options: Any) -> str:
    """nbconvert's filter of that name; the language is Python."""
    return _laid_out(context, "code", source, {})


def escape_names(notebook: Any, resources: MutableMapping[str, Any]) -> tuple[Any, MutableMapping[str, Any]]:
    """A step before the formgrader's template, which prints names unescaped: in some learning systems people choose their names."""
    for key in ("first_name", "last_name", "student"):
        if isinstance(name := resources.get(key), str):
            resources[key] = escape(name)
    return notebook, resources


def unchanged(text: str) -> str:
    """Replaces ``strip_files_prefix``, which would turn ``files/javascript:...`` into an active address after the cleaning."""
    return text


def _laid_out(context: Any, kind: Kind, source: str, attachments: Attachments) -> str:
    resources = context.get("resources")
    page: MutableMapping[str, Any] = resources if isinstance(resources, MutableMapping) else {}
    left = page.get(TIME_LEFT, PAGE_S)
    known, is_kept = (kind, source), len(source) <= LONG and not attachments
    if left > 0:
        if is_kept and known in _remembered:
            return _remembered[known]
        done = _process().lay_out(kind, source, attachments, min(CELL_S, left))
        page[TIME_LEFT] = left - done.seconds
        if done.html is not None:
            if is_kept:
                if len(_remembered) >= REMEMBERED:
                    _remembered.clear()
                _remembered[known] = done.html
            return done.html
    text = escape(source)
    return f'<div class="highlight"><pre>{text}\n</pre></div>' if kind == "code" else f"{NOTE}<pre>{text}</pre>"


@functools.cache
def _process() -> LayoutProcess:
    process = LayoutProcess()
    atexit.register(process.close)
    return process
