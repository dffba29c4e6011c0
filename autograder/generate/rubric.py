"""How an answer is graded, as data: what earns points, which wrong answers are common, and what students are told about them."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from autograder.checked_data import DataError, Table, checked
from autograder.generate.errors import GeneratorError
from autograder.generate.tasks import number
from autograder.manifest import ID
from autograder.plural import counted


class Item(Table, frozen=True):
    """A part of an answer that earns points."""

    points: float
    text: str
    """What the answer must say. For graders."""
    asks: str = ""
    """A question that helps a student whose answer does not say it. Gives nothing away."""


class WrongAnswer(Table, frozen=True):
    """A common wrong answer. It costs no points itself; missing items do."""

    answer: str
    why: str
    """What is wrong with it. For graders."""
    says: str = ""
    """A sentence for a student who wrote it. Gives nothing away."""


class Rubric(Table, frozen=True):
    """The rubric of a question, as in its cell of the notebook source. It never leaves the instructor's repository."""

    item: dict[str, Item]
    wrong: dict[str, WrongAnswer] = msgspec.field(default_factory=dict)
    note: str = ""
    """What applies to all items."""


class AskedQuestion(msgspec.Struct, frozen=True):
    """A question of a notebook with everything that a grader needs."""

    id: str
    notebook: str
    points: float
    answer: str
    """The model answer, in markdown."""
    rubric: Rubric
    title: str = ""
    prompt: str = ""
    """What is asked: the section above the answer cell, in markdown."""


def read_rubric(source: str, where: str, points: float) -> Rubric:
    """The rubric in a cell.

    Parameters
    ----------
    source : TOML, with a table ``[item.NAME]`` for each item and ``[wrong.NAME]`` for each common wrong answer.
    where : what an error message calls the cell.
    points : of the question; the points of the items must add up to this.

    Raises
    ------
    GeneratorError
        When it is something else.
    """
    try:
        rubric = checked(_on_one_line(tomllib.loads(source)), Rubric)
    except tomllib.TOMLDecodeError as error:
        raise GeneratorError(where, f"the rubric is not TOML: {error}", "see CONTRIBUTING.md, the table of cells") from error
    except DataError as error:
        raise GeneratorError(where, str(error), "an item has points, text and asks; a wrong answer has answer, why and says") from error
    names = [*rubric.item, *rubric.wrong]
    if odd := [name for name in names if not ID.fullmatch(name)] or sorted({name for name in names if names.count(name) > 1}):
        raise GeneratorError(where, f"the name {odd[0]!r}", "names are lower-case words joined by hyphens, each used once in a rubric")
    total = sum(item.points for item in rubric.item.values())
    if round(total - points, 6) or any(item.points <= 0 for item in rubric.item.values()):
        have = f"the items have {number(total)} of {counted(points, 'point')}"
        raise GeneratorError(where, have, "make them add up to the points of the question in the manifest, each more than 0")
    return rubric


def private_texts(source: str) -> Iterator[str]:
    """The texts in a rubric's cell that are only for graders, with the line ends of the source; all of it if it is not TOML."""
    try:
        found = tomllib.loads(source)
    except tomllib.TOMLDecodeError:
        yield source
        return
    yield str(found.get("note", ""))
    for kind in ("item", "wrong"):
        tables = found.get(kind)
        for table in tables.values() if isinstance(tables, dict) else ():
            for key in ("text", "answer", "why"):
                if isinstance(table, dict) and isinstance(text := table.get(key), str):
                    yield text


def rubric_markdown(question: AskedQuestion) -> str:
    """The rubric as a grader reads it on a page."""
    lines = [question.rubric.note, ""] if question.rubric.note else []
    lines += [f"- **{number(item.points)}**: {item.text}" for item in question.rubric.item.values()]
    if question.rubric.wrong:
        lines += ["", "Common wrong answers:", ""]
        lines += [f"- “{wrong.answer}” {wrong.why}" for wrong in question.rubric.wrong.values()]
    return "\n".join(lines)


def _on_one_line(value: Any) -> Any:
    """Texts without the line ends of the source."""
    if isinstance(value, str):
        return " ".join(value.split())
    return {key: _on_one_line(inner) for key, inner in value.items()} if isinstance(value, Mapping) else value
