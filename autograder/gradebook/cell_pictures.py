"""Pictures in the text cells of a notebook: attached, or written into the text as Colab does. They are shown only as PNG."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from nbformat.notebooknode import NotebookNode

from autograder.gradebook import nodes
from autograder.gradebook.submitted_notebook import SubmittedCell
from autograder.pages.sanitize import MAX_ATTACHMENT_NAME, plain

MAX_PICTURES = 30
"""Most pictures of a notebook."""
MAX_PICTURE_BYTES = 15_000_000
"""Most bytes of a picture as handed in: a photograph from a phone has 2 to 8 million."""
MAX_SHOWN_BYTES = 12_000_000
"""Most bytes of all pictures of a notebook, as they are shown."""
NOT_SHOWN = {"text/plain": "This picture cannot be shown; it is in the files that were handed in."}
_INLINE = re.compile(r"data:image/[a-z.+-]{1,20};base64,([A-Za-z0-9+/]+={0,2})", re.IGNORECASE)

Convert = Callable[[Sequence[bytes]], list[bytes | None]]


@dataclass(frozen=True)
class _Found:
    cell: NotebookNode
    name: str
    content: bytes | None


class CellPictures:
    """The pictures of a notebook, collected cell by cell and converted together."""

    def __init__(self, convert: Convert) -> None:
        self._convert = convert
        self._found: list[_Found] = []

    def take_out(self, text: str) -> tuple[str, dict[str, bytes | None]]:
        """A text with its pictures replaced by names that depend on their content, and these pictures."""
        pictures: dict[str, bytes | None] = {}

        def named(match: re.Match[str]) -> str:
            name = f"picture-{hashlib.sha256(match[1].encode()).hexdigest()[:12]}"
            pictures[name] = _decoded(match[1])
            return f"attachment:{name}"

        return _INLINE.sub(named, text), pictures

    def attach(self, cell: NotebookNode, submitted: SubmittedCell, taken_out: dict[str, bytes | None]) -> None:
        """Remember the pictures of a cell; `show` puts them into it."""
        attachments = submitted.get("attachments")
        for name, kinds in attachments.items() if isinstance(attachments, dict) else ():
            content = next((v for k, v in kinds.items() if str(k).startswith("image/")), None) if isinstance(kinds, dict) else None
            self._found.append(_Found(cell, plain(name, MAX_ATTACHMENT_NAME), _decoded(content)))
        self._found += [_Found(cell, name, content) for name, content in taken_out.items()]

    def show(self) -> int:
        """Put the pictures into their cells, and say how many cannot be shown."""
        contents = [f.content for f in self._found if f.content is not None][:MAX_PICTURES]
        # A picture that is in several cells is converted once.
        different = list(dict.fromkeys(contents))
        shown = dict(zip(different, self._convert(different), strict=True))
        room, missing = MAX_SHOWN_BYTES, 0
        for found in self._found:
            picture = shown.get(found.content) if found.content is not None else None
            if picture is not None and len(picture) <= room:
                room -= len(picture)
                kinds = {"image/png": base64.b64encode(picture).decode("ascii")}
            else:
                missing += 1
                kinds = NOT_SHOWN
            found.cell.attachments = nodes.node({**found.cell.get("attachments", {}), found.name: kinds})
        return missing


def _decoded(content: object) -> bytes | None:
    """The bytes of a picture in a notebook."""
    text = "".join(content) if isinstance(content, list) and all(isinstance(c, str) for c in content) else content
    if not isinstance(text, str) or len(text) > MAX_PICTURE_BYTES * 4 // 3 + 4:
        return None
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        return None
