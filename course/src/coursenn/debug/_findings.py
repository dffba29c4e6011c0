"""What a look through the microscope found: which node to look at first, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from coursenn.debug._subject import Key
from coursenn.debug._verdict import SUSPECT, Row, Status, below


@dataclass
class Findings:
    """Which gradients of a backward pass are right, and where to look first.

    Attributes
    ----------
    title : the functions.
    rows : all nodes, from the end of the forward pass to its beginning; the inputs come last.
    place : the node to look at first; None when every gradient that came back is right.
    also : further places that the first one does not explain.
    notes : what could not be followed or compared.
    children : for each node those that are made directly from it.
    last : the nodes from which the output is made.
    source : line of a file -> its text.
    """

    title: str
    rows: list[Row]
    place: Row | None
    also: list[Row]
    notes: list[str]
    children: Mapping[Key, list[Key]]
    last: frozenset[Key]
    source: Mapping[int, str]

    @property
    def wrong(self) -> str | None:
        """The name of the node to look at first; None when all is right."""
        return self.place.node.label if self.place else None

    @property
    def summary(self) -> str:
        """One sentence."""
        if self.place is not None:
            return f"Look at {self.place.node.label} first: counted from the end, its gradient is the first wrong one."
        if all(row.status is Status.UNNAMED for row in self.rows):
            return "No gradient could be compared."
        return "Every gradient that came back agrees with the numeric derivative."

    @property
    def shown(self) -> list[Row]:
        """Rows that have a gradient, from the end to the place to look at first."""
        compared = [row for row in self.rows if row.status is not Status.UNNAMED]
        return compared if self.place is None else compared[: 1 + next(i for i, row in enumerate(compared) if row is self.place)]

    @property
    def folded(self) -> list[Row]:
        """The other rows that have a gradient."""
        return [row for row in self.rows if row.status is not Status.UNNAMED][len(self.shown) :]


def find_places(rows: list[Row], children: Mapping[Key, list[Key]]) -> list[Row]:
    """For each input whose gradient came back wrong, the wrong node on its way that is nearest to the end; each once, in order.

    A gradient in the middle that disagrees, while all that come back from it are right, is not a mistake: it holds a part of the gradient,
    or something else under its name. It is marked so.
    """
    results = [row for row in rows if row.node.is_returned]
    if not results:
        return [row for row in rows if row.status in SUSPECT][:1]
    found: list[Row] = []
    on_the_way: set[Key] = set()
    for result in (row for row in results if row.status in SUSPECT):
        made_from_it = below(result.node.key, children)
        on_the_way |= made_from_it
        place = next(row for row in rows if row.status in SUSPECT and row.node.key in made_from_it)
        found += [place] if all(place is not other for other in found) else []
    for row in rows:
        if row.status in SUSPECT and row.node.key not in on_the_way:
            row.status = Status.PART
            row.says = ("All gradients that come back from it are right: it holds a part of the gradient, or something else.",)
    return sorted(found, key=lambda row: next(i for i, other in enumerate(rows) if other is row))
