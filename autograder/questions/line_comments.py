"""Comments on lines of a student's functions: feedback shows them at that line, even if it has moved since."""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping, Sequence
from contextlib import closing

import msgspec

from autograder.pages.source_lines import SourceText, shown
from autograder.questions.state import State, database_path
from autograder.workspace.workspace import Workspace

MOST_CHARACTERS = 2_000


class LineComment(msgspec.Struct, frozen=True):
    """What a grader says about a line."""

    id: str
    student: str
    task: str
    file: str
    function: str
    line: int
    source: str
    """The text of the line, by which it is found again."""
    comment: str
    grader: str
    at: float


def comment_line(state: State, comment: LineComment) -> LineComment:
    """Save a comment; an empty one removes the comment with the same id."""
    kept = msgspec.structs.replace(comment, id=comment.id or uuid.uuid4().hex, comment=comment.comment[:MOST_CHARACTERS], at=time.time())
    with state.change() as change:
        change.execute("DELETE FROM line_comment WHERE id = ?", (kept.id,))
        if kept.comment.strip():
            change.execute("INSERT INTO line_comment VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", tuple(msgspec.structs.astuple(kept)))
    return kept


def comments_on(state: State, student: str, task: str | None = None) -> list[LineComment]:
    """The comments on a student's code, of one task or of all."""
    only, values = ("", (student,)) if task is None else (" AND task = ?", (student, task))
    rows = state.rows(f"SELECT * FROM line_comment WHERE student = ?{only} ORDER BY file, line, at", *values)
    return [msgspec.convert(dict(row), LineComment) for row in rows]


def line_comments(workspace: Workspace, assignment: str, student: str) -> list[LineComment]:
    """The same, for the feedback; empty if nobody has used the application."""
    path = database_path(workspace, assignment)
    if not path.is_file():
        return []
    with closing(State(path)) as state:
        return comments_on(state, student)


def places_now(comments: Sequence[LineComment], sources: Mapping[str, SourceText]) -> dict[str, int | None]:
    """Where the lines are now: id of a comment -> number, None for a line that no longer exists."""
    return {c.id: _place_now(c, sources.get(c.file)) for c in comments}


def _place_now(comment: LineComment, source: SourceText | None) -> int | None:
    if source is None:
        return None
    wanted = comment.source.strip()
    definition = source.definition(comment.function) if comment.function else None
    first, last = (definition.first, definition.last) if definition else (1, len(source.lines))
    same = [n for n in range(first, min(last, len(source.lines)) + 1) if shown(source.lines[n - 1]).strip() == wanted]
    return min(same, key=lambda n: abs(n - comment.line)) if same and wanted else None
