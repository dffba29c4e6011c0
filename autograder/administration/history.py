"""What happened to one student: handed in, graded, changed, by whom, by which version; and how the present marks add up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, tzinfo

from autograder.administration.students import states
from autograder.manifest import Course
from autograder.questions.people import events_of
from autograder.term import journal
from autograder.times import shown
from autograder.titles import titles
from autograder.workspace.workspace import Workspace


@dataclass(frozen=True)
class HistoryLine:
    """One event."""

    at: str
    """In UTC, ISO 8601."""
    assignment: str
    text: str
    by: str
    version: str = ""

    def shown(self, zone: tzinfo) -> str:
        """For a terminal."""
        time = shown(datetime.fromisoformat(self.at).replace(tzinfo=None), zone)
        who = ", ".join(filter(None, [self.by, self.version]))
        return f"{time}  {f'{self.assignment}: ' if self.assignment else ''}{self.text}{f' [{who}]' if who else ''}"


def history(workspace: Workspace, course: Course, student: str, assignment: str | None = None) -> list[HistoryLine]:
    """Everything that is known about a student, oldest first, including what happened to the whole class.

    Parameters
    ----------
    assignment : leave out what concerns other assignments.
    """
    lines = [HistoryLine(e.at, e.assignment, e.text, e.by, e.version) for e in journal.events(workspace, student)]
    names = titles(course)
    for of, event in events_of(workspace, student):
        lines.append(HistoryLine(event.at, of, f"{event.kind}: answer to “{names.get(event.question, event.question)}”", event.grader))
    chosen = [line for line in lines if assignment is None or line.assignment in ("", assignment)]
    return sorted(chosen, key=lambda line: line.at)


def made_of(workspace: Workspace, course: Course, student: str) -> list[str]:
    """For each assignment that has a mark, how it adds up."""
    found = []
    for state in states(workspace, course, student):
        marks = state.marks
        if marks is None:
            continue
        tasks = {t.id for t in course.tasks_of(state.assignment)}
        by_hand = sum(c.score for name, c in marks.cells.items() if c.by_hand and name in tasks)
        checks = sum(c.score for name, c in marks.cells.items() if not c.by_hand and name in tasks)
        answers = marks.score - by_hand - checks
        parts = [f"{checks:g} from the checks", f"{answers:g} for answers"]
        parts += [f"{by_hand:g} for tasks by hand"] if by_hand else []
        parts += [f"-{marks.penalty:g} for being late"] if marks.penalty else []
        excused = "; excused, so it does not count" if state.standing.terms.excused else ""
        found.append(f"{state.assignment}: {marks.total:g} of {marks.max_score:g} = {' + '.join(parts).replace('+ -', '- ')}{excused}")
    return found


def add_note(workspace: Workspace, student: str, text: str, assignment: str = "") -> None:
    """Keep a note in a student's history, such as a request for another look and its outcome."""
    journal.write(workspace, [journal.Event("note", " ".join(text.split()), student, assignment)])
