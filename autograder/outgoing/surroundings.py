"""What a feedback page says in addition to the result: what was handed in, what is in the gradebook, how notebooks were repaired."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from nbgrader.api import Comment, Grade, Gradebook

from autograder.collect.deliveries import holds_work, intake_notes, read_time
from autograder.given_module import given_module
from autograder.gradebook.late_penalties import standings_of
from autograder.gradebook.rows import rows_of
from autograder.intake.submission import submitted_files
from autograder.manifest import Course
from autograder.pages.excerpts import Excerpt, commented
from autograder.pages.losses import CellMark
from autograder.pages.source_lines import SourceText
from autograder.pages.student import Answer, HandedIn, Surroundings, Total
from autograder.plural import counted, in_words, word_for
from autograder.questions.line_comments import LineComment, line_comments, places_now
from autograder.results.documents import Document
from autograder.term.deadline_file import deadlines_of
from autograder.times import shown
from autograder.workspace.workspace import Workspace

NO_RESPONSE = "No response."
"""nbgrader's comment on an answer that was not changed."""
MISSING = " was missing"
MANY = 3
"""From this number on, missing cells are counted instead of listed."""
Notes = Mapping[str, Sequence[str]]
"""Notebook -> how it was repaired before it could be graded."""


@dataclass(frozen=True)
class Held:
    """What the gradebook has for a student's submission."""

    total: Total
    marks: dict[str, CellMark]
    answers: list[Answer]


def held_in_gradebook(book: Gradebook, course: Course, assignment: str, student: str) -> Held:
    """The marks, and the comments that people wrote in the formgrader."""
    submission = book.find_submission(assignment, student)
    penalty = submission.late_submission_penalty or 0.0
    tasks = {task.id for task in course.tasks_of(assignment)}
    answers = {q.id: Answer(q.id, q.notebook, q.points) for q in course.questions_of(assignment)}
    marks: dict[str, CellMark] = {}
    rows, remarks = (rows_of(book, kind, submission, maxima=True) for kind in (Grade, Comment))
    for notebook, grades in rows.items():
        for cell, grade in grades.items():
            said = remarks.get(notebook, {}).get(cell)
            comment = said.comment or "" if said else ""
            if cell in tasks:
                by_hand = grade.manual_score is not None or bool(grade.extra_credit)
                marks[cell] = CellMark(grade.score, grade.max_score, by_hand, comment)
            elif cell in answers and not grade.needs_manual_grade:
                answers[cell] = Answer(cell, notebook, grade.max_score, grade.score, comment)
    # As `export` writes it.
    total = Total(round(max(0.0, submission.score - penalty), 2), submission.max_score, round(penalty, 2))
    return Held(total, marks, list(answers.values()))


def surroundings(
    workspace: Workspace, course: Course, assignment: str, student: str, document: Document, held: Held, pages: Mapping[str, str]
) -> Surroundings:
    """What the page of one student says in addition to the result.

    Parameters
    ----------
    pages : notebook -> address of its page.
    """
    repaired = notes_on_notebooks(workspace, course, assignment, student)
    refused, noted = intake_notes(workspace, student, assignment)
    titles = {n.name: n.title for n in course.notebooks}
    files = submitted_files(workspace.submitted(student, assignment), course)
    sources = {name: SourceText(data) for name in course.editable if (data := files.get(f"coursenn/{name}"))}
    said = line_comments(workspace, assignment, student)
    places = places_now(said, sources)
    return Surroundings(
        handed_in=handed_in(workspace, course, assignment, student, files),
        total=held.total,
        marks=held.marks,
        answers=held.answers,
        alerts=why_no_response(titles, held.answers, repaired),
        notes=[
            *(f"not accepted: {text}" for text in (*refused, *document.get("refused", []))),
            *dict.fromkeys([*noted, *document.get("notes", [])]),
            *(f"{titles[name]}: {note}" for name, notes in repaired.items() for note in _summed_up(notes)),
        ],
        sources=sources,
        commented=_commented([c for c in said if places[c.id] is not None], places, sources),
        commented_before=[(c.source.strip(), c.comment) for c in said if places[c.id] is None],
        notebooks=pages,
    )


def _commented(said: Sequence[LineComment], places: Mapping[str, int | None], sources: Mapping[str, SourceText]) -> list[Excerpt]:
    """The functions with comments by graders, each comment at its line."""
    found: dict[tuple[str, str], dict[int, list[str]]] = {}
    for comment in said:
        lines = found.setdefault((comment.file, comment.function), {})
        lines.setdefault(places[comment.id] or comment.line, []).append(comment.comment)
    return [commented(sources[file], file, function, lines) for (file, function), lines in found.items()]


def handed_in(workspace: Workspace, course: Course, assignment: str, student: str, files: Mapping[str, bytes]) -> HandedIn:
    """When it was handed in, which attempt it is and its receipt, as far as these are known."""
    time = read_time(workspace.submitted(student, assignment))
    kept = [p for p in (workspace.earlier / student / assignment).glob("*") if p.is_dir() and p.name != "refused" and holds_work(p)]
    times = [read_time(folder) for folder in kept]
    later = sum(other is not None and time is not None and other > time for other in times)
    # The receipt that `coursenn.submit` printed, if it packed what was handed in.
    receipt = given_module("_receipt").receipt(files) if files else ""
    deadlines = deadlines_of(workspace, course)
    standing = standings_of(workspace, deadlines, student)[assignment].sentences(course.zone) if deadlines.lines else []
    partners = deadlines.groups.partners(student, assignment)
    if partners:
        standing.append(f"Handed in together with {', '.join(partners)}.")
    return HandedIn(shown(time, course.zone) if time else "", len(kept) + 1 - later, len(kept) + 1, receipt, standing)


def notes_on_notebooks(workspace: Workspace, course: Course, assignment: str, student: str) -> dict[str, list[str]]:
    """The repairs of each notebook that needed any before it could be graded."""
    folder = workspace.autograded(student, assignment)
    found = {name: _notes_in(folder / f"{name}.ipynb") for name in course.assignment(assignment).notebooks}
    return {name: notes for name, notes in found.items() if notes}


def _notes_in(path: Path) -> list[str]:
    if not path.is_file():
        return []
    # The graded copy is ours; nbformat would look through all of its cells first.
    metadata = json.loads(path.read_text(encoding="utf-8"))["metadata"]
    return [str(note) for note in metadata.get("coursenn", {}).get("notes", [])]


def _summed_up(notes: Sequence[str]) -> list[str]:
    """Notes on a notebook, with many missing cells in one note."""
    missing = [note for note in notes if note.startswith("the cell ") and MISSING in note]
    if len(missing) < MANY:
        return list(notes)
    return [*(n for n in notes if n not in missing), f"{counted(len(missing), 'cell')} were missing; the released ones are used instead"]


def why_no_response(titles: Mapping[str, str], answers: Sequence[Answer], repaired: Notes) -> list[str]:
    """A sentence for each notebook in which answers were not found because something had happened to it."""
    found = []
    for name, notes in repaired.items():
        empty = sum(a.notebook == name and a.comment == NO_RESPONSE for a in answers)
        whole = [note for note in notes if not note.startswith("the cell ")]
        missing = sum(MISSING in note for note in notes)
        reasons = whole or ([f"{counted(missing, 'cell')} of the notebook {word_for(missing, 'was', 'were')} missing"] if missing else [])
        if empty and reasons:
            some = f"{in_words(empty).capitalize()} {word_for(empty, 'answer')} in “{titles[name]}”"
            found.append(f"{some} {word_for(empty, 'reads', 'read')} “No response”: {'; '.join(reasons)}.")
    return found
