"""Repairs submitted notebooks.

Nothing is trusted: the result is built on the released notebook. Every cell that counts is in it exactly once and in the released
order, with the released metadata and, if it is locked, the released source. What the student wrote is put in wherever it can be found.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from nbformat.notebooknode import NotebookNode

from autograder.given_module import hand_in
from autograder.gradebook import nodes
from autograder.gradebook.by_heading import answer_below_heading
from autograder.gradebook.cell_pictures import CellPictures, Convert
from autograder.gradebook.released_order import find_unclaimed, in_released_order, moved
from autograder.gradebook.safe_outputs import safe_outputs
from autograder.gradebook.submitted_notebook import MAX_SOURCE, SubmittedCell, grade_id_of, read_cells, source_of
from autograder.pages.pictures import as_png
from autograder.pages.sanitize import plain

MAX_ANSWER = hand_in.limits.MAX_FILE_BYTES[".ipynb"]
"""Most characters of an answer including its pictures: as long as a notebook may be."""
MAX_MARKDOWN = 20_000
"""Most characters of a text cell: rendering can take time quadratic in the length, and seconds for some that are longer."""
MAX_MARKDOWN_TOTAL = 300_000
MAX_CODE_TOTAL = 200_000
"""Most characters of all code cells: a page makes an element of each word in them, for which nbconvert needs kilobytes."""


@dataclass
class Repaired:
    """A notebook that nbgrader can grade, and notes on the repairs."""

    notebook: NotebookNode
    notes: list[str] = field(default_factory=list)


def repair(submitted: bytes | None, release: NotebookNode, convert: Convert = as_png) -> Repaired:
    """Build a gradeable notebook from what was handed in and what was released.

    Parameters
    ----------
    submitted : bytes of the submitted file, None if there is none.
    release : the released notebook, with nbgrader's metadata.
    convert : makes small PNG pictures from those in text cells.

    Returns
    -------
    The notebook and the notes; no note means that every cell was found where it was expected. Never raises, whatever
    ``submitted`` holds.
    """
    notes: list[str] = []
    if submitted is None:
        return Repaired(_without_outputs(release), ["this notebook was not handed in; the released one is used instead"])
    cells = read_cells(submitted, notes)
    if not cells:
        notes.append("no cell of this notebook could be read; the released one is used instead")
        return Repaired(_without_outputs(release), notes)
    return Repaired(_merge(cells, release, notes, convert), notes)


def _without_outputs(release: NotebookNode) -> NotebookNode:
    notebook = nodes.node(release)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    return notebook


def _counting_id(cell: NotebookNode) -> str | None:
    """nbgrader's name for a cell that counts, because it is graded, filled in, locked or a task; None for all others."""
    meta = cell.metadata.get("nbgrader", {})
    return str(meta["grade_id"]) if meta.get("grade") or meta.get("solution") or meta.get("locked") or meta.get("task") else None


def _find_places(release: NotebookNode, cells: list[SubmittedCell], notes: list[str]) -> dict[str, int | None]:
    """Where the student's versions of the released cells are; no cell is claimed twice.

    By nbgrader's name, by cell id, by text, and answers by the heading of their question.
    """
    counting = [cell for cell in release.cells if _counting_id(cell)]
    named: dict[str, list[int]] = {}
    for i, cell in enumerate(cells):
        if (grade_id := grade_id_of(cell)) is not None:
            named.setdefault(grade_id, []).append(i)
    places: dict[str, int | None] = {}
    for cell in counting:
        name = str(_counting_id(cell))
        found = named.get(name, [])
        if len(found) > 1:
            notes.append(f"the cell {name} was there {len(found)} times; the last one that was filled in counts")
            found = [i for i in found if source_of(cells[i]).strip() != cell.source.strip()] or found
        places[name] = found[-1] if found else None
    taken = {place for place in places.values() if place is not None}
    for cell in counting:
        name = str(_counting_id(cell))
        if places[name] is None:
            place = _recognise(cell, cells, taken)
            if place is None and _is_answer(cell):
                place = answer_below_heading(release.cells, release.cells.index(cell), cells, taken)
            places[name] = place
            taken |= {place} if place is not None else set()
            notes.append(
                f"the cell {name} "
                + ("was missing; the released one is used instead" if place is None else "had lost its name and was recognised")
            )
    return places


def _is_answer(cell: NotebookNode) -> bool:
    return bool(cell.cell_type == "markdown" and cell.metadata.nbgrader.get("solution"))


def _recognise(cell: NotebookNode, cells: list[SubmittedCell], taken: set[int]) -> int | None:
    free = [i for i in range(len(cells)) if i not in taken]
    by_id = [i for i in free if cell.get("id") and cells[i].get("id") == cell.get("id")]
    by_text = [i for i in free if cell.source.strip() and source_of(cells[i]).strip() == cell.source.strip()]
    return next(iter(by_id or by_text), None)


def _merge(cells: list[SubmittedCell], release: NotebookNode, notes: list[str], convert: Convert) -> NotebookNode:
    """Released cells that count, in the released order; the student's other cells after those that they followed."""
    counting = {str(_counting_id(c)): c for c in release.cells if _counting_id(c)}
    found = _find_places(release, cells, notes)
    claimed = {place: name for name, place in found.items() if place is not None}
    for place, name in claimed.items():
        if (kind := cells[place]["cell_type"]) != counting[name].cell_type:
            notes.append(f"the cell {name} had become a {kind[:20]} cell")
    made: list[NotebookNode] = []
    pictures, markdown_left = CellPictures(convert), MAX_MARKDOWN_TOTAL
    for i, cell in enumerate(cells):
        made.append(
            _counting_cell(counting[claimed[i]], cell, pictures) if i in claimed else _uncounted_cell(cell, markdown_left, pictures)
        )
        markdown_left -= len(made[-1].source) if made[-1].cell_type == "markdown" else 0
    if lost := pictures.show():
        notes.append(f"{lost} picture{'' if lost == 1 else 's'} in the text cannot be shown; the files that were handed in have them")
    notebook = _without_outputs(release)
    notebook.cells = _with_ids(_ordered(made, release, found, cells, notes), {c.get("id") for c in release.cells})
    _cut_code(notebook.cells, notes)
    return notebook


def _ordered(
    made: list[NotebookNode], release: NotebookNode, found: dict[str, int | None], cells: list[SubmittedCell], notes: list[str]
) -> list[NotebookNode]:
    numbers = {n: name for n, c in enumerate(release.cells) if (name := _counting_id(c))}
    places = {n: place for n, name in numbers.items() if (place := found[name]) is not None}
    missing = {n: _counting_cell(release.cells[n], None) for n, name in numbers.items() if found[name] is None}
    others = find_unclaimed(release.cells, cells, places)
    for n, place in others.items():
        made[place].id = release.cells[n].get("id", made[place].id)
    places |= others
    if moved(places):
        notes.append("cells had been moved; they are shown in the released order")
    return in_released_order(len(release.cells), places, made, missing)


def _cut_code(cells: list[NotebookNode], notes: list[str]) -> None:
    """Cut code beyond the limit from the cells that students write."""
    code_left, cut = MAX_CODE_TOTAL, False
    for cell in cells:
        if cell.cell_type == "code" and not cell.metadata.get("nbgrader", {}).get("locked"):
            if len(cell.source) > code_left:
                cell.source, cut = cell.source[:code_left] + "\n# [the rest of the code is too long to be shown]", True
            code_left = max(code_left - len(cell.source), 0)
    if cut:
        notes.append(f"only the first {MAX_CODE_TOTAL} characters of code are shown; all of it is in the files that were handed in")


def _counting_cell(released: NotebookNode, submitted: SubmittedCell | None, pictures: CellPictures | None = None) -> NotebookNode:
    """A released cell that counts, with what the student put into it."""
    if released.cell_type == "markdown":
        if submitted is not None and pictures is not None and released.metadata.nbgrader.get("solution"):
            text, found = pictures.take_out(source_of(submitted, MAX_ANSWER))
            cell = nodes.markdown_cell(plain(text, MAX_MARKDOWN))
            pictures.attach(cell, submitted, found)
        else:
            cell = nodes.markdown_cell(released.source)
    else:
        solution = submitted is not None and released.metadata.nbgrader.get("solution")
        cell = nodes.code_cell(source_of(submitted, MAX_SOURCE) if submitted is not None and solution else released.source)
        cell.outputs = safe_outputs(submitted) if submitted is not None else []
    cell.metadata = nodes.node(released.metadata)
    cell.id = released.get("id", cell.id)
    return cell


def _uncounted_cell(submitted: SubmittedCell, markdown_left: int, pictures: CellPictures) -> NotebookNode:
    """A cell that does not count, as text or as code: a raw cell would be shown as HTML, and a long one would take too long."""
    if submitted["cell_type"] in ("markdown", "heading"):
        text, found = pictures.take_out(source_of(submitted, MAX_ANSWER))
        if len(text) <= min(MAX_MARKDOWN, markdown_left):
            cell = nodes.markdown_cell(text)
            pictures.attach(cell, submitted, found)
            return cell
    cell = nodes.code_cell(source_of(submitted))
    cell.outputs = safe_outputs(submitted)
    return cell


def _with_ids(cells: list[NotebookNode], released: set[str | None]) -> list[NotebookNode]:
    """Give unique cell ids: the released cells keep theirs, and no id chosen by a student reaches a page."""
    for n, cell in enumerate(cells):
        if cell.id not in released:
            cell.id = next(name for name in (f"other-{n}", f"another-{n}", f"one-more-{n}") if name not in released)
    return cells
