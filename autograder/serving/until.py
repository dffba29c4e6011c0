"""Until when early answers are given: for each student until their deadline in ``deadlines.csv``."""

from __future__ import annotations

from datetime import UTC, datetime

from autograder.collect.roster import active_students, dropped_students
from autograder.term.deadline_file import GROUP, deadlines_of
from autograder.workspace.workspace import Workspace


class AnswerTimes:
    """The deadlines of one assignment in the present file.

    Raises
    ------
    WorkspaceError
        When the file cannot be read.
    """

    def __init__(self, workspace: Workspace, assignment: str) -> None:
        self.workspace, self.assignment = workspace, assignment
        self.deadlines = deadlines_of(workspace)

    def of(self, student: str) -> datetime | None:
        """The deadline of a student, including extensions; None if there is none. Late days are spent later and do not move it."""
        due = self.deadlines.terms(student, self.assignment).due
        return None if due is None else due.replace(tzinfo=UTC)

    def is_open(self, student: str, now: datetime) -> bool:
        """Whether a student still gets early answers."""
        return (due := self.of(student)) is None or now <= due

    def later(self, now: datetime) -> list[str] | None:
        """Those who still get answers after the deadline of the class; None if it has not passed."""
        if self.is_open("", now):
            return None
        return [s for s in self._everybody() if self.is_open(s, now) and not self.deadlines.terms(s, self.assignment).excused]

    def _everybody(self) -> list[str]:
        """Everybody whose deadline may differ from that of the class."""
        lines, groups = self.deadlines.lines, self.deadlines.groups.lines
        named = {line.who for line in lines if line.who and not line.who.startswith(GROUP)} | {m.student for m in groups}
        known = {*active_students(self.workspace), *self.workspace.students(self.assignment), *named}
        return sorted(known - dropped_students(self.workspace))
