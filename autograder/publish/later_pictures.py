"""Lets pages with many pictures load quickly: pictures further down are fetched when a reader comes near them."""

from __future__ import annotations

import re
import struct
from pathlib import Path

PICTURE = re.compile(r'<img (?![^>]*\bloading=)[^>]*\bsrc="(?P<address>[^"]*/_images/[^"]+\.png)"[^>]*>')
AT_ONCE = 1
"""Number of pictures that are fetched together with a page."""
SIZE = struct.Struct(">16xII")
"""Where a PNG has its width and height in pixels."""


def fetch_later(page: Path) -> None:
    """Mark the pictures of a page, with their sizes, so that nothing moves when they arrive.

    Parameters
    ----------
    page : an HTML file of the site, beside the folders that its addresses lead to.
    """
    text = page.read_text(encoding="utf-8")
    count = len(re.findall(r'\bloading="', text))

    def marked(found: re.Match[str]) -> str:
        nonlocal count
        count += 1
        if count <= AT_ONCE:
            return found[0].replace("<img ", '<img loading="eager" ', 1)
        with (page.parent / found["address"]).open("rb") as file:
            width, height = SIZE.unpack(file.read(SIZE.size))
        return found[0].replace("<img ", f'<img loading="lazy" width="{width}" height="{height}" ', 1)

    if (after := PICTURE.sub(marked, text)) != text:
        page.write_text(after, encoding="utf-8")
