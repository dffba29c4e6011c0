"""A graded class whose answers nobody has read, written without nbgrader and the engine: 1,000 students take seconds."""

from __future__ import annotations

import contextlib
import json
import sqlite3
import uuid
from collections.abc import Mapping
from typing import Any

from autograder.workspace.workspace import Workspace

Given = Mapping[str, Mapping[str, str]]
"""Student -> question -> answer; all other questions are untouched."""
FILLED_IN = "SELECT id FROM base_cell WHERE notebook_id = ? AND id IN (SELECT id FROM solution_cells)"
LAYERS = """import numpy as np


def relu_forward(x):
    out = np.maximum(x, 0)
    return out, x


def relu_backward(dout, cache):
    return dout * (cache > 0)
"""


def answered_class(workspace: Workspace, given: Given, assignment: str = "first") -> None:
    """Write the graded copies and the gradebook's rows of students with these answers to a released assignment."""
    for student, answers in given.items():
        write_copies(workspace, student, answers, assignment)
        folder = workspace.submitted(student, assignment) / "coursenn"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "layers.py").write_text(LAYERS)
    with contextlib.closing(sqlite3.connect(workspace.gradebook)) as database, database:
        _write_rows(database, given, assignment)


def write_copies(workspace: Workspace, student: str, answers: Mapping[str, str], assignment: str = "first") -> None:
    """The graded copies of one student."""
    folder = workspace.autograded(student, assignment)
    folder.mkdir(parents=True, exist_ok=True)
    for path in sorted(workspace.released(assignment).glob("*.ipynb")):
        document = _released(str(path))
        for cell in document["cells"]:
            name = cell["metadata"].get("nbgrader", {}).get("grade_id")
            if name in answers:
                cell["source"] = answers[name]
        (folder / path.name).write_text(json.dumps(document))


def _released(path: str) -> dict[str, Any]:
    with open(path) as file:
        found: dict[str, Any] = json.load(file)
    return found


def _write_rows(database: sqlite3.Connection, given: Given, assignment: str) -> None:
    (key,) = database.execute("SELECT id FROM assignment WHERE name = ?", (assignment,)).fetchone()
    notebooks = database.execute("SELECT id, name FROM notebook WHERE assignment_id = ?", (key,)).fetchall()
    cells = "SELECT b.id, b.name FROM base_cell b WHERE b.notebook_id = ? AND b.id IN (SELECT id FROM grade_cells)"
    for student, answers in given.items():
        submission = uuid.uuid4().hex
        database.execute("INSERT OR IGNORE INTO student (id, lms_user_id) VALUES (?, NULL)", (student,))
        database.execute("INSERT INTO submitted_assignment (id, assignment_id, student_id) VALUES (?, ?, ?)", (submission, key, student))
        for notebook, _ in notebooks:
            submitted = uuid.uuid4().hex
            columns = "(id, notebook_id, assignment_id, flagged)"
            database.execute(f"INSERT INTO submitted_notebook {columns} VALUES (?, ?, ?, 0)", (submitted, notebook, submission))
            for cell, name in database.execute(cells, (notebook,)).fetchall():
                waits = name in answers
                row = (uuid.uuid4().hex, submitted, cell, None if waits else 0.0, waits)
                database.execute("INSERT INTO grade (id, notebook_id, cell_id, auto_score, needs_manual_grade) VALUES (?, ?, ?, ?, ?)", row)
            # nbgrader has two entries for a cell that is graded and filled in; the comment belongs to the second one.
            for (cell,) in database.execute(FILLED_IN, (notebook,)).fetchall():
                database.execute("INSERT INTO comment (id, notebook_id, cell_id) VALUES (?, ?, ?)", (uuid.uuid4().hex, submitted, cell))


def varied_answers(count: int, questions: list[str]) -> dict[str, dict[str, str]]:
    """Answers of a class: most of them different, some the same, some empty, some untouched."""
    found: dict[str, dict[str, str]] = {}
    for n in range(count):
        answers = {}
        for k, question in enumerate(questions):
            kind = (7 * n + 3 * k) % 10
            if kind == 0:
                continue
            text = f"Answer {n} to {question}: the factor is ${n}/{k + 1}$, because the factors *multiply*. "
            text += "The table shows this. " * (n % 5)
            answers[question] = {1: "  \n", 2: "I do not know.", 3: "I  do not\nknow. "}.get(kind, text)
        found[f"student{n:04d}"] = answers
    return found
