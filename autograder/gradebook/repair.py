"""Submitted notebooks, made whole again.

Nothing is trusted: the result is built on the released notebook. Every cell that counts is in it exactly once, with
the released metadata and, where it is locked, the released source; what the student wrote is put in where it can be found.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from nbformat.notebooknode import NotebookNode

from autograder.gradebook import nodes
from autograder.gradebook.safe_outputs import safe_outputs
from autograder.gradebook.submitted_notebook import MAX_SOURCE, SubmittedCell, grade_id_of, read_cells, source_of
from autograder.pages.sanitize import plain, png

MAX_MARKDOWN = 20_000
"""Characters of a text cell: rendering takes seconds for some that are longer, as it can grow with the square."""
MAX_MARKDOWN_TOTAL = 300_000
MAX_CODE_TOTAL = 200_000
"""Characters of all code cells: a page shows each word of them as an element of its own, and nbconvert holds kilobytes for each."""
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


@dataclass
class Repaired:
    """A notebook that nbgrader can grade, and what had to be done to it."""

    notebook: NotebookNode
    notes: list[str] = field(default_factory=list)


def repair(submitted: bytes | None, release: NotebookNode) -> Repaired:
    """Build a gradeable notebook from what was handed in and what was released.

    Parameters
    ----------
    submitted : bytes of the submitted file, None when there is none.
    release : the released notebook, with nbgrader's metadata.

    Returns
    -------
    The notebook and the notes; no note means that every cell was found where it was expected. Never raises for
    anything that ``submitted`` holds.
    """
    notes: list[str] = []
    if submitted is None:
        return Repaired(_without_outputs(release), ["this notebook was not handed in; the released one stands in for it"])
    cells = read_cells(submitted, notes)
    if not cells:
        notes.append("no cell of this notebook could be read; the released one stands in for it")
        return Repaired(_without_outputs(release), notes)
    return Repaired(_merge(cells, release, notes), notes)


def _without_outputs(release: NotebookNode) -> NotebookNode:
    notebook = nodes.node(release)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    return notebook


def _counting_id(cell: NotebookNode) -> str | None:
    """nbgrader's name of a cell that counts: one that is graded, filled in, locked or a task; None for all others."""
    meta = cell.metadata.get("nbgrader", {})
    return str(meta["grade_id"]) if meta.get("grade") or meta.get("solution") or meta.get("locked") or meta.get("task") else None


def _find_places(counting: list[NotebookNode], cells: list[SubmittedCell], notes: list[str]) -> dict[str, int | None]:
    """Where the student's versions of the released cells stand, none of them claimed twice: by nbgrader id, by cell id, by text."""
    named: dict[str, list[int]] = {}
    for i, cell in enumerate(cells):
        if (grade_id := grade_id_of(cell)) is not None:
            named.setdefault(grade_id, []).append(i)
    places: dict[str, int | None] = {}
    for cell in counting:
        name = str(_counting_id(cell))
        found = named.get(name, [])
        if len(found) > 1:
            notes.append(f"the cell {name} stood {len(found)} times; the last one that was filled in counts")
            found = [i for i in found if source_of(cells[i]).strip() != cell.source.strip()] or found
        places[name] = found[-1] if found else None
    taken = {place for place in places.values() if place is not None}
    for cell in counting:
        name = str(_counting_id(cell))
        if places[name] is None:
            places[name] = place = _recognise(cell, cells, taken)
            taken |= {place} if place is not None else set()
            notes.append(
                f"the cell {name} "
                + ("was missing; the released one stands in for it" if place is None else "had lost its name and was recognised")
            )
    return places


def _recognise(cell: NotebookNode, cells: list[SubmittedCell], taken: set[int]) -> int | None:
    free = [i for i in range(len(cells)) if i not in taken]
    by_id = [i for i in free if cell.get("id") and cells[i].get("id") == cell.get("id")]
    by_text = [i for i in free if cell.source.strip() and source_of(cells[i]).strip() == cell.source.strip()]
    return next(iter(by_id or by_text), None)


def _merge(cells: list[SubmittedCell], release: NotebookNode, notes: list[str]) -> NotebookNode:
    """Released cells that count, at the places where the student has them; the student's other cells around them."""
    counting = {str(_counting_id(c)): c for c in release.cells if _counting_id(c)}
    places = _find_places(list(counting.values()), cells, notes)
    claimed = {place: name for name, place in places.items() if place is not None}
    for place, name in claimed.items():
        if (kind := cells[place]["cell_type"]) != counting[name].cell_type:
            notes.append(f"the cell {name} had become a {kind[:20]} cell")
    merged: list[NotebookNode] = []
    markdown_left = MAX_MARKDOWN_TOTAL
    for i, cell in enumerate(cells):
        merged.append(_counting_cell(counting[claimed[i]], cell) if i in claimed else _uncounted_cell(cell, markdown_left))
        markdown_left -= len(merged[-1].source) if merged[-1].cell_type == "markdown" else 0
    _insert_missing(merged, counting, {name for name, place in places.items() if place is None})
    _cut_code(merged, notes)
    notebook = _without_outputs(release)
    notebook.cells = _with_ids(merged)
    return notebook


def _insert_missing(merged: list[NotebookNode], counting: dict[str, NotebookNode], missing: set[str]) -> None:
    """Put each released cell that was not found after the one that comes before it in the release."""
    previous: str | None = None
    for name, cell in counting.items():
        if name in missing:
            after = next((i for i, c in enumerate(merged) if previous and _counting_id(c) == previous), -1) + 1
            merged.insert(after, _counting_cell(cell, None))
        previous = name


def _cut_code(cells: list[NotebookNode], notes: list[str]) -> None:
    """Leave out code beyond what can be shown, of the cells that students write."""
    code_left, cut = MAX_CODE_TOTAL, False
    for cell in cells:
        if cell.cell_type == "code" and not cell.metadata.get("nbgrader", {}).get("locked"):
            if len(cell.source) > code_left:
                cell.source, cut = cell.source[:code_left] + "\n# [more code than can be shown is left out here]", True
            code_left = max(code_left - len(cell.source), 0)
    if cut:
        notes.append(f"only the first {MAX_CODE_TOTAL} characters of code are shown; all of it is in what was handed in")


def _counting_cell(released: NotebookNode, submitted: SubmittedCell | None) -> NotebookNode:
    solution = bool(released.metadata.nbgrader.get("solution"))
    limit = MAX_SOURCE if released.cell_type == "code" else MAX_MARKDOWN
    source = source_of(submitted, limit) if submitted is not None and solution else released.source
    cell = nodes.code_cell(source) if released.cell_type == "code" else nodes.markdown_cell(source)
    cell.metadata = nodes.node(released.metadata)
    cell.id = released.get("id", cell.id)
    if submitted is not None and released.cell_type == "code":
        cell.outputs = safe_outputs(submitted)
    if submitted is not None and released.cell_type == "markdown":
        _attach_pictures(cell, submitted)
    return cell


def _uncounted_cell(submitted: SubmittedCell, markdown_left: int) -> NotebookNode:
    """A cell that does not count, as text or as code: raw cells would be shown as the HTML they hold, long ones take too long."""
    source = source_of(submitted)
    if submitted["cell_type"] in ("markdown", "heading") and len(source) <= min(MAX_MARKDOWN, markdown_left):
        cell = nodes.markdown_cell(source)
        _attach_pictures(cell, submitted)
    else:
        cell = nodes.code_cell(source)
        cell.outputs = safe_outputs(submitted)
    identifier = submitted.get("id")
    if isinstance(identifier, str) and _ID.fullmatch(identifier):
        cell.id = identifier
    return cell


def _attach_pictures(cell: NotebookNode, submitted: SubmittedCell) -> None:
    attachments = submitted.get("attachments")
    if not isinstance(attachments, dict):
        return
    kept = {plain(n, 100): {"image/png": p} for n, d in attachments.items() if isinstance(d, dict) and (p := png(d.get("image/png")))}
    if kept:
        cell.attachments = nodes.node(kept)


def _with_ids(cells: list[NotebookNode]) -> list[NotebookNode]:
    """Cell ids must be unique; the released cells keep theirs."""
    reserved = {c.id for c in cells if _counting_id(c)}
    seen: set[str] = set()
    for n, cell in enumerate(cells):
        if not _counting_id(cell) and (cell.id in seen or cell.id in reserved):
            cell.id = f"other-{n}"
        seen.add(cell.id)
    return cells
