"""What students wrote, made fit to be shown in an instructor's browser.

nbgrader's templates print markdown without passing it through nbconvert's own cleaner, so
``HTMLExporter.sanitize_html`` alone lets a ``<script>`` through; these filters take the place of nbgrader's.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import Any

import bleach  # type: ignore[import-untyped]
from bleach.css_sanitizer import CSSSanitizer  # type: ignore[import-untyped]
from jinja2 import pass_context
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

_TAGS = {
    *bleach.ALLOWED_TAGS,
    *("p", "br", "hr", "h1", "h2", "h3", "h4", "h5", "h6", "pre", "code", "kbd", "span", "div", "sub", "sup", "s", "del", "ins"),
    *("table", "thead", "tbody", "tfoot", "tr", "th", "td", "caption", "dl", "dt", "dd", "figure", "figcaption", "img"),
}
_ATTRIBUTES = {
    "a": ["href", "title", "class"],
    "img": ["src", "alt", "title", "width", "height"],
    "abbr": ["title"],
    "acronym": ["title"],
    "th": ["colspan", "rowspan", "align", "style"],
    "td": ["colspan", "rowspan", "align", "style"],
    "*": ["class", "id"],
}
_ALLOWED_STYLE = CSSSanitizer(allowed_css_properties=["text-align"])
_IMAGE = re.compile(r'<img\b[^>]*?\bsrc="(?!data:image/(?:png|jpeg);base64,)[^"]*"[^>]*>', re.IGNORECASE)
# A relative address could lead to a file that the student handed in, on the address of the instructor's own server.
_HREF = re.compile(r'\bhref="(?!https?://|mailto:|#)[^"]*"', re.IGNORECASE)
_CONTROL = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_PNG = b"\x89PNG\r\n\x1a\n"
MAX_IMAGE_BYTES = 2_000_000


def clean_html(html: str) -> str:
    """HTML without scripts, handlers, styles, frames and forms; an image that is not part of the page becomes a word."""
    cleaned: str = bleach.clean(
        html, tags=_TAGS, attributes=_ATTRIBUTES, protocols={"http", "https", "mailto", "data"}, css_sanitizer=_ALLOWED_STYLE
    )
    # A picture from elsewhere would tell its server who looked at which submission.
    cleaned = _IMAGE.sub("[picture that is not part of the notebook]", cleaned)
    return _HREF.sub('href="#"', cleaned)


@pass_context
def markdown2html(context: Any, source: str) -> str:
    """nbconvert's filter of that name, cleaned."""
    cell = context.get("cell") or {}
    renderer = IPythonRenderer(
        escape=False, attachments=cell.get("attachments", {}), embed_images=False, path="", exclude_anchor_links=True
    )
    return clean_html(MarkdownWithMath(renderer=renderer).render(source))


def unchanged(text: str) -> str:
    """Take the place of ``strip_files_prefix``, which would turn ``files/javascript:...`` into a live address after the cleaning."""
    return text


def plain(text: Any, limit: int = 20_000) -> str:
    """Text without terminal escapes, control characters and lone surrogates, cut to ``limit`` characters.

    A list is taken as the lines of a notebook; what is not text is left out.
    """
    parts = text if isinstance(text, list) else [text]
    joined = "".join(part for part in parts if isinstance(part, str))
    cut = joined[:limit] + (f"\n[{len(joined) - limit} more characters]" if len(joined) > limit else "")
    return _CONTROL.sub("", cut).encode("utf-8", "replace").decode("utf-8")


def png(data: Any) -> str | None:
    """The base64 text of a PNG picture of at most `MAX_IMAGE_BYTES`, else None."""
    text = "".join(data) if isinstance(data, list) and all(isinstance(d, str) for d in data) else data
    if not isinstance(text, str) or len(text) > MAX_IMAGE_BYTES * 4 // 3 + 4:
        return None
    try:
        raw = base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        return None
    return base64.b64encode(raw).decode("ascii") if raw.startswith(_PNG) else None
