"""What people have graded by hand: it needs another look only if the answer or the automatic score has changed since."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from nbformat.notebooknode import NotebookNode
from nbgrader.api import Grade
from nbgrader.utils import is_solution

from autograder.gradebook.graded_copy import answer_of, answers

CellGrades = dict[str, Grade]
"""Cell -> its row."""


class HandGrading:
    """Which cells of a submission a person has graded, for which automatic score and which answer.

    nbgrader's `SaveAutoGrades` (read for 0.9.6) asks for another look at every cell that has a score by hand, so this is noted
    before it runs.

    Parameters
    ----------
    grades : notebook -> cell -> row, from before the result is written.
    graded_copy : the copy that people saw.
    interrupted : ``by_hand`` (cell -> automatic score) and ``answers`` (cell -> text) that an earlier version of the autograder noted
        before it was killed in nbgrader's converter: the rows no longer show which cells were settled.
    """

    def __init__(self, grades: dict[str, CellGrades], graded_copy: Path, interrupted: dict[str, Any]) -> None:
        earlier: dict[str, float | None] = interrupted.get("by_hand", {})
        self._scores: dict[str, float | None] = {}
        for name, row in ((name, row) for rows in grades.values() for name, row in rows.items() if row.manual_score is not None):
            if not row.needs_manual_grade:
                self._scores[row.id] = row.auto_score
            elif name in earlier:
                self._scores[row.id] = earlier[name]
        self._answers = (interrupted.get("answers") or answers(graded_copy)) if self._scores else {}

    def spare_unchanged(self, notebook: NotebookNode, grades: CellGrades) -> None:
        """Ask for no further look at a cell whose automatic score and answer are unchanged."""
        for cell in notebook.cells:
            name = cell.metadata.get("nbgrader", {}).get("grade_id")
            grade = grades.get(name)
            if grade is None or grade.id not in self._scores:
                continue
            # None for students who answer in the package.
            answer = answer_of(cell) if is_solution(cell) else None
            if self._scores[grade.id] == grade.auto_score and self._answers.get(name) == answer:
                grade.needs_manual_grade = False
