"""One student: what is known, and changes of the class list. Only `autograder.administration.forgetting` deletes anything."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo

from autograder.collect.attempts import Attempt, attempts
from autograder.collect.people import DROPPED, STUDENT_ID, Person
from autograder.collect.roster import class_list, known_people, write_roster
from autograder.gradebook.late_penalties import standings_of
from autograder.gradebook.marks import StudentMarks, marks_of_class
from autograder.manifest import Course
from autograder.term import journal
from autograder.term.deadline_file import GROUP, deadlines_of, set_cells
from autograder.term.published import PublishedMark, published_marks
from autograder.term.standing import Standing
from autograder.times import shown
from autograder.workspace.workspace import Workspace, WorkspaceError


@dataclass(frozen=True)
class AssignmentState:
    """Where a student is with one assignment."""

    assignment: str
    standing: Standing
    attempts: list[Attempt]
    marks: StudentMarks | None
    published: PublishedMark | None
    partners: list[str]

    def lines(self, zone: tzinfo) -> list[str]:
        """The state in words, line by line."""
        return [*self._about_hand_in(zone), *self._about_marks(zone)]

    def _about_hand_in(self, zone: tzinfo) -> list[str]:
        standing, terms = self.standing, self.standing.terms
        due = shown(terms.due, zone) if terms.due else "no deadline"
        extended = f", extended from {shown(terms.class_due, zone)}" if terms.class_due and terms.due != terms.class_due else ""
        lines = [f"due {due}{extended}" + (f" ({terms.why})" if terms.why else "")]
        if terms.excused:
            lines.append("excused: nothing is expected, and it does not count")
        for attempt in self.attempts:
            when = shown(attempt.time, zone) if attempt.time else "at an unknown time"
            lines.append(
                f"handed in {when}{'' if attempt.holds_work else ', nothing of the assignment'}{', counts' if attempt.counts else ''}"
            )
        if not self.attempts and not terms.excused:
            lines.append("nothing handed in")
        if self.partners:
            lines.append(f"together with {', '.join(self.partners)}")
        if standing.late:
            lines.append(standing.late_text.removesuffix("."))
            if terms.tokens:
                lines.append(f"has {standing.tokens_text}")
        return lines

    def _about_marks(self, zone: tzinfo) -> list[str]:
        marks, published = self.marks, self.published
        if marks is None:
            return ["not graded"] if self.attempts else []
        penalty = f", with {marks.penalty:g} taken off for being late" if marks.penalty else ""
        waiting = f"; {marks.waiting} to be graded by hand" if marks.waiting else ""
        lines = [f"{marks.total:g} of {marks.max_score:g} points{penalty}{waiting}"]
        if published is not None:
            other = "" if abs(published.total - marks.total) < 0.005 else f", when it was {published.total:g}"
            at = shown(datetime.fromisoformat(published.at).astimezone(UTC).replace(tzinfo=None), zone)
            lines.append(f"published by {published.way} at {at}{other}")
        return lines


def require_student(workspace: Workspace, student: str) -> Person:
    """The student of that id.

    Raises
    ------
    WorkspaceError
        When there is none; the message names similar ones.
    """
    people = {p.id: p for p in known_people(workspace).people}
    if student in people:
        return people[student]
    if STUDENT_ID.fullmatch(student) and (workspace.root / "submitted" / student).is_dir():
        return Person(student)
    wanted = student.casefold()
    near = sorted(p.id for p in people.values() if wanted and wanted in f"{p.id} {p.first_name} {p.last_name} {p.email}".casefold())
    hint = f"; did you mean {', '.join(near[:5])}?" if near else ""
    raise WorkspaceError(f"nobody here has the id {student!r}{hint}")


def states(workspace: Workspace, course: Course, student: str) -> list[AssignmentState]:
    """Where a student is with every assignment."""
    deadlines = deadlines_of(workspace)
    found = standings_of(workspace, deadlines, student)
    return [
        AssignmentState(
            a.name,
            found[a.name],
            attempts(workspace, student, a.name),
            marks_of_class(workspace, a.name).get(student),
            published_marks(workspace, a.name).get(student),
            deadlines.groups.partners(student, a.name),
        )
        for a in course.assignments
    ]


def add(workspace: Workspace, person: Person) -> str:
    """Add somebody to the class list, or bring back somebody who was dropped; return what was done, in words.

    Raises
    ------
    WorkspaceError
        When the id cannot be used or is there already.
    """
    if not STUDENT_ID.fullmatch(person.id):
        raise WorkspaceError(f"{person.id!r} cannot be an id: use letters, digits and . @ _ + -, beginning with a letter or a digit")
    people = _listed(workspace)
    known = next((p for p in people if p.id.casefold() == person.id.casefold()), None)
    if known is not None and not known.dropped:
        raise WorkspaceError(f"{known.id} is on the class list already")
    if known is not None:
        back = replace(known, status="", **{f: v for f in ("first_name", "last_name", "email", "lms_user_id") if (v := getattr(person, f))})
        people[people.index(known)] = back
        moved = _move_back(workspace, known.id)
        said = f"{known.id} is in the class again" + (f", with what was handed in for {', '.join(moved)}" if moved else "")
    else:
        people.append(person)
        said = f"{person.id} is in the class"
    write_roster(workspace, people)
    _tell_gradebook(workspace, person)
    journal.write(workspace, [journal.Event("student", said, known.id if known else person.id)])
    return said


def drop(workspace: Workspace, student: str, why: str = "") -> str:
    """Drop a student from the class; hand-ins are kept below ``dropped/``, marks in the gradebook. Returns what was done, in words."""
    require_student(workspace, student)
    people = _listed(workspace)
    known = next((p for p in people if p.id == student), None)
    if known is not None and known.dropped:
        raise WorkspaceError(f"{student} was dropped already")
    if known is None:
        people.append(known := Person(student))
    people[people.index(known)] = replace(known, status=DROPPED)
    moved = []
    for folder in sorted((workspace.root / "submitted" / student).glob("*")):
        target = workspace.root / "dropped" / student / folder.name
        target.parent.mkdir(parents=True, exist_ok=True)
        os.rename(folder, target)
        moved.append(folder.name)
    write_roster(workspace, people)
    kept = f"; what was handed in for {', '.join(moved)} is kept in {workspace.root / 'dropped' / student}" if moved else ""
    journal.write(workspace, [journal.Event("student", f"dropped{f' ({why})' if why else ''}", student)])
    return f"{student} is dropped: no longer graded, counted or exported{kept}"


def _move_back(workspace: Workspace, student: str) -> list[str]:
    moved = []
    for folder in sorted((workspace.root / "dropped" / student).glob("*")):
        target = workspace.submitted(student, folder.name)
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            os.rename(folder, target)
            moved.append(folder.name)
    return moved


def _listed(workspace: Workspace) -> list[Person]:
    """The class list; if there is none, everybody who is known."""
    listed = class_list(workspace)
    return list(known_people(workspace).people) if listed is None else listed


def _tell_gradebook(workspace: Workspace, person: Person) -> None:
    from autograder.workspace import nbgrader_api  # takes seconds, and who only looks should not wait

    given: Mapping[str, str] = {f: v for f in ("first_name", "last_name", "email", "lms_user_id") if (v := getattr(person, f))}
    with nbgrader_api.gradebook(workspace) as book:
        book.update_or_create_student(person.id, **given)


def edit_deadlines(workspace: Workspace, who: str, assignment: str, cells: Mapping[str, str]) -> None:
    """Change a line of ``deadlines.csv``, and write that into the journal.

    Parameters
    ----------
    who : a student, ``group:NAME``, or empty for everybody.
    assignment : empty for all.
    """
    set_cells(workspace, assignment, who, cells)
    said = ", ".join(f"{column} {value or '(nothing)'}" for column, value in cells.items())
    student = "" if who.startswith(GROUP) else who
    text = f"deadlines.csv{f', {who}' if who and not student else ''}: {said}"
    journal.write(workspace, [journal.Event("deadlines", text, student, assignment)])


def time_cell(time: datetime) -> str:
    """A time, in UTC and without a zone, as ``deadlines.csv`` names an attempt."""
    return f"{time:%Y-%m-%d %H:%M:%S} UTC"
