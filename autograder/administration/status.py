"""What is waiting in a term: one look at every assignment, without grading and without importing nbgrader."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from autograder.collect import without_work
from autograder.collect.deliveries import collected_notes, read_time
from autograder.collect.roster import active_students, students_without_submission
from autograder.collect.unmatched import unread_files
from autograder.gradebook.mark_changes import Plan, plan_changes
from autograder.gradebook.marks import StudentMarks, marks_of_class
from autograder.manifest import Course
from autograder.plural import counted, word_for
from autograder.term.deadline_file import FILE, Deadlines, deadlines_of
from autograder.term.pin import differences
from autograder.term.published import published_marks, ways_published
from autograder.times import shown
from autograder.workspace.workspace import Workspace

MOST_NAMES = 5
CENT = 0.005


@dataclass(frozen=True)
class Waiting:
    """Something that is waiting for a person."""

    text: str
    next: str
    """The command to run next, without ``autograder``."""


@dataclass
class AssignmentStatus:
    """One assignment."""

    name: str
    facts: list[str] = field(default_factory=list)
    waiting: list[Waiting] = field(default_factory=list)


@dataclass
class Status:
    """The whole term."""

    assignments: list[AssignmentStatus] = field(default_factory=list)
    waiting: list[Waiting] = field(default_factory=list)
    """What concerns the whole term."""

    @property
    def all_waiting(self) -> list[Waiting]:
        """Everything that is waiting; the first comes next."""
        return [*self.waiting, *(w for a in self.assignments for w in a.waiting)]


def status(workspace: Workspace, course: Course) -> Status:
    """Look at everything.

    Raises
    ------
    WorkspaceError
        When a table that people edit cannot be read.
    """
    found = Status()
    if changed := differences(workspace, course):
        text = f"this checkout would grade differently from the version that graded the term so far: {'; '.join(changed)}"
        found.waiting.append(Waiting(text, "upgrade --dry-run"))
    deadlines, plan = deadlines_of(workspace), plan_changes(workspace, course)
    if plan.shown:
        text = f"{counted(len(plan.shown), 'mark does', 'marks do')} not follow {FILE}: {_names([c.student for c in plan.shown])}"
        found.waiting.append(Waiting(text, "deadlines"))
    if other := _other_deadlines(workspace, deadlines):
        text = f"the deadline in the gradebook differs from {FILE} for {', '.join(other)}; {FILE} counts"
        found.waiting.append(Waiting(text, "deadlines"))
    students = active_students(workspace)
    for a in course.assignments:
        found.assignments.append(_assignment(workspace, course, a.name, deadlines, students, plan))
    return found


def _assignment(workspace: Workspace, course: Course, name: str, deadlines: Deadlines, students: list[str], plan: Plan) -> AssignmentStatus:
    found = AssignmentStatus(name)
    if not workspace.released(name).is_dir():
        found.facts.append(f"not released (`autograder release {name}`)")
        return found
    due = deadlines.terms("", name).due
    past = due is not None and due < datetime.now(UTC).replace(tzinfo=None)
    handed_in = workspace.students(name)
    expected = [s for s in students if not deadlines.terms(s, name).excused]
    found.facts.append(f"due {shown(due, course.zone)}{' (past)' if past else ''}" if due else "no deadline")
    excused = len(students) - len(expected)
    found.facts.append(
        f"handed in {len(set(handed_in) & set(expected) or handed_in)} of {max(len(expected), len(handed_in))}"
        + (f", {excused} excused" if excused else "")
    )
    missing = students_without_submission(workspace, name)
    if past and missing:
        found.facts.append(f"nothing from {_names(missing)}")
    if past and missing and not handed_in:
        found.waiting.append(Waiting("the deadline has passed, and nothing has been collected", f"collect {name}"))
    _collected(workspace, name, found)
    marks = marks_of_class(workspace, name)
    _late(workspace, deadlines, name, handed_in, found)
    _graded(workspace, name, handed_in, marks, found, plan)
    return found


def _collected(workspace: Workspace, name: str, found: AssignmentStatus) -> None:
    if unread := unread_files(workspace, name):
        found.waiting.append(Waiting(f"{counted(len(unread), 'file')} unmatched: {_names([u.name for u in unread])}", f"collect {name}"))
    if empty := without_work.still_open(workspace, name):
        text = f"{counted(len(empty), 'hand-in holds', 'hand-ins hold')} nothing of the assignment: {_names([e.student for e in empty])}"
        found.waiting.append(Waiting(text, f"collect {name} --accept"))


def _late(workspace: Workspace, deadlines: Deadlines, name: str, handed_in: list[str], found: AssignmentStatus) -> None:
    """Who is late; and who is late according to the LMS, if the time is not known."""
    late = [s for s in handed_in if (t := read_time(workspace.submitted(s, name))) and (d := deadlines.terms(s, name).due) and t > d]
    said = [s for s in handed_in if read_time(workspace.submitted(s, name)) is None and collected_notes(workspace, s, name).get("late")]
    if late:
        found.facts.append(f"{len(late)} late")
    if said:
        found.facts.append(f"{len(said)} late according to the LMS, which gives no time; this costs nothing here: {_names(said)}")


def _graded(
    workspace: Workspace, name: str, handed_in: list[str], marks: dict[str, StudentMarks], found: AssignmentStatus, plan: Plan
) -> None:
    to_grade = [s for s in handed_in if not _is_graded(workspace, s, name)]
    if handed_in:
        found.facts.append(f"graded {len(handed_in) - len(to_grade)}")
    if to_grade:
        found.waiting.append(Waiting(f"{counted(len(to_grade), 'hand-in')} to grade: {_names(to_grade)}", f"grade {name}"))
    graded = {s: marks[s] for s in handed_in if s in marks}
    answers = sum(m.waiting for m in graded.values())
    if answers:
        found.waiting.append(Waiting(f"{counted(answers, 'answer')} unread", f"questions {name}"))
    given = published_marks(workspace, name, "feedback")
    without = [s for s in graded if s not in given]
    older = [s for s in graded if s in given and not _is_current(workspace, name, s, graded[s], given[s].total, given[s].recorded)]
    moving = {c.student for c in plan.shown}
    if without and given:
        found.waiting.append(Waiting(f"{counted(len(without), 'student')} without feedback: {_names(without)}", f"feedback {name}"))
    elif without and not answers and not to_grade:
        found.waiting.append(Waiting("marks are complete, but nobody has feedback yet", f"feedback {name}"))
    if older:
        text = f"feedback older than the marks: {_names(older)}"
        found.waiting.append(Waiting(text, f"feedback {name}" if not moving & set(older) else "deadlines"))
    elif given:
        found.facts.append(f"feedback given to {len(given)}")
    for way in ways_published(workspace, name):
        exported = published_marks(workspace, name, way) if way != "feedback" else {}
        if moved := [s for s in graded if s in exported and abs(graded[s].total - exported[s].total) >= CENT]:
            found.facts.append(f"marks changed since the {way}: {_names(moved)}")


def _is_graded(workspace: Workspace, student: str, assignment: str) -> bool:
    """Whether the gradebook has a result for the hand-in that counts now, as far as the notes of collection and grading say."""
    recorded = _recorded(workspace, student, assignment)
    digest = collected_notes(workspace, student, assignment).get("digest")
    return bool(recorded.get("key")) and digest in (None, (recorded.get("parts") or {}).get("submission"))


def _is_current(workspace: Workspace, assignment: str, student: str, marks: StudentMarks, total: float, recorded: str) -> bool:
    return abs(marks.total - total) < CENT and _recorded(workspace, student, assignment).get("key") == recorded


def _recorded(workspace: Workspace, student: str, assignment: str) -> dict[str, Any]:
    try:
        found = json.loads((workspace.results / "recorded" / assignment / f"{student}.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _other_deadlines(workspace: Workspace, deadlines: Deadlines) -> list[str]:
    """Assignments whose deadline in the gradebook was set elsewhere, for example in the formgrader."""
    if not workspace.gradebook.exists() or not deadlines.lines:
        return []
    with contextlib.closing(sqlite3.connect(workspace.gradebook, timeout=5)) as database:
        rows = database.execute("SELECT name, duedate FROM assignment").fetchall()
    stored = {name: datetime.fromisoformat(due) if due else None for name, due in rows}
    return [a for a in deadlines.assignments if a in stored and (due := deadlines.terms("", a).due) and stored[a] != due]


def _names(names: list[str]) -> str:
    some = ", ".join(names[:MOST_NAMES])
    more = len(names) - MOST_NAMES
    return f"{some} and {more} {word_for(more, 'other')}" if more > 0 else some
