"""What a grader clicks: items of the rubric, common wrong answers and comments of this class; and what follows from the clicks."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from sqlite3 import Row
from typing import Literal, get_args

import msgspec

from autograder.generate.rubric import AskedQuestion
from autograder.questions.state import State

Kind = Literal["item", "wrong", "comment"]
KINDS: tuple[Kind, ...] = get_args(Kind)
STEP = 6
"""Decimal places of points that count."""


class Click(msgspec.Struct, frozen=True):
    """Something that a grader ticks."""

    name: str
    kind: Kind
    points: float
    text: str
    """For graders."""
    told: str
    """What the student is told: if an item is missing, or if anything else is ticked."""
    changed: bool = False
    """Whether it differs from the course's rubric."""


class Marked(msgspec.Struct, frozen=True):
    """The result of a reading."""

    score: float
    comment: str


def clicks_of_course(question: AskedQuestion) -> list[Click]:
    """What the course's rubric contains."""
    items = [Click(name, "item", item.points, item.text, item.asks) for name, item in question.rubric.item.items()]
    return items + [Click(name, "wrong", 0.0, f"“{w.answer}” {w.why}", w.says) for name, w in question.rubric.wrong.items()]


def clicks(state: State, question: AskedQuestion) -> list[Click]:
    """The same as changed for this class, with what was added; items first."""
    rows = state.rows("SELECT * FROM item WHERE question = ? ORDER BY rowid", question.id)
    found = {click.name: click for click in clicks_of_course(question)}
    for row in rows:
        found.pop(row["name"], None) if row["gone"] else found.update({row["name"]: _of(row)})
    return sorted(found.values(), key=lambda click: KINDS.index(click.kind))


def _of(row: Row) -> Click:
    return msgspec.convert({key: row[key] for key in ("name", "kind", "points", "text", "told")} | {"changed": True}, Click)


def marked(known: Sequence[Click], ticked: Collection[str], comment: str, most: float) -> Marked:
    """The score of a reading, and what the student is told.

    Parameters
    ----------
    ticked : names; one that no longer exists does not count.
    comment : what the grader wrote in addition.
    most : the points of the question.
    """
    score = sum(click.points for click in known if click.name in ticked)
    # A missing item gives a question; everything else is told if it is ticked.
    told = [click.told for click in known if (click.kind == "item") != (click.name in ticked) and click.told]
    lines = [*told, *([comment.strip()] if comment.strip() else [])]
    text = lines[0] if len(lines) == 1 else "\n".join(f"- {line}" for line in lines)
    return Marked(round(min(max(score, 0.0), most), STEP), text)
