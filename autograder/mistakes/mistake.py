"""One entry of the catalogue."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Mistake:
    """One misconception.

    Parameters
    ----------
    id : lower-case words joined by hyphens; begins with the id of the task.
    task : the task whose checks must catch it.
    says : one sentence for the student, which points to the place and does not give the repair.
    asks : a question that helps to think.
    book : page and anchor of the book that explain the matter, such as ``dropout#forward``.
    file : editable file, relative to ``coursenn/``.
    scope : the function or ``Class.method`` of that file that is changed. A backward pass can go wrong in what the forward
        pass keeps for it, so this is not always a function of the task.
    old, new : a text of the reference within that scope, and what takes its place.
    code : in place of these two, definitions that follow those of the reference and take their place.
    also : the same misconception as others write it, where that gives other outputs; the id of each ends in a number.
    spreads : why it costs more than half of its task; empty for an entry about one behaviour, which costs no more.
    tags : ``"in-place"`` for code whose outputs are right and which writes into its arguments.
    """

    id: str
    task: str
    says: str
    asks: str
    book: str
    file: str
    scope: str
    old: str = ""
    new: str = ""
    code: str = ""
    spreads: str = ""
    tags: tuple[str, ...] = ()
    also: tuple[Mistake, ...] = ()

    @property
    def forms(self) -> tuple[Mistake, ...]:
        """All ways in which it is known to be written, its own first."""
        return (self, *self.also)
