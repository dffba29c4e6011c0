"""What a hand-in holds, once it is read."""

from __future__ import annotations

from dataclasses import dataclass, field

from .entries import Entry

NOTHING = "it holds nothing of the assignment: hand in the folder with coursenn/ and the notebooks, or a zip of it"


@dataclass
class HandIn:
    """What was handed in.

    Parameters
    ----------
    files : place, such as ``coursenn/layers.py`` -> content.
    others : what is not graded and is kept for people to read, under names that stay inside; bounded in number.
    refused : what is not read, as ``name: reason``.
    notes : what was read in another way than it was handed in.
    """

    files: dict[str, bytes] = field(default_factory=dict)
    others: list[Entry] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def empty(self) -> bool:
        """Whether nothing of the assignment is there."""
        return not self.files

    @property
    def nothing(self) -> str | None:
        """Why there is nothing to grade, in a sentence; None when there is something."""
        if not self.empty:
            return None
        return NOTHING if len(self.refused) != 1 else f"{NOTHING} ({self.refused[0]})"
