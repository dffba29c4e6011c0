"""Looks for an answer whose cell has lost its name below the heading of its question."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from nbformat.notebooknode import NotebookNode

from autograder.gradebook.submitted_notebook import MAX_SOURCE, SubmittedCell, source_of

_HEADING = re.compile(r"^#{1,6}[ \t]+(.+?)[ \t#]*$", re.MULTILINE)
_LISTING = re.compile(r"^(```|~~~).*?(?:^\1|\Z)", re.MULTILINE | re.DOTALL)
_TEXT = ("markdown", "raw", "heading")


def answer_below_heading(
    released: Sequence[NotebookNode], place: int, cells: Sequence[SubmittedCell], taken: Collection[int]
) -> int | None:
    """Where the student has the answer that was released at a place; None if no cell can be it.

    It is the first text below the last heading that is above it in the release, before the next heading of the release. Released
    text does not count.

    Parameters
    ----------
    taken : cells that are known to be something else.
    """
    asked, code_between = "", False
    for cell in reversed(released[:place]):
        if cell.cell_type == "markdown" and (found := _headings(cell.source)):
            asked = found[-1]
            break
        code_between |= cell.cell_type != "markdown"
    if not asked:
        return None
    headings = {h for cell in released if cell.cell_type == "markdown" for h in _headings(cell.source)}
    texts = {cell.source.strip() for cell in released}
    starts = [i for i, cell in enumerate(cells) if cell["cell_type"] in _TEXT and asked in _headings(source_of(cell))]
    for start in starts:
        for i in range(start + 1, len(cells)):
            text = source_of(cells[i]).strip()
            is_text = cells[i]["cell_type"] in _TEXT
            if (not is_text and not code_between) or (is_text and headings & set(_headings(text))):
                break
            if is_text and i not in taken and text and text not in texts:
                return i
    return None


def _headings(text: str) -> list[str]:
    return [" ".join(heading.split()) for heading in _HEADING.findall(_LISTING.sub("", text[:MAX_SOURCE]))]
