"""The answers of a question as a table for other programs."""

from __future__ import annotations

import csv
import io

from autograder.questions.desk import Desk
from autograder.questions.items import clicks, marked
from autograder.questions.readings import counting, readings

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""A spreadsheet program would read a text that begins like this as a formula."""


def answers_csv(desk: Desk, question: str, *, named: bool = False) -> str:
    """One row for each student who wrote something, in an order that reveals nothing.

    Parameters
    ----------
    named : give the students' ids in place of pseudonyms.
    """
    asked = desk.questions[question]
    known = clicks(desk.state, asked)
    read, several = counting(desk.state, question), readings(desk.state, question)
    outside = {row["student"]: row["score"] for row in desk.state.rows("SELECT student, score FROM outside WHERE question = ?", question)}
    rows = []
    for row in desk.state.rows("SELECT student, digest FROM answer WHERE question = ?", question):
        student, digest = row["student"], row["digest"]
        reading = read.get(digest)
        mark = marked(known, set(reading.marks), reading.comment, asked.points) if reading else None
        ticked = [c.text for c in known if reading and c.name in reading.marks]
        score = outside.get(student, mark.score if mark else "")
        rows.append(
            {
                "student": student if named else desk.answers.pseudonym("student", student),
                "answer": desk.answers.pseudonym(question, digest),
                "text": desk.answers.source(digest),
                "score": score,
                "of": asked.points,
                "given": "; ".join(ticked),
                "told": mark.comment if mark else "",
                "read_by": "formgrader" if student in outside else "; ".join(r.grader for r in several.get(digest, [])),
            }
        )
    text = io.StringIO()
    columns = ("student", "answer", "text", "score", "of", "given", "told", "read_by")
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    for found in sorted(rows, key=lambda r: str(r["student"])):
        writer.writerow({key: _as_text(value) for key, value in found.items()})
    return text.getvalue()


def _as_text(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
