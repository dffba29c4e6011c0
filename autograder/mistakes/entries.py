"""Reads the catalogue and refuses an entry that does not hold together."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Literal

from msgspec import Meta

from autograder.checked_data import DataError, Table, display_path, nearest, place, read_toml, value_text
from autograder.manifest import Course, Task
from autograder.manifest_file import BookPlace, EditableFile, Id, NonEmpty
from autograder.mistakes.mistake import Mistake
from autograder.mistakes.variants import VariantError, substitute
from autograder.paths import module_name

CATALOGUE = Path(__file__).resolve().parent


class MistakesError(ValueError):
    """An entry of this repository does not fit the reference of the course; the message names it and says what to change.

    A course with another reference may have tasks of the same names, so readers of the catalogue go on without it. What is wrong in
    any course, and what an extra folder brings for its own tasks, is a `DataError`.
    """


class Change(Table, frozen=True):
    """How the reference is changed: either some of its text is replaced, or some of its definitions are."""

    scope: str = ""
    old: str = ""
    new: str | None = None
    code: str = ""

    def __post_init__(self) -> None:
        replaced = bool(self.old) or self.new is not None
        if self.code and replaced:
            raise ValueError("write code, or old and new, but not both")
        if not self.code and not (self.old and self.new is not None):
            raise ValueError(f"{'old' if not self.old else 'new'} is missing; write old and new, or code")


class Entry(Change, frozen=True, kw_only=True):
    """One ``[[mistake]]``; see `Mistake` for what each key means."""

    id: Id
    task: str
    says: NonEmpty
    asks: NonEmpty
    file: EditableFile | None = None
    book: BookPlace | None = None
    spreads: str = ""
    tags: tuple[Literal["in-place"], ...] = ()
    also: tuple[Change, ...] = ()


class CatalogueFile(Table, frozen=True):
    """One file of the catalogue."""

    mistake: Annotated[tuple[Entry, ...], Meta(min_length=1)]


def load_mistakes(course: Course) -> tuple[Mistake, ...]:
    """All entries for the tasks of a course, in the order of its manifest.

    Entries of this repository for tasks that the course does not have are left out: a course may drop tasks. An extra's
    entries must belong to its tasks.

    Raises
    ------
    DataError
        When a key is missing, unknown or out of range, an id is used twice, or an extra's entry does not fit its task and reference.
    MistakesError
        When an entry of this repository does not fit the reference.
    """
    return tuple(mistake for task in course.tasks for mistake in mistakes_of(course, task))


@functools.lru_cache(maxsize=256)
def mistakes_of(course: Course, task: Task) -> tuple[Mistake, ...]:
    """The entries for one task; errors as of `load_mistakes`. Comparing all of them with the reference takes longer than reading them."""
    return tuple(_fitting(here, shipped, entry, course, task) for here, shipped, entry in _entries(course).get(task.id, ()))


Placed = tuple[str, bool, Entry]
"""How messages name the place of an entry, whether it is of this repository, and the entry."""


@functools.lru_cache(maxsize=8)
def _entries(course: Course) -> dict[str, list[Placed]]:
    """The entries for each task that grades functions, as they were written."""
    found: dict[str, list[Placed]] = {t.id: [] for t in course.tasks if not t.model}
    ids: set[str] = set()
    for here, shipped, entry in _read(course):
        if entry.task not in found and shipped:
            continue
        if entry.task not in found:
            raise DataError(f"{here}, task: {value_text(entry.task)} is not in the manifest; {nearest(entry.task, found, 'its tasks')}")
        if entry.id in ids:
            raise DataError(f"{here}: the id is used twice; rename one of the two")
        ids.add(entry.id)
        found[entry.task].append((here, shipped, entry))
    return found


def _read(course: Course) -> Iterator[Placed]:
    for folder in (CATALOGUE, *(extra / "mistakes" for extra in course.extras)):
        for path in sorted(folder.glob("*.toml")):
            for number, entry in enumerate(read_toml(path, CatalogueFile).mistake, start=1):
                yield place(display_path(path), "mistake", number, entry.id), folder == CATALOGUE, entry


def _fitting(here: str, shipped: bool, entry: Entry, course: Course, task: Task) -> Mistake:
    try:
        return _mistake(entry, course, task)
    except VariantError as error:
        raise (MistakesError if shipped else DataError)(f"{here}{error}") from error


def _mistake(entry: Entry, course: Course, task: Task) -> Mistake:
    if not entry.id.startswith(f"{task.id}-"):
        raise VariantError(f", id: it must begin with {task.id}-")
    file, scope = _place(task, course)
    file = entry.file or file
    if file not in course.editable:
        raise VariantError(f", file: {file} is not an editable file; {nearest(file, course.editable, 'those')}")
    mistake = Mistake(
        id=entry.id,
        task=task.id,
        says=entry.says,
        asks=entry.asks,
        book=task.book if entry.book is None else entry.book,
        file=file,
        scope=entry.scope or scope,
        old=entry.old,
        new=entry.new or "",
        code=entry.code,
        spreads=entry.spreads,
        tags=entry.tags,
    )
    mistake = replace(mistake, also=tuple(_forms(mistake, entry.also)))
    source = course.reference(mistake.file).read_text(encoding="utf-8")
    for number, form in enumerate(mistake.forms):
        try:
            substitute(source, form)
        except VariantError as error:
            raise VariantError(f"{f', [[mistake.also]] {number}' if number else ''}: {error}") from error
    return mistake


def _forms(mistake: Mistake, changes: tuple[Change, ...]) -> Iterator[Mistake]:
    for number, change in enumerate(changes, start=2):
        yield replace(
            mistake,
            id=f"{mistake.id} ({number})",
            old=change.old,
            new=change.new or "",
            code=change.code,
            scope=change.scope or mistake.scope,
        )


def _place(task: Task, course: Course) -> tuple[str, str]:
    """File and qualified name of the first function of a task."""
    function = task.functions[0]
    file = next(file for file in course.editable if function.startswith(f"{module_name(file)}."))
    return file, function.removeprefix(f"{module_name(file)}.")
