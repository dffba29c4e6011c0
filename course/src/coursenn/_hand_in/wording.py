"""What is said of the entries of a hand-in, with every name as short as it is understood."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from . import limits
from .names import printable


class Shortening:
    """Takes away the folders that are around the package and the notebooks, whichever layout the hand-in has.

    Parameters
    ----------
    taken : place -> name of the entry that it was read from, such as ``coursenn/layers.py`` and ``clone/course/src/coursenn/layers.py``.
    """

    def __init__(self, taken: Mapping[str, str]) -> None:
        around = Counter(name.removesuffix(place) for place, name in taken.items() if name.endswith(f"/{place}"))
        # The longest first: course/src/ before course/.
        self._prefixes = sorted(around, key=lambda prefix: (-len(prefix), prefix))

    def __call__(self, name: str) -> str:
        """The name as it is shown."""
        return self.together((name,))[0]

    def together(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """Names that are to be told apart: only what is around all of them is taken away."""
        for prefix in self._prefixes:
            if all(name.startswith(prefix) and name != prefix for name in names):
                return tuple(name.removeprefix(prefix) for name in names)
        return names


@dataclass(frozen=True)
class Line:
    """A refusal or a note: the name of an entry, what is said of it, and the names of other entries for each ``@`` in that."""

    name: str
    text: str
    others: tuple[str, ...] = ()

    def told(self, short: Shortening, between: str) -> str:
        """The line as people read it."""
        first, *rest = self.text.split("@") if self.others else [self.text]
        named = (printable(name, 80) + text for name, text in zip(short.together(self.others), rest, strict=True))
        return f"{printable(short(self.name))}{between}{first}{''.join(named)}"


def listed(lines: Sequence[Line], short: Shortening, between: str) -> list[str]:
    """So many of the lines as people read, each once, and how many more there are."""
    found: dict[str, None] = {}
    for number, line in enumerate(lines):
        if len(found) == limits.MAX_LISTED_REASONS:
            return [*found, f"and {len(lines) - number} more"]
        found[line.told(short, between)] = None
    return [*found]
