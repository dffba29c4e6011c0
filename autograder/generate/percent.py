"""Reading a notebook source: jupytext percent, with the cell options this course knows."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from typing import Any

import jupytext

from autograder.generate.errors import GeneratorError
from autograder.generate.regions import BEGIN, END, find_regions, has_markers
from autograder.generate.stubs import display, read_text
from autograder.manifest import ID, Course, Notebook

# kind -> (cell type, what its value is)
KINDS = {
    "setup": ("code", "true"),
    "submit": ("code", "true"),
    "check": ("code", "the id of a task"),
    "solution": ("code", "an id"),
    "question": ("markdown", "the id of a question"),
    "instructor": ("markdown", "the id of a question"),
}
RECORDABLE = ("code", "solution", "check")
RECORDED = re.compile(r"\{\{\s*recorded:([^{}\s]*)\s*\}\}")
TIMED = re.compile(r"\{\{\s*time:([^{}\s]*)\s*\}\}")
IGNORED_OPTIONS = {"lines_to_next_cell"}  # jupytext's own note on blank lines


@dataclass(frozen=True)
class SourceCell:
    """A cell of a notebook source. ``kind`` is ``text``, ``code`` or a key of `KINDS`.

    ``record`` names what the cell prints, so that ``{{recorded:NAME}}`` can show it, and ``timed`` how long it takes, for
    ``{{time:NAME}}``; empty for most cells. ``exact`` says that a recorded cell depends on nothing that changes from run to
    run: ``"images"`` only on the images, ``"all"`` on nothing.
    """

    kind: str
    id: str
    source: str
    where: str
    tags: tuple[str, ...] = ()
    record: str = ""
    timed: str = ""
    exact: str = ""

    @property
    def cell_type(self) -> str:
        """``markdown`` or ``code``."""
        return "markdown" if self.kind == "text" else KINDS.get(self.kind, ("code",))[0]


def read_notebook(course: Course, notebook: Notebook) -> list[SourceCell]:
    """The cells of a notebook source.

    Raises
    ------
    GeneratorError
        When the source is missing, a cell option is unknown, or the cells do not fit the manifest: every task and
        question of the notebook has exactly one cell, every question exactly one rubric, and there are no other ids. Also when a
        recorded cell is not inserted anywhere, or when what is inserted is not a recorded cell.
    """
    name = display(course, notebook.source)
    text = read_text(course, notebook.source, "write it, or take the notebook out of the manifest")
    cells = [_cell(cell, f"{name}, cell {number}") for number, cell in enumerate(_split(text), start=1)]
    _match_manifest(course, notebook, name, cells)
    _match_records(cells)
    _match_times(cells)
    return cells


@functools.lru_cache(maxsize=32)
def _split(text: str) -> tuple[Any, ...]:
    """The cells of a percent script as jupytext finds them, which takes a third of a second. Callers must not change them."""
    return tuple(jupytext.reads(text, fmt="py:percent").cells)


def _cell(cell: Any, place: str) -> SourceCell:
    first = next((line for line in cell.source.split("\n") if line.strip()), "")
    where = f"{place} ({first.strip()[:60]!r})"
    if cell.cell_type not in ("code", "markdown"):
        raise GeneratorError(
            where, f"a {cell.cell_type} cell", "use '# %%' or '# %% [markdown]'; text before the first cell must be a YAML header"
        )
    options = {k: v for k, v in cell.metadata.items() if k not in IGNORED_OPTIONS}
    tags = options.pop("tags", [])
    if not isinstance(tags, list) or not all(isinstance(tag, str) for tag in tags):
        raise GeneratorError(where, f"tags={tags!r}", 'write tags=["name"]')
    record, timed, exact = options.pop("record", ""), options.pop("timed", ""), options.pop("exact", "")
    unknown = sorted(options.keys() - KINDS.keys())
    if unknown or len(options) > 1:
        known = ", ".join([*KINDS, "record", "exact", "timed", "tags"])
        raise GeneratorError(where, f"cell options {sorted(options)}", f"use at most one of {known}; a cell has no title")
    if not options:
        kind, item = ("code" if cell.cell_type == "code" else "text"), ""
    else:
        ((kind, value),) = options.items()
        cell_type, meaning = KINDS[kind]
        right = value is True if meaning == "true" else isinstance(value, str) and bool(value)
        if cell.cell_type != cell_type or not right:
            raise GeneratorError(
                where, f"{kind}={value!r} on a {cell.cell_type} cell", f"{kind} belongs on a {cell_type} cell and its value is {meaning}"
            )
        item = "" if meaning == "true" else value
    _check_markers(kind, cell.source, where)
    if record != "" and (kind not in RECORDABLE or not isinstance(record, str) or not ID.fullmatch(record)):
        raise GeneratorError(
            where, f"record={record!r} on a {kind} cell", "record names a code cell that prints, in lower-case words joined by hyphens"
        )
    if timed != "" and (kind not in RECORDABLE or not isinstance(timed, str) or not ID.fullmatch(timed)):
        raise GeneratorError(where, f"timed={timed!r} on a {kind} cell", "timed names a code cell, in lower-case words joined by hyphens")
    if exact not in ("", "all", "images") or (exact and not record):
        raise GeneratorError(where, f"exact={exact!r} on a {kind} cell", 'write exact="all" or exact="images", on a cell that is recorded')
    return SourceCell(kind, item, cell.source, where, tuple(tags), record, timed, exact)


def _check_markers(kind: str, source: str, where: str) -> None:
    if kind == "solution":
        if not find_regions(source, where):
            raise GeneratorError(where, "a solution cell without a solution", f"put its solution between {BEGIN} and {END}")
    elif has_markers(source):
        raise GeneratorError(where, f"a solution marker in a {kind} cell", 'only a cell with solution="id" holds solutions')


def _match_manifest(course: Course, notebook: Notebook, name: str, cells: list[SourceCell]) -> None:
    tasks = [t.id for t in course.tasks if t.notebook == notebook.name]
    questions = [q.id for q in course.questions if q.notebook == notebook.name]
    for kind, wanted in (("check", tasks), ("question", questions), ("instructor", questions)):
        for cell in cells:
            if cell.kind == kind and cell.id not in wanted:
                raise GeneratorError(
                    cell.where,
                    f"{kind}={cell.id!r}, which the manifest does not have in {notebook.name}",
                    "correct the id, or add the entry to the manifest",
                )
        for item in wanted:
            _exactly_one(name, f'a cell {kind}="{item}"', [c.where for c in cells if c.kind == kind and c.id == item])
    for kind in ("setup", "submit"):
        _exactly_one(name, f"a cell {kind}=true", [c.where for c in cells if c.kind == kind])
    ids = [c.id for c in cells if c.kind in ("check", "question", "solution")]
    for cell in cells:
        if cell.kind == "solution" and ids.count(cell.id) > 1:
            raise GeneratorError(cell.where, f"the id {cell.id!r} is used twice", "give every solution cell an id of its own")


def _match_records(cells: list[SourceCell]) -> None:
    """Require that every recorded cell has its own name and is shown, and that what is shown is recorded and is in the prose."""
    known: dict[str, str] = {}
    for cell in (c for c in cells if c.record):
        if cell.record in known:
            raise GeneratorError(cell.where, f"record={cell.record!r} is used twice", "give every recorded cell a name of its own")
        known[cell.record] = cell.where
    shown: set[str] = set()
    for cell in cells:
        for line in cell.source.split("\n"):
            for name in RECORDED.findall(line):
                if cell.kind != "text" or not RECORDED.fullmatch(line.strip()):
                    raise GeneratorError(
                        cell.where,
                        f"{{{{recorded:{name}}}}} in a {cell.kind} cell",
                        "put it on a line of its own in an ordinary markdown cell",
                    )
                if name not in known:
                    names = ", ".join(sorted(known)) or "none in this notebook"
                    raise GeneratorError(
                        cell.where, f"{{{{recorded:{name}}}}}, but no cell is recorded under that name", f"recorded: {names}"
                    )
                shown.add(name)
    for name, where in known.items():
        if name not in shown:
            raise GeneratorError(where, f"record={name!r} is shown nowhere", f"insert {{{{recorded:{name}}}}}, or drop the option")


def _match_times(cells: list[SourceCell]) -> None:
    """Require that every timed cell has its own name, and that its time is shown once, before it, on a line of its own."""
    timed = {cell.timed: number for number, cell in enumerate(cells) if cell.timed}
    if len(timed) < sum(bool(cell.timed) for cell in cells):
        raise GeneratorError(cells[0].where, "two timed cells have the same name", "give every timed cell a name of its own")
    said: dict[str, int] = {}
    for number, cell in enumerate(cells):
        for line in cell.source.split("\n"):
            for name in TIMED.findall(line):
                if cell.kind != "text" or not TIMED.fullmatch(line.strip()):
                    raise GeneratorError(cell.where, f"{{{{time:{name}}}}}", "put it on a line of its own in an ordinary markdown cell")
                said[name] = number
    for name in (*said, *timed):
        if name not in timed or name not in said or said[name] > timed[name]:
            where = cells[said.get(name, timed.get(name, 0))].where
            raise GeneratorError(where, f"the time of {name!r}", f'write timed="{name}" at a cell and {{{{time:{name}}}}} before it')


def _exactly_one(name: str, what: str, places: list[str]) -> None:
    if not places:
        raise GeneratorError(name, f"{what} is missing", "add it, or take the entry out of the manifest")
    if len(places) > 1:
        raise GeneratorError(places[1], f"{what} occurs twice", "keep one of them")
