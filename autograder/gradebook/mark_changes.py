"""Marks that do not follow ``deadlines.csv`` yet: found without grading, shown first, then brought up to date."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

from autograder.collect.attempts import Attempt, another_attempt, settle
from autograder.collect.deliveries import read_time
from autograder.gradebook.late_penalties import enter_extension, enter_penalty, governs, spread
from autograder.gradebook.marks import StudentMarks, marks_of_class
from autograder.manifest import Course
from autograder.results.documents import Document
from autograder.results.store import Results
from autograder.term import journal
from autograder.term.deadline_file import Deadlines, deadlines_of
from autograder.term.standing import NEVER, Standing, standings
from autograder.times import shown
from autograder.workspace.workspace import Workspace

CENT = 0.005


@dataclass(frozen=True)
class Change:
    """What changes for one student in one assignment."""

    student: str
    assignment: str
    standing: Standing
    """The new penalty."""
    attempt: Attempt | None
    """The attempt that counts instead of the present one; None if the same one counts."""
    document: Document | None
    """The result of that attempt, if it has been graded."""
    before: float | None
    """The mark; None when there is none yet."""
    after: float | None
    """None if the other attempt must be graded first."""
    penalty_before: float
    penalty: float
    extension_only: bool = False
    """Whether only nbgrader's extension changes."""

    def text(self, deadlines: Deadlines) -> str:
        """The change in words, without the student."""
        parts = []
        if self.attempt is not None and self.attempt.time is not None:
            parts.append(f"the attempt of {shown(self.attempt.time, deadlines.zone)} counts")
        if abs(self.penalty - self.penalty_before) >= CENT:
            parts.append(f"late penalty {self.penalty_before:g} -> {round(self.penalty, 2):g}")
        if self.after is None:
            parts.append("must be graded")
        elif self.before is not None and abs(self.before - self.after) >= CENT:
            parts.append(f"mark {self.before:g} -> {self.after:g}")
        return ", ".join(parts) or "nbgrader's extension"


@dataclass
class Plan:
    """All changes, and what they were computed from."""

    deadlines: Deadlines
    changes: list[Change] = field(default_factory=list)
    due: dict[str, datetime] = field(default_factory=dict)
    """Assignment -> deadline of the class, if the gradebook has another."""

    @property
    def shown(self) -> list[Change]:
        """The changes that somebody should look at."""
        return [c for c in self.changes if not c.extension_only]

    @property
    def to_grade(self) -> list[Change]:
        """The changes whose other attempt was never graded."""
        return [c for c in self.changes if c.after is None]


def plan_changes(workspace: Workspace, course: Course, only: Collection[str] = (), *, attempts: bool = True) -> Plan:
    """Compare the gradebook with ``deadlines.csv``.

    Parameters
    ----------
    only : students; everybody by default.
    attempts : whether another attempt may count; otherwise only late penalties are compared.
    """
    plan = Plan(deadlines_of(workspace))
    if not plan.deadlines.lines:
        return plan
    marks = {a.name: marks_of_class(workspace, a.name) for a in course.assignments}
    people = {s for known in marks.values() for s in known} | {s for a in marks for s in workspace.students(a)}
    results = Results(workspace, course)
    for student in sorted(p for p in people if not only or p in only):
        others = {a: _other_attempt(workspace, plan.deadlines, student, a) if attempts else None for a in marks}
        times = {a: o.time if (o := others[a]) else read_time(workspace.submitted(student, a)) for a in marks}
        for assignment, standing in standings(plan.deadlines, student, times).items():
            held = marks[assignment].get(student)
            # Marks of dropped students stay as they are.
            if not workspace.submitted(student, assignment).is_dir() or (held is None and others[assignment] is None):
                continue
            change = _change(
                results, student, assignment, standing, others[assignment], held, governs(workspace, plan.deadlines, assignment)
            )
            plan.changes += [change] if change else []
    return plan


def _other_attempt(workspace: Workspace, deadlines: Deadlines, student: str, assignment: str) -> Attempt | None:
    if not workspace.submitted(student, assignment).is_dir():
        return None
    return another_attempt(workspace, deadlines, student, assignment)


def _change(
    results: Results, student: str, assignment: str, standing: Standing, other: Attempt | None, held: StudentMarks | None, governed: bool
) -> Change | None:
    document = None
    if other is not None:
        document = results.load(results.result_key(student, assignment, other.folder).key)
    if held is None:
        return Change(student, assignment, standing, other, document, None, document["score"] if document else None, 0.0, 0.0)
    notebooks = held.by_notebook()
    if document is not None:
        # Scores given by people stay until they grade again; the scores of tasks are known.
        for task in document["tasks"]:
            cell = held.cells.get(task["id"])
            if cell is not None and not cell.by_hand:
                score, most = notebooks[cell.notebook]
                notebooks[cell.notebook] = score + task["score"] - cell.score, most
    penalty = sum(spread(standing, notebooks).values()) if governed else held.penalty
    after = round(max(0.0, sum(s for s, _ in notebooks.values()) - penalty), 2)
    if other is not None:
        return Change(student, assignment, standing, other, document, held.total, after if document else None, held.penalty, penalty)
    if abs(penalty - held.penalty) >= CENT:
        return Change(student, assignment, standing, None, None, held.total, after, held.penalty, penalty)
    wanted = standing.extension if standing.extension > NEVER else None
    if wanted != held.extension:
        return Change(student, assignment, standing, None, None, held.total, after, held.penalty, penalty, extension_only=True)
    return None


def apply_changes(workspace: Workspace, course: Course, plan: Plan, why: str) -> None:
    """Bring the marks up to date and write each change into the journal. Nobody else may write the workspace in the meantime.

    Parameters
    ----------
    why : what caused the change, for the journal, such as ``the extension of jdoe``.
    """
    from autograder.gradebook.recorder import Recorder  # nbgrader takes seconds, for which a command that only looks should not wait

    results = Results(workspace, course)
    recorder = Recorder(results)
    events = []
    try:
        for change in plan.changes:
            if change.attempt is not None:
                settle(workspace, plan.deadlines, change.student, change.assignment)
                if change.document is not None:
                    key = results.result_key(change.student, change.assignment)
                    recorder.record(change.student, change.assignment, key.key, change.document, key.parts)
    finally:
        recorder.close()
    _enter(workspace, course, plan)
    for change in plan.shown:
        data = {"before": change.before, "after": change.after}
        text = f"{change.text(plan.deadlines)} ({why})"
        events.append(journal.Event("marks", text, change.student, change.assignment, data=data))
    journal.write(workspace, events)


def _enter(workspace: Workspace, course: Course, plan: Plan) -> None:
    """Enter penalties, extensions and deadlines, in one transaction."""
    wanted = {(c.student, c.assignment): c.standing for c in plan.changes if c.before is not None}
    dues = {a: t.due for a in plan.deadlines.assignments if (t := plan.deadlines.terms("", a)).due is not None}
    if not workspace.gradebook.exists() or not (wanted or dues):
        return
    from autograder.gradebook.rows import GradebookConnection

    fresh = {a: marks_of_class(workspace, a) for a in {a for _, a in wanted}}
    connection = GradebookConnection(workspace, course.name)
    try:
        with connection.transaction() as transaction:
            book = transaction.book
            known = {a.name: a for a in book.assignments}
            for name, due in dues.items():
                if name in known and known[name].duedate != due:
                    known[name].duedate = due
            for (student, assignment), standing in wanted.items():
                submission = book.find_submission(assignment, student)
                if governs(workspace, plan.deadlines, assignment):
                    enter_penalty(submission, standing, fresh[assignment][student].by_notebook())
                else:
                    enter_extension(submission, standing)
    finally:
        connection.close()


def bring_up_to_date(workspace: Workspace, course: Course, why: str) -> list[Change]:
    """Adapt late penalties to scores that people have given since; return the changes. The attempts that count stay.

    Nobody else may write the workspace in the meantime.
    """
    plan = plan_changes(workspace, course, attempts=False)
    if plan.changes:
        apply_changes(workspace, course, plan, why)
    return plan.shown
