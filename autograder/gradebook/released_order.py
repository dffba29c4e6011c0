"""The order in which the cells of a submitted notebook are shown: that of the release, even if the student moved them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

from nbformat.notebooknode import NotebookNode

from autograder.gradebook.submitted_notebook import SubmittedCell, source_of

T = TypeVar("T")


def find_unclaimed(release: Sequence[NotebookNode], cells: Sequence[SubmittedCell], places: dict[int, int]) -> dict[int, int]:
    """Where the student has the other released cells, such as headings: released place -> submitted place, by cell id or by text.

    Parameters
    ----------
    places : the known places; none of them is given to another cell.
    """
    taken = set(places.values())
    by_id: dict[str, int] = {}
    by_text: dict[str, list[int]] = {}
    for i, cell in enumerate(cells):
        if i not in taken:
            if isinstance(name := cell.get("id"), str):
                by_id.setdefault(name, i)
            by_text.setdefault(source_of(cell).strip(), []).append(i)
    found: dict[int, int] = {}
    for n, cell in enumerate(release):
        candidates = [by_id.get(cell.get("id", "")), *by_text.get(cell.source.strip(), [])] if n not in places else []
        place = next((c for c in candidates if c is not None and c not in taken), None)
        if place is not None:
            found[n] = place
            taken.add(place)
    return found


def in_released_order(count: int, places: Mapping[int, int], cells: Sequence[T], missing: Mapping[int, T]) -> list[T]:
    """Cells in the order of the release; a cell that the student has added stays after the released one that it followed.

    Parameters
    ----------
    count : how many cells were released.
    places : released place -> submitted place.
    cells : in the order of the submission.
    missing : released place -> what is used for a cell that the student does not have.
    """
    released = {place: n for n, place in places.items()}
    after: dict[int, list[T]] = {}
    last = -1
    for i, cell in enumerate(cells):
        last = released.get(i, last)
        if i not in released:
            after.setdefault(last, []).append(cell)
    ordered = after.get(-1, [])
    for n in range(count):
        if n in places:
            ordered = [*ordered, cells[places[n]], *after.get(n, [])]
        elif n in missing:
            ordered = [*ordered, missing[n]]
    return ordered


def moved(places: Mapping[int, int]) -> bool:
    """Whether the student has released cells in another order."""
    submitted = [places[n] for n in sorted(places)]
    return submitted != sorted(submitted)
