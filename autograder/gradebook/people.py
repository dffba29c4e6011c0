"""Give a student in a gradebook file, the present one or a backup, another id, or remove the student with everything they have.

nbgrader 0.9.6 can remove a student but not rename one, and does not know of backups. Tables as in its `nbgrader/api.py`.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from autograder.workspace.workspace import WorkspaceError

_NOTEBOOKS = """
SELECT submitted_notebook.id FROM submitted_notebook
JOIN submitted_assignment ON submitted_assignment.id = submitted_notebook.assignment_id
WHERE submitted_assignment.student_id = ?
"""
_OF_ONE = "submitted_assignment.student_id = ? AND submitted_assignment.assignment_id IN (SELECT id FROM assignment WHERE name = ?)"


def has_student(gradebook: Path, student: str) -> bool:
    """Whether a gradebook knows a student."""
    with _opened(gradebook) as database:
        return database.execute("SELECT 1 FROM student WHERE id = ?", (student,)).fetchone() is not None


def rename_student(gradebook: Path, old: str, new: str) -> None:
    """Give a student another id.

    Raises
    ------
    WorkspaceError
        When somebody already has it.
    """
    if has_student(gradebook, new):
        raise WorkspaceError(f"{new} is already in the gradebook: two students cannot be merged")
    with _opened(gradebook) as database, database:
        database.execute("UPDATE student SET id = ? WHERE id = ?", (new, old))
        database.execute("UPDATE submitted_assignment SET student_id = ? WHERE student_id = ?", (new, old))


def remove_student(gradebook: Path, student: str) -> bool:
    """Remove a student, and overwrite the rows on disk; return whether there was one."""
    if not has_student(gradebook, student):
        return False
    with _opened(gradebook) as database:
        database.execute("PRAGMA secure_delete = ON")
        with database:
            for table in ("grade", "comment"):
                database.execute(f"DELETE FROM {table} WHERE notebook_id IN ({_NOTEBOOKS})", (student,))
            database.execute(f"DELETE FROM submitted_notebook WHERE id IN ({_NOTEBOOKS})", (student,))
            database.execute("DELETE FROM submitted_assignment WHERE student_id = ?", (student,))
            database.execute("DELETE FROM student WHERE id = ?", (student,))
        database.execute("VACUUM")
    return True


def remove_submission(gradebook: Path, student: str, assignment: str) -> bool:
    """Remove what a gradebook has for one submission; return whether there was anything."""
    of_one = f"SELECT submitted_assignment.id FROM submitted_assignment WHERE {_OF_ONE}"
    with _opened(gradebook) as database, database:
        notebooks = f"SELECT id FROM submitted_notebook WHERE assignment_id IN ({of_one})"
        for table in ("grade", "comment"):
            database.execute(f"DELETE FROM {table} WHERE notebook_id IN ({notebooks})", (student, assignment))
        database.execute(f"DELETE FROM submitted_notebook WHERE assignment_id IN ({of_one})", (student, assignment))
        return database.execute(f"DELETE FROM submitted_assignment WHERE id IN ({of_one})", (student, assignment)).rowcount > 0


@contextlib.contextmanager
def _opened(gradebook: Path) -> Iterator[sqlite3.Connection]:
    try:
        with contextlib.closing(sqlite3.connect(gradebook, timeout=5)) as database:
            yield database
    except sqlite3.Error as error:
        raise WorkspaceError(
            f"{gradebook} could not be changed ({error}): close other programs that use it, then run this again"
        ) from error
