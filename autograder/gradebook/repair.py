"""Submitted notebooks, made whole again.

Nothing is trusted: the result is built on the released notebook. Every cell that counts stands in it exactly once, with
the released metadata and, where it is locked, the released source; what the student wrote is put in where it can be found.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nbconvert.exporters import NotebookExporter
from nbformat.notebooknode import NotebookNode

from autograder.gradebook import nodes
from autograder.intake.files import read_regular
from autograder.intake.limits import MAX_NOTEBOOK_BYTES
from autograder.pages.sanitize import plain, png

MAX_CELLS = 1_000
MAX_OUTPUTS = 40
MAX_SOURCE = 100_000
MAX_MARKDOWN = 20_000
"""Characters of a text cell: rendering takes seconds for some that are longer, as it can grow with the square."""
MAX_MARKDOWN_TOTAL = 300_000
MAX_CODE_TOTAL = 200_000
"""Characters of all code cells: a page shows each word of them as an element of its own, and nbconvert holds kilobytes for each."""
MAX_SALVAGE_BYTES = 5_000_000
MAX_SALVAGE_MISSES = 50
NOT_VERIFIED = "[handed in with the notebook, not verified by the grader]\n"
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_CELL_START = re.compile(r'\{\s*"(?:attachments|cell_type|execution_count|id|metadata)"\s*:')


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
        return Repaired(_fresh(release), ["this notebook was not handed in; the released one stands in for it"])
    cells = _read(submitted, notes)
    if not cells:
        notes.append("no cell of this notebook could be read; the released one stands in for it")
        return Repaired(_fresh(release), notes)
    return Repaired(_merge(cells, release, notes), notes)


def _fresh(release: NotebookNode) -> NotebookNode:
    notebook = nodes.node(release)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    return notebook


def _read(submitted: bytes, notes: list[str]) -> list[dict[str, Any]]:
    """The cells of the file, as plain dictionaries; what cannot be read is noted and left out."""
    if len(submitted) > MAX_NOTEBOOK_BYTES:
        notes.append(f"the file is larger than {MAX_NOTEBOOK_BYTES // 1_000_000} MB and was not read")
        return []
    text = submitted.decode("utf-8-sig", errors="replace")
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        notes.append("the file is not a notebook (broken JSON); the cells that could be read were kept")
        return _clean(_salvage(text), notes)
    found = document.get("cells") if isinstance(document, dict) else None
    if found is None and isinstance(document, dict) and isinstance(document.get("worksheets"), list):
        found = [c for w in document["worksheets"] if isinstance(w, dict) for c in w.get("cells", []) if isinstance(w.get("cells"), list)]
    if not isinstance(found, list):
        notes.append("the file is JSON, but not a notebook")
        return []
    return _clean(found, notes)


def _salvage(text: str) -> Iterator[Any]:
    """Cells that can be decoded on their own, for a file cut short or with conflict marks in it."""
    decoder = json.JSONDecoder()
    text = text[:MAX_SALVAGE_BYTES]
    position = max(text.find('"cells"'), 0)
    misses = 0
    # Every miss may have read to the end of the file: their number is bounded.
    while misses < MAX_SALVAGE_MISSES and (start := _CELL_START.search(text, position)) is not None:
        try:
            cell, position = decoder.raw_decode(text, start.start())
        except (ValueError, RecursionError):
            position = start.start() + 1
            misses += 1
        else:
            yield cell


def _clean(found: Any, notes: list[str]) -> list[dict[str, Any]]:
    cells: list[dict[str, Any]] = []
    for cell in found:
        if len(cells) == MAX_CELLS:
            notes.append(f"only the first {MAX_CELLS} cells were read")
            break
        if isinstance(cell, dict) and isinstance(cell.get("cell_type"), str):
            cells.append(cell)
    return cells


def _grade_id(cell: dict[str, Any]) -> str | None:
    metadata = cell.get("metadata")
    nbgrader = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    grade_id = nbgrader.get("grade_id") if isinstance(nbgrader, dict) else None
    return grade_id if isinstance(grade_id, str) else None


def _source(cell: dict[str, Any], limit: int = MAX_SOURCE) -> str:
    return plain(cell.get("source", cell.get("input", "")), limit)


def _key(cell: NotebookNode) -> str | None:
    meta = cell.metadata.get("nbgrader", {})
    return str(meta["grade_id"]) if meta.get("grade") or meta.get("solution") or meta.get("locked") or meta.get("task") else None


def _places(counting: list[NotebookNode], cells: list[dict[str, Any]], notes: list[str]) -> dict[str, int | None]:
    """Where the student's versions of the released cells stand, none of them claimed twice: by nbgrader id, by cell id, by text."""
    named: dict[str, list[int]] = {}
    for i, cell in enumerate(cells):
        if (grade_id := _grade_id(cell)) is not None:
            named.setdefault(grade_id, []).append(i)
    places: dict[str, int | None] = {}
    for cell in counting:
        key = str(_key(cell))
        found = named.get(key, [])
        if len(found) > 1:
            notes.append(f"the cell {key} stood {len(found)} times; the last one that was filled in counts")
            found = [i for i in found if _source(cells[i]).strip() != cell.source.strip()] or found
        places[key] = found[-1] if found else None
    taken = {place for place in places.values() if place is not None}
    for cell in counting:
        key = str(_key(cell))
        if places[key] is None:
            places[key] = place = _recognised(cell, cells, taken)
            taken |= {place} if place is not None else set()
            notes.append(
                f"the cell {key} "
                + ("was missing; the released one stands in for it" if place is None else "had lost its name and was recognised")
            )
    return places


def _recognised(cell: NotebookNode, cells: list[dict[str, Any]], taken: set[int]) -> int | None:
    free = [i for i in range(len(cells)) if i not in taken]
    by_id = [i for i in free if cell.get("id") and cells[i].get("id") == cell.get("id")]
    by_text = [i for i in free if cell.source.strip() and _source(cells[i]).strip() == cell.source.strip()]
    return next(iter(by_id or by_text), None)


def _merge(cells: list[dict[str, Any]], release: NotebookNode, notes: list[str]) -> NotebookNode:
    """Released cells that count, at the places where the student has them; the student's other cells around them."""
    counting = [c for c in release.cells if _key(c)]
    places = _places(counting, cells, notes)
    known = {str(_key(c)): c for c in counting}
    at = {place: key for key, place in places.items() if place is not None}
    notes += [
        f"the cell {k} had become a {cells[i]['cell_type'][:20]} cell" for i, k in at.items() if cells[i]["cell_type"] != known[k].cell_type
    ]
    merged: list[NotebookNode] = []
    rest = MAX_MARKDOWN_TOTAL
    for i, cell in enumerate(cells):
        merged.append(_counting_cell(known[at[i]], cell) if i in at else _other_cell(cell, rest))
        rest -= len(merged[-1].source) if merged[-1].cell_type == "markdown" else 0
    previous: str | None = None
    for cell in release.cells:
        key = _key(cell)
        if key is None:
            continue
        if places[key] is None:
            after = next((i for i, c in enumerate(merged) if previous and _key(c) == previous), -1) + 1
            merged.insert(after, _counting_cell(cell, None))
        previous = key
    _cut_code(merged, notes)
    notebook = _fresh(release)
    notebook.cells = _with_ids(merged)
    return notebook


def _cut_code(cells: list[NotebookNode], notes: list[str]) -> None:
    """Leave out code beyond what can be shown, of the cells that students write."""
    rest, cut = MAX_CODE_TOTAL, False
    for cell in cells:
        if cell.cell_type == "code" and not cell.metadata.get("nbgrader", {}).get("locked"):
            if len(cell.source) > rest:
                cell.source, cut = cell.source[:rest] + "\n# [more code than can be shown is left out here]", True
            rest = max(rest - len(cell.source), 0)
    if cut:
        notes.append(f"only the first {MAX_CODE_TOTAL} characters of code are shown; all of it is in what was handed in")


def _counting_cell(released: NotebookNode, submitted: dict[str, Any] | None) -> NotebookNode:
    solution = bool(released.metadata.nbgrader.get("solution"))
    limit = MAX_SOURCE if released.cell_type == "code" else MAX_MARKDOWN
    source = _source(submitted, limit) if submitted is not None and solution else released.source
    cell = nodes.code_cell(source) if released.cell_type == "code" else nodes.markdown_cell(source)
    cell.metadata = nodes.node(released.metadata)
    cell.id = released.get("id", cell.id)
    if submitted is not None and released.cell_type == "code":
        cell.outputs = outputs_of(submitted)
    if submitted is not None and released.cell_type == "markdown":
        _attach(cell, submitted)
    return cell


def _other_cell(submitted: dict[str, Any], rest: int) -> NotebookNode:
    """A cell that does not count, as text or as code: raw cells would be shown as the HTML they hold, long ones take too long."""
    source = _source(submitted)
    if submitted["cell_type"] in ("markdown", "heading") and len(source) <= min(MAX_MARKDOWN, rest):
        cell = nodes.markdown_cell(source)
        _attach(cell, submitted)
    else:
        cell = nodes.code_cell(source)
        cell.outputs = outputs_of(submitted)
    identifier = submitted.get("id")
    if isinstance(identifier, str) and _ID.fullmatch(identifier):
        cell.id = identifier
    return cell


def _attach(cell: NotebookNode, submitted: dict[str, Any]) -> None:
    attachments = submitted.get("attachments")
    if not isinstance(attachments, dict):
        return
    kept = {plain(n, 100): {"image/png": p} for n, d in attachments.items() if isinstance(d, dict) and (p := png(d.get("image/png")))}
    if kept:
        cell.attachments = nodes.node(kept)


def outputs_of(submitted: dict[str, Any], label: str = NOT_VERIFIED) -> list[NotebookNode]:
    """Outputs as text and PNG below a line that says what they are; everything else is dropped."""
    outputs = submitted.get("outputs")
    if not isinstance(outputs, list):
        return []
    kept = [o for o in (_output(o) for o in outputs[:MAX_OUTPUTS] if isinstance(o, dict)) if o is not None]
    return [nodes.stream(label), *kept] if kept else []


def _output(output: dict[str, Any]) -> NotebookNode | None:
    kind = output.get("output_type")
    if kind == "stream":
        text = plain(output.get("text", ""))
        return nodes.stream(text, "stderr" if output.get("name") == "stderr" else "stdout") if text else None
    if kind in ("error", "pyerr"):
        traceback = output.get("traceback")
        lines = traceback[:200] if isinstance(traceback, list) else [output.get("ename"), output.get("evalue")]
        return nodes.stream(plain("\n".join(line for line in lines if isinstance(line, str))) + "\n")
    data = output.get("data")
    if kind not in ("display_data", "execute_result") or not isinstance(data, dict):
        return None
    kept = {}
    if (picture := png(data.get("image/png"))) is not None:
        kept["image/png"] = picture
    if text := plain(data.get("text/plain")):
        kept["text/plain"] = text
    # Always display_data: nbgrader reads a score out of an execute_result.
    return nodes.shown(kept) if kept else None


def _with_ids(cells: list[NotebookNode]) -> list[NotebookNode]:
    """Cell ids must be unique; the released cells keep theirs."""
    reserved = {c.id for c in cells if _key(c)}
    seen: set[str] = set()
    for n, cell in enumerate(cells):
        if not _key(cell) and (cell.id in seen or cell.id in reserved):
            cell.id = f"other-{n}"
        seen.add(cell.id)
    return cells


class RepairingExporter(NotebookExporter):
    """nbgrader's notebook exporter, reading a submitted notebook through `repair`."""

    def from_filename(self, filename: str, resources: dict[str, Any] | None = None, **kw: Any) -> Any:
        """Convert a notebook; one that lies below ``submitted/`` is repaired first."""
        path = Path(filename)
        info = (resources or {}).get("nbgrader", {})
        if path.parts[-4:-3] != ("submitted",) or not info:
            return super().from_filename(filename, resources=resources, **kw)
        from autograder.gradebook.stage import released_notebook

        release = released_notebook(path.absolute().parents[3], info["assignment"], info["notebook"])
        done = repair(read_regular(path), release)
        done.notebook.metadata["coursenn"] = {"notes": done.notes}
        return self.from_notebook_node(done.notebook, resources=resources, **kw)  # type: ignore[no-untyped-call]
