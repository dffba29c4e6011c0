"""Reads the catalogue and refuses an entry that does not hold together."""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from autograder.manifest import ID, Course, Task
from autograder.mistakes.variants import VariantError, substitute
from autograder.paths import module_name

CATALOGUE = Path(__file__).resolve().parent
REQUIRED = {"id", "task", "says", "asks"}
OPTIONAL = {"file", "book", "tags", "also"}


class MistakesError(ValueError):
    """An entry of the catalogue cannot be used; the message names it and says what to change."""


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
    old, new : a text of the reference within that scope, and what stands there instead.
    code : in place of these two, definitions that follow those of the reference and take their place.
    also : the same misconception as others write it, where that gives other outputs; the id of each has a number behind it.
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
    tags: tuple[str, ...] = ()
    also: tuple[Mistake, ...] = ()

    @property
    def forms(self) -> tuple[Mistake, ...]:
        """All ways in which it is known to be written, its own first."""
        return (self, *self.also)


@functools.lru_cache(maxsize=8)
def load_mistakes(course: Course) -> tuple[Mistake, ...]:
    """All entries for the tasks of a course, in the order of its manifest.

    Entries of this repository for tasks that the course does not have are left out: a course may drop tasks. An extra's
    entries must belong to its tasks.

    Raises
    ------
    MistakesError
        When a field is missing or unknown, an id stands twice, or the text to replace is not in the reference.
    """
    tasks = {t.id: t for t in course.tasks if not t.model}
    found: dict[str, Mistake] = {}
    for path, entry in _tables(course):
        name = f"{path.name}, {entry.get('id', 'an entry without id')}"
        task = tasks.get(entry.get("task", ""))
        if task is None and path.parent == CATALOGUE:
            continue
        if task is None:
            raise MistakesError(f"{name}: task {entry.get('task')!r} is not in the manifest")
        mistake = _mistake(name, entry, course, task)
        if mistake.id in found:
            raise MistakesError(f"{name}: the id stands twice, rename one of the two")
        found[mistake.id] = mistake
    order = {task_id: i for i, task_id in enumerate(tasks)}
    return tuple(sorted(found.values(), key=lambda m: order[m.task]))


def _tables(course: Course) -> Iterator[tuple[Path, dict[str, Any]]]:
    for folder in (CATALOGUE, *(extra / "mistakes" for extra in course.extras)):
        for path in sorted(folder.glob("*.toml")):
            try:
                data = tomllib.loads(path.read_text(encoding="utf-8"))
            except tomllib.TOMLDecodeError as error:
                raise MistakesError(f"{path} is not TOML: {error}") from error
            for entry in data.get("mistake", []):
                yield path, entry


def _mistake(name: str, entry: dict[str, Any], course: Course, task: Task) -> Mistake:
    _require_fields(name, entry, REQUIRED, OPTIONAL)
    if not ID.fullmatch(entry["id"]) or not entry["id"].startswith(task.id + "-"):
        raise MistakesError(f"{name}: an id is {task.id}-, then lower-case words joined by hyphens")
    file, scope = _place(task, course)
    fields = {"file": file, "scope": scope, "book": task.book, **entry, "tags": tuple(entry.get("tags", ())), "also": ()}
    mistake = Mistake(**fields)
    if mistake.file not in course.editable:
        raise MistakesError(f"{name}: {mistake.file} is no editable file")
    mistake = replace(mistake, also=tuple(_forms(name, mistake, entry.get("also", ()))))
    source = course.reference(mistake.file).read_text(encoding="utf-8")
    for form in mistake.forms:
        try:
            substitute(source, form)
        except VariantError as error:
            raise MistakesError(f"{name.partition(', ')[0]}, {form.id}: {error}") from error
    return mistake


def _forms(name: str, mistake: Mistake, tables: list[dict[str, Any]]) -> Iterator[Mistake]:
    for number, table in enumerate(tables, start=2):
        _require_fields(f"{name}, form {number}", table, set(), set())
        made = {"old": "", "new": "", "code": "", **table}
        yield replace(mistake, **made, id=f"{mistake.id} ({number})")


def _require_fields(name: str, table: dict[str, Any], required: set[str], optional: set[str]) -> None:
    made = {"code"} if "code" in table else {"old", "new"}
    missing, unknown = (required | made) - table.keys(), table.keys() - required - optional - made - {"scope"}
    if missing or unknown:
        raise MistakesError(f"{name}: " + "; ".join(_sentences(missing, unknown)))


def _sentences(missing: set[str], unknown: set[str]) -> Iterator[str]:
    if missing:
        yield f"write {', '.join(sorted(missing))}"
    if unknown:
        yield f"nobody reads {', '.join(sorted(unknown))}"


def _place(task: Task, course: Course) -> tuple[str, str]:
    """File and qualified name of the first function of a task."""
    for file in course.editable:
        module = module_name(file) + "."
        if task.functions[0].startswith(module):
            return file, task.functions[0].removeprefix(module)
    raise MistakesError(f"{task.functions[0]} is in no editable file")
