"""A submitted notebook file as plain cells, as far as they can be read: it may be cut short, hold conflict marks, or not be a notebook."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from autograder.given_module import hand_in
from autograder.pages.sanitize import plain

MAX_CELLS = 1_000
MAX_SOURCE = 100_000
MAX_SALVAGE_BYTES = 5_000_000
MAX_SALVAGE_MISSES = 50
_CELL_START = re.compile(r'\{\s*"(?:attachments|cell_type|execution_count|id|metadata)"\s*:')

SubmittedCell = dict[str, Any]
"""A cell as it was handed in; only ``cell_type`` is known to be text."""


def read_cells(submitted: bytes, notes: list[str]) -> list[SubmittedCell]:
    """The cells of a notebook file; what cannot be read is noted and left out."""
    most = hand_in.limits.MAX_FILE_BYTES[".ipynb"]
    if len(submitted) > most:
        notes.append(f"the file is larger than {hand_in.limits.megabytes(most)} and was not read")
        return []
    text = submitted.decode("utf-8-sig", errors="replace")
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        notes.append("the file is not a notebook (broken JSON); the cells that could be read were kept")
        return _only_cells(_salvage(text), notes)
    found = document.get("cells") if isinstance(document, dict) else None
    if found is None and isinstance(document, dict) and isinstance(document.get("worksheets"), list):
        found = [c for w in document["worksheets"] if isinstance(w, dict) for c in w.get("cells", []) if isinstance(w.get("cells"), list)]
    if not isinstance(found, list):
        notes.append("the file is JSON, but not a notebook")
        return []
    return _only_cells(found, notes)


def _salvage(text: str) -> Iterator[Any]:
    """Cells that can be decoded on their own, for a file cut short or with conflict marks in it."""
    decoder = json.JSONDecoder()
    text = text[:MAX_SALVAGE_BYTES]
    position = max(text.find('"cells"'), 0)
    misses = 0
    # Every miss may have read to the end of the file, so their number is bounded.
    while misses < MAX_SALVAGE_MISSES and (start := _CELL_START.search(text, position)) is not None:
        try:
            cell, position = decoder.raw_decode(text, start.start())
        except (ValueError, RecursionError):
            position = start.start() + 1
            misses += 1
        else:
            yield cell


def _only_cells(found: Any, notes: list[str]) -> list[SubmittedCell]:
    cells: list[SubmittedCell] = []
    for cell in found:
        if len(cells) == MAX_CELLS:
            notes.append(f"only the first {MAX_CELLS} cells were read")
            break
        if isinstance(cell, dict) and isinstance(cell.get("cell_type"), str):
            cells.append(cell)
    return cells


def grade_id_of(cell: SubmittedCell) -> str | None:
    """nbgrader's name for the cell, if it still has one."""
    metadata = cell.get("metadata")
    nbgrader = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    grade_id = nbgrader.get("grade_id") if isinstance(nbgrader, dict) else None
    return grade_id if isinstance(grade_id, str) else None


def source_of(cell: SubmittedCell, limit: int = MAX_SOURCE) -> str:
    """The text of the cell, cut to a number of characters."""
    return plain(cell.get("source", cell.get("input", "")), limit)
