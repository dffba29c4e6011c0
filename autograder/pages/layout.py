"""Markdown and code of a notebook as HTML, from which its page is made."""

from __future__ import annotations

import functools
from typing import Any, Literal

from mistune import HTMLRenderer
from mistune.plugins import import_plugin
from nbconvert.filters import Highlight2HTML
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

from autograder.pages.sanitize import Attachments, clean_html

Kind = Literal["markdown", "code"]
PLUGINS = ("strikethrough", "table", "url", "def_list")
"""nbconvert's plugins, without the checkboxes of task lists, which our pages must not have: these stay as typed."""
LEXER = "ipython3"


class _Renderer(IPythonRenderer):
    """nbconvert's renderer, which would raise if an attachment is missing: pictures are checked when the HTML is cleaned."""

    def image(self, text: str, url: str, title: str | None = None) -> str:
        """A picture, wherever it is."""
        return HTMLRenderer.image(self, text, url, title)


def lay_out(kind: Kind, source: str, attachments: Attachments) -> str:
    """The HTML of a cell's text, without anything active.

    Takes minutes for some texts, and raises for others: for strangers' texts use `autograder.pages.filters`.
    """
    if kind == "code":
        highlighted: str = _highlighter()(source)
        return highlighted
    renderer = _Renderer(escape=False, embed_images=False, path="", exclude_anchor_links=True)
    markdown = MarkdownWithMath(renderer=renderer, plugins=[import_plugin(name) for name in PLUGINS])
    return clean_html(markdown.render(source), attachments)


@functools.cache
def _highlighter() -> Any:
    return Highlight2HTML(pygments_lexer=LEXER)  # type: ignore[no-untyped-call]
