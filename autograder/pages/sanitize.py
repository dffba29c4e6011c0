"""Makes students' texts safe to show in an instructor's browser.

nbgrader's templates print markdown without passing it through nbconvert's own cleaner, so ``HTMLExporter.sanitize_html`` by itself lets a
``<script>`` through; `autograder.pages.filters` replaces nbgrader's filters. nbgrader's script finds the cell of a score by an ``id``,
and its buttons by classes, so no id or class of a student may reach the page.
"""

from __future__ import annotations

import base64
import binascii
import re
import struct
from collections.abc import Iterator, Mapping
from functools import partial
from html import unescape
from typing import Any
from urllib.parse import unquote

from bleach.html5lib_shim import Filter  # type: ignore[import-untyped]
from bleach.sanitizer import ALLOWED_TAGS, Cleaner  # type: ignore[import-untyped]

Attachments = Mapping[str, Mapping[str, Any]]
"""Name -> kind of content -> content, as in a notebook."""

_TAGS = {
    *ALLOWED_TAGS,
    *("p", "br", "hr", "h1", "h2", "h3", "h4", "h5", "h6", "pre", "code", "kbd", "span", "div", "sub", "sup", "s", "del", "ins"),
    *("table", "thead", "tbody", "tfoot", "tr", "th", "td", "caption", "dl", "dt", "dd", "figure", "figcaption", "img"),
}
_ATTRIBUTES = {
    "a": ["href", "title"],
    "img": ["src", "alt", "title", "width", "height"],
    "abbr": ["title"],
    "acronym": ["title"],
    "th": ["colspan", "rowspan", "align"],
    "td": ["colspan", "rowspan", "align"],
}
_PROTOCOLS = {"http", "https", "mailto", "data", "attachment"}
# A relative address could lead to a file that the student handed in, on the instructor's own server.
_HREF = re.compile(r"https?://|mailto:|#", re.IGNORECASE)
# Commands with which a formula gives its element an id, a class or a style, or loads an extension that does.
_FORMULA = re.compile(r"\\(?=(?:cssId|class|style|href|require|bbox|html\w*)\b)")
_STYLE_OF_COLUMN = re.compile(r"(<t[hd])\s+style=\"text-align:(left|center|right)\"")
_CONTROL = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_PNG = b"\x89PNG\r\n\x1a\n"
MAX_IMAGE_BYTES = 2_000_000
MAX_IMAGE_PIXELS = 40_000_000
"""A file of a few kilobytes can unpack to gigabytes in a browser. The largest figures of matplotlib have 36 million."""
MAX_ATTACHMENT_NAME = 200


def clean_html(html: str, attachments: Attachments | None = None) -> str:
    """HTML without scripts, handlers, frames, forms, and without ``id``, ``class``, ``style`` and ``name``.

    Only pictures that are attachments or PNGs in the page itself are kept; others are replaced by words.

    Parameters
    ----------
    attachments : of the cell; only those of kind PNG are shown.
    """
    # The alignment of a table's columns is the only style that markdown itself makes.
    html = _STYLE_OF_COLUMN.sub(r'\1 align="\2"', html)
    pictures = partial(_SafeContent, attachments=attachments or {})
    cleaned: str = Cleaner(tags=_TAGS, attributes=_ATTRIBUTES, protocols=_PROTOCOLS, filters=[pictures]).clean(html)
    return cleaned


class _SafeContent(Filter):  # type: ignore[misc]
    """Decides about pictures, links and formulas in the stream of tokens, where no odd spelling of a tag can hide anything."""

    def __init__(self, source: Any, attachments: Attachments) -> None:
        super().__init__(source)
        self._attachments = attachments

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """The tokens, changed."""
        text = ""
        for token in self._tokens():
            if token["type"] == "Characters":
                text += token["data"]
                continue
            if text:
                yield {"type": "Characters", "data": _FORMULA.sub(r"\\ ", text)}
                text = ""
            yield token
        if text:
            yield {"type": "Characters", "data": _FORMULA.sub(r"\\ ", text)}

    def _tokens(self) -> Iterator[dict[str, Any]]:
        for token in super().__iter__():
            if token.get("name") == "img":
                yield from self._picture(token)
            elif token["type"] == "Entity":
                # Decoded first, since the pieces of a command could be written as entities.
                yield {"type": "Characters", "data": unescape(f"&{token['name']};")}
            else:
                if token.get("name") == "a" and token.get("data") and not _HREF.match(token["data"].get((None, "href"), "#")):
                    token["data"][None, "href"] = "#"
                yield token

    def _picture(self, token: dict[str, Any]) -> Iterator[dict[str, Any]]:
        if token["type"] == "EndTag":
            return
        source = (token.get("data") or {}).get((None, "src"), "")
        kind, _, rest = source.partition(":")
        if kind == "attachment":
            found, problem = self._attached(rest)
        elif source.startswith("data:image/png;base64,"):
            found, problem = png(source.partition(",")[2]), "[picture that cannot be shown]"
        else:
            # A picture from elsewhere would reveal to its server who looked at which submission.
            found, problem = None, "[picture that is not part of the notebook]"
        if found is None:
            yield {"type": "Characters", "data": problem}
        else:
            token["data"][None, "src"] = f"data:image/png;base64,{found}"
            yield token

    def _attached(self, name: str) -> tuple[str | None, str]:
        """The PNG of an attachment, and what to say in its place when there is none."""
        names = (plain(n, MAX_ATTACHMENT_NAME) for n in (name, unquote(name)))
        known = next((n for n in names if n in self._attachments), None)
        shown = plain(unquote(name), 60)
        if known is None:
            return None, f"[picture missing: {shown}]"
        return png(self._attachments[known].get("image/png")), f"[picture that cannot be shown: {shown}]"


def plain(text: Any, limit: int = 20_000) -> str:
    """Text without terminal escapes, control characters and lone surrogates, cut to ``limit`` characters.

    A list is read as the lines of a notebook; anything that is not text is left out.
    """
    parts = text if isinstance(text, list) else [text]
    joined = "".join(part for part in parts if isinstance(part, str))
    cut = joined[:limit] + (f"\n[{len(joined) - limit} more characters]" if len(joined) > limit else "")
    return _CONTROL.sub("", cut).encode("utf-8", "replace").decode("utf-8")


def png(data: Any) -> str | None:
    """The base64 text of a PNG picture that is not too large, as in a notebook; otherwise None."""
    text = "".join(data) if isinstance(data, list) and all(isinstance(d, str) for d in data) else data
    if not isinstance(text, str) or len(text) > MAX_IMAGE_BYTES * 4 // 3 + 4:
        return None
    try:
        raw = base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        return None
    return base64.b64encode(raw).decode("ascii") if is_small_png(raw) else None


def is_small_png(content: bytes) -> bool:
    """Whether a file begins like a PNG and states a size in bytes and pixels that may be shown."""
    if len(content) > MAX_IMAGE_BYTES or len(content) < 24 or content[:8] != _PNG or content[12:16] != b"IHDR":
        return False
    width, height = struct.unpack(">II", content[16:24])
    return 0 < int(width) * int(height) <= MAX_IMAGE_PIXELS
