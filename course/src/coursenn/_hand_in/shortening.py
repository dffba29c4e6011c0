"""Names as messages show them: without the folders around the course, whichever layout the hand-in has."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping


class Shortening:
    """Takes the folders away that lie around the package and the notebooks.

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
        for prefix in self._prefixes:
            if name.startswith(prefix) and name != prefix:
                return name.removeprefix(prefix)
        return name
