"""Writes scores and messages of the engine into the graded cells, in place of what a student's notebook shows there."""

from __future__ import annotations

from nbformat.notebooknode import NotebookNode
from nbgrader import utils

from autograder.book_sections import book_reference
from autograder.collect.deliveries import intake_notes
from autograder.gradebook import nodes
from autograder.manifest import Course
from autograder.pages.sanitize import plain
from autograder.plural import counted
from autograder.results.documents import Document
from autograder.titles import full_titles, titles, with_titles
from autograder.verdicts import WORDS
from autograder.workspace.workspace import Workspace, WorkspaceError

BANNER_ID = "grader-notes"
BANNER = (
    "**From the grader.** This notebook was not executed. The outputs of graded cells were written by the grader; "
    "all other outputs are shown as they were handed in and are not verified."
)


def document_of_notebook(
    workspace: Workspace, course: Course, student: str, assignment: str, notebook: str, document: Document
) -> Document:
    """A result as one of its notebooks shows it: addresses to read, what was refused, and the notes that concern it."""
    refused, noted = intake_notes(workspace, student, assignment)
    # The result has ids, a page and an anchor; people read titles, and an address if there is one.
    names = titles(course)
    tasks = [{**task, "title": names[task["id"]], "see": _where_to_read(course, task.get("see"))} for task in document["tasks"]]
    elsewhere = {task["id"] for task in document["tasks"] if task["notebook"] != notebook}
    full = full_titles(course)
    notes = [with_titles(note, full) for note in document.get("notes", []) if note.partition(":")[0] not in elsewhere]
    return {**document, "tasks": tasks, "notes": [*noted, *notes], "refused": [*refused, *document.get("refused", [])]}


def _where_to_read(course: Course, place: str | None) -> str:
    return (course.book_url(place) or f"the book: {book_reference(course, place)}") if place else ""


def score_notebook(nb: NotebookNode, document: Document, task_ids: set[str]) -> None:
    """Write a result document into the graded code cells of a notebook, and the notes about it above its first cell.

    Raises
    ------
    WorkspaceError
        When a graded cell belongs to a task that is not in the document: a mark must never be made up.
    """
    tasks = {task["id"]: task for task in document["tasks"]}
    for cell in nb.cells:
        if cell.cell_type != "code" or not utils.is_grade(cell) or utils.is_solution(cell):
            continue
        grade_id = cell.metadata.nbgrader["grade_id"]
        task = tasks.get(grade_id)
        if task is None and (document["status"] == "graded" or grade_id not in task_ids):
            raise WorkspaceError(
                f"the result holds no task {grade_id}: release the assignment again after changing the manifest, then grade it again"
            )
        points = float(cell.metadata.nbgrader["points"])
        cell.outputs = score_outputs(task, document, points)
        cell.execution_count = None
    # Notes on repairs stay in its metadata, from which feedback says why an answer was not found.
    notes = [*nb.metadata.get("coursenn", {}).get("notes", []), *document_notes(document)]
    if not any(cell.get("id") == BANNER_ID for cell in nb.cells):
        text = "\n".join([BANNER, "", *(f"- {markdown_text(note)}" for note in notes)]).strip()
        nb.cells.insert(0, nodes.markdown_cell(text, id=BANNER_ID))


def document_notes(document: Document) -> list[str]:
    """What a student and a grader should know about the submission as a whole."""
    notes = [f"not accepted: {text}" for text in document.get("refused", [])] + list(document.get("notes", []))
    if document["status"] != "graded":
        notes.insert(0, f"this submission could not be graded: {document.get('reason') or 'no reason given'}")
    return [plain(note, 500) for note in notes[:50]]


def markdown_text(text: str) -> str:
    """Text that markdown shows unchanged, on one line: file names come from students."""
    escaped = "".join("\\" + c if c in "\\`*_{}[]()#+!|$~" else c for c in " ".join(text.split()))
    # An address would become a link.
    return escaped.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("://", "&#58;//")


def score_outputs(task: Document | None, document: Document, points: float) -> list[NotebookNode]:
    """The outputs of a graded cell: the score, and the text about it.

    nbgrader's `SaveAutoGrades` takes the score from the ``execute_result`` (`determine_grade` in nbgrader 0.9.6, `utils.py`).
    """
    score = 0.0 if task is None else min(max(float(task["score"]), 0.0), points)
    if task is not None and task["max_score"]:
        # Points may have changed since the result was made; the score is a share of them.
        score = min(max(float(task["score"]) / float(task["max_score"]), 0.0), 1.0) * points
    result = nodes.display_output({"text/plain": repr(round(score, 6))}, "execute_result", execution_count=None)
    return [result, nodes.stream(explain_verdict(task, document, score, points))]


def explain_verdict(task: Document | None, document: Document, score: float, points: float) -> str:
    """The verdict of a task in words for a student."""
    if task is None:
        return f"not graded: {plain(document.get('reason') or 'no reason given', 500)}\n"
    lines = [f"{task['title']}, {task['function']}: {WORDS[task['verdict']]}, {score:g} of {counted(points, 'point')}"]
    for check in sorted(task.get("checks", []), key=lambda c: not c["passed"]):
        message = f": {plain(check['message'], 600)}" if check.get("message") and not check["passed"] else ""
        lines.append(f"  {'ok  ' if check['passed'] else 'NOT '} {plain(check['name'], 200)}{message}")
    if task.get("hint"):
        lines += [f"  Hint: {plain(line, 600)}" for line in task["hint"].split("\n")]
    if task.get("see"):
        lines.append(f"  See: {plain(task['see'], 300)}")
    return "\n".join(lines) + "\n"
