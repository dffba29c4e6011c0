"""Reads ``sentences.toml``: which sentences promise nothing, are proved elsewhere, or repeat another sentence."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from pathlib import Path

from autograder.audit.units import Unit
from autograder.checked_data import Table, read_toml
from autograder.engine.catalogue import CHECKS
from autograder.manifest import Course

LIST = Path(__file__).resolve().parent / "sentences.toml"


class Chosen(Table, frozen=True, kw_only=True):
    """Some sentences: those with one of these texts, and those that one of these patterns matches completely."""

    texts: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()

    def matching(self, text: str) -> tuple[str, ...]:
        """Which of them match."""
        bare = _bare(text)
        return tuple(t for t in self.texts if _bare(t) == bare) + tuple(p for p in self.patterns if re.fullmatch(p, text))


class Nothing(Chosen, frozen=True, kw_only=True):
    """Sentences that promise nothing."""

    why: str


class Elsewhere(Chosen, frozen=True, kw_only=True):
    """Sentences that no hidden check can prove, and the test that does: ``tests/autograder/checks/test_right_code.py::test_name``."""

    test: str
    why: str


class Again(Chosen, frozen=True, kw_only=True):
    """Sentences that repeat another one, for a function or in other words."""

    says: str

    @property
    def same(self) -> frozenset[str]:
        """All texts that say it."""
        return frozenset({self.says, *self.texts})


class Only(Table, frozen=True, kw_only=True):
    """A sentence of the package or a module that applies only to some tasks: to these, given as file patterns, or to all except those."""

    says: str
    tasks: tuple[str, ...] = ()
    all_but: tuple[str, ...] = ()
    why: str

    def leaves_out(self, task: str) -> bool:
        """Whether it is not asked of a task."""
        return task in self.all_but if self.all_but else not any(fnmatchcase(task, pattern) for pattern in self.tasks)


class Beside(Chosen, frozen=True, kw_only=True):
    """Checks that a version that breaks a sentence may fail in addition to those that quote it.

    If no sentence is chosen, this applies to every sentence that other checks quote.
    """

    checks: tuple[str, ...]
    why: str


class OfNotebooks(Chosen, frozen=True, kw_only=True):
    """Comparisons of the notebooks' checks that no wrong version makes wrong, as ``block: label``."""

    why: str


class ListFile(Table, frozen=True):
    """``sentences.toml``."""

    nothing: tuple[Nothing, ...] = ()
    elsewhere: tuple[Elsewhere, ...] = ()
    again: tuple[Again, ...] = ()
    only: tuple[Only, ...] = ()
    beside: tuple[Beside, ...] = ()
    notebook: tuple[OfNotebooks, ...] = ()


def _bare(text: str) -> str:
    return text.rstrip(".;")


class Listed:
    """The list, which remembers which entries were needed."""

    def __init__(self, file: ListFile) -> None:
        self.file = file
        self._needed: set[str] = set()

    def meet(self, unit: Unit) -> None:
        """Remember what the list says about a unit, whether that is needed or not."""
        for group in (*self.file.nothing, *self.file.elsewhere, *self.file.again):
            self._take(group.matching(unit.text))

    def promises_nothing(self, unit: Unit) -> bool:
        """Whether the list says so."""
        return any(self._take(group.matching(unit.text)) for group in self.file.nothing)

    def proved_elsewhere(self, unit: Unit) -> bool:
        """Whether the list names a test for it."""
        return any(self._take(group.matching(unit.text)) for group in self.file.elsewhere)

    def said_again(self, unit: Unit) -> list[frozenset[str]]:
        """For each thing that a unit repeats, all texts that say it."""
        return [group.same for group in self.file.again if self._take(group.matching(unit.text))]

    def same_as(self, unit: Unit) -> frozenset[str]:
        """The unit's own text, and all texts that say the same."""
        groups = [g for g in self.file.again if _bare(g.says) == _bare(unit.text) or self._take(g.matching(unit.text))]
        return frozenset({unit.text}).union(*(g.same for g in groups))

    def leaves_out(self, unit: Unit, task: str) -> bool:
        """Whether the list gives a reason why a sentence about all functions does not apply to a task."""
        return any(self._take((g.says,)) for g in self.file.only if _bare(g.says) == _bare(unit.text) and g.leaves_out(task))

    def beside(self, unit: Unit, asking: frozenset[str]) -> frozenset[str]:
        """Checks that may fail in addition to those that ask for a unit."""
        everywhere = [g for g in self.file.beside if not (g.texts or g.patterns) and not asking <= set(g.checks)]
        groups = [*everywhere, *(g for g in self.file.beside if self._take(g.matching(unit.text)))]
        return frozenset(name for g in groups for name in g.checks)

    def of_notebooks(self, text: str) -> bool:
        """Whether the list says why a comparison of a notebook's check needs no entry."""
        return any(self._take(group.matching(text)) for group in self.file.notebook)

    def _take(self, found: tuple[str, ...]) -> bool:
        self._needed.update(found)
        return bool(found)

    def unused(self) -> list[str]:
        """Texts and patterns that no unit needed."""
        groups = (*self.file.nothing, *self.file.elsewhere, *self.file.again, *self.file.beside, *self.file.notebook)
        known = [text for g in groups for text in (*g.texts, *g.patterns)] + [g.says for g in self.file.only]
        return [text for text in known if text not in self._needed]


def read_listed(course: Course) -> Listed:
    """The list of this repository, if the course has its tasks, and those of the course's extra folders.

    Raises
    ------
    DataError
        When a key is missing, unknown, or not of its type.
    """
    ours = any(course.checks_file(task.checks).parent == CHECKS for task in course.tasks)
    paths = [path for extra in course.extras if (path := extra / LIST.name).is_file()]
    files = [read_toml(path, ListFile) for path in ([LIST, *paths] if ours else paths)]
    groups = {name: tuple(group for file in files for group in getattr(file, name)) for name in ListFile.__struct_fields__}
    return Listed(ListFile(**groups))
