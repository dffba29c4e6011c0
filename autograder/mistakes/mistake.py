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
    says : one sentence for the student, which points to the place without giving the correction.
    asks : a question to think about.
    book : page and anchor of the book that explain the matter, such as ``dropout#forward``.
    file : editable file, relative to ``coursenn/``.
    scope : the function or ``Class.method`` of that file that is changed. A backward pass can go wrong because of what the forward
        pass stores for it, so this is not always a function of the task.
    old, new : a text of the reference within that scope, and its replacement.
    code : instead of these two, definitions that follow those of the reference and replace them.
    also : other ways of writing the same misconception that give other outputs; the id of each ends in a number.
    spreads : why it costs more than half of its task; empty for an entry about one behaviour, which costs at most half.
    tags : ``"in-place"`` for code whose outputs are right but which changes its arguments.
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
        """All forms of the mistake, beginning with this one."""
        return (self, *self.also)
