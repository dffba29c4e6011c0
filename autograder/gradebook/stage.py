"""What nbgrader runs in place of `Execute`: scores from the engine, written into the graded cells."""

from __future__ import annotations

import shutil
from functools import lru_cache
from pathlib import Path
from typing import Any

from nbformat.notebooknode import NotebookNode
from nbgrader import utils
from nbgrader.api import Gradebook
from nbgrader.preprocessors import NbGraderPreprocessor, SaveAutoGrades
from traitlets import Unicode

from autograder.collect.deliveries import collected_notes
from autograder.gradebook import nodes
from autograder.manifest import Course
from autograder.pages.sanitize import plain
from autograder.pages.words import VERDICTS
from autograder.results.documents import Document
from autograder.results.store import Results
from autograder.workspace.workspace import Workspace, WorkspaceError, existing_workspace

BANNER_ID = "grader-notes"
BANNER = (
    "**From the grader.** This notebook was not executed. The outputs of graded cells were written by the grader; "
    "all other outputs are shown as they were handed in and are not verified."
)


class GradeStage(NbGraderPreprocessor):  # type: ignore[misc]
    """Replace the outputs of every graded cell by score and messages; nothing that a student wrote is executed here."""

    workspace = Unicode("", help="The folder of the workspace.").tag(config=True)

    def preprocess(self, nb: NotebookNode, resources: dict[str, Any]) -> tuple[NotebookNode, dict[str, Any]]:
        """Score one notebook of one submission."""
        info = resources["nbgrader"]
        workspace = existing_workspace(self.workspace or Path.cwd())
        results = Results(workspace, workspace.course())
        _, document = results.ensure(info["student"], info["assignment"])
        shown = document_of_notebook(workspace, results.course, info["student"], info["assignment"], info["notebook"], document)
        score_notebook(nb, shown, {t.id for t in results.course.tasks})
        return nb, resources


class SaveScores(SaveAutoGrades):  # type: ignore[misc]
    """nbgrader's `SaveAutoGrades` in one transaction for each notebook: its own commits after every cell, and each waits for the disk."""

    def preprocess(self, nb: NotebookNode, resources: dict[str, Any]) -> tuple[NotebookNode, dict[str, Any]]:
        """Save the scores and comments of one notebook."""
        info = resources["nbgrader"]
        self.notebook_id, self.assignment_id, self.student_id = info["notebook"], info["assignment"], info["student"]
        with Gradebook(info["db_url"]) as self.gradebook:
            commit = self.gradebook.db.commit
            self.gradebook.db.commit = self.gradebook.db.flush
            for index, cell in enumerate(nb.cells):
                nb.cells[index], resources = self.preprocess_cell(cell, resources, index)
            commit()
        return nb, resources


def document_of_notebook(
    workspace: Workspace, course: Course, student: str, assignment: str, notebook: str, document: Document
) -> Document:
    """A result as one of its notebooks shows it: addresses to read at, what was refused, and the notes that are about it."""
    refused = collected_notes(workspace, student, assignment).get("refused", [])
    # The result names a page and an anchor; a student gets an address.
    tasks = [{**task, "see": task.get("see") and course.book_place(task["see"])} for task in document["tasks"]]
    elsewhere = {task["id"] for task in document["tasks"] if task["notebook"] != notebook}
    notes = [note for note in document.get("notes", []) if note.partition(":")[0] not in elsewhere]
    return {**document, "tasks": tasks, "notes": notes, "refused": [*refused, *document.get("refused", [])]}


def score_notebook(nb: NotebookNode, document: Document, task_ids: set[str]) -> None:
    """Write a result document into the graded code cells of a notebook, and the notes about it above its first cell.

    Raises
    ------
    WorkspaceError
        When a graded cell belongs to a task that the document does not hold: a mark must never be made up.
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
        cell.outputs = outputs(task, document, points)
        cell.execution_count = None
    notes = [*nb.metadata.get("coursenn", {}).get("notes", []), *document_notes(document)]
    nb.metadata.pop("coursenn", None)
    if not any(cell.get("id") == BANNER_ID for cell in nb.cells):
        text = "\n".join([BANNER, "", *(f"- {markdown_text(note)}" for note in notes)]).strip()
        nb.cells.insert(0, nodes.markdown_cell(text, id=BANNER_ID))


def document_notes(document: Document) -> list[str]:
    """What a student and a grader should know of the submission as a whole."""
    notes = [f"not taken: {text}" for text in document.get("refused", [])] + list(document.get("notes", []))
    if document["status"] != "graded":
        notes.insert(0, f"this submission could not be graded: {document.get('reason') or 'no reason given'}")
    return [plain(note, 500) for note in notes[:50]]


def markdown_text(text: str) -> str:
    """Text that markdown shows as it is, on one line: file names come from students."""
    escaped = "".join("\\" + c if c in "\\`*_{}[]()#+!|$~" else c for c in " ".join(text.split()))
    # An address would become a link of its own.
    return escaped.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("://", "&#58;//")


def outputs(task: Document | None, document: Document, points: float) -> list[NotebookNode]:
    """The outputs of a graded cell: the score, which `SaveAutoGrades` reads, and what to read about it."""
    score = 0.0 if task is None else min(max(float(task["score"]), 0.0), points)
    if task is not None and task["max_score"]:
        # Points may have been changed since the result was made; what was earned is a share of them.
        score = min(max(float(task["score"]) / float(task["max_score"]), 0.0), 1.0) * points
    result = nodes.shown({"text/plain": repr(round(score, 6))}, "execute_result", execution_count=None)
    return [result, nodes.stream(explain(task, document, score, points))]


def explain(task: Document | None, document: Document, score: float, points: float) -> str:
    """The verdict of a task in words for a student."""
    if task is None:
        return f"not graded: {plain(document.get('reason') or 'no reason given', 500)}\n"
    lines = [f"{task['id']}: {VERDICTS.get(task['verdict'], task['verdict'])}, {score:g} of {points:g} points"]
    for check in sorted(task.get("checks", []), key=lambda c: not c["passed"]):
        message = f": {plain(check['message'], 600)}" if check.get("message") and not check["passed"] else ""
        lines.append(f"  {'ok  ' if check['passed'] else 'NOT '} {plain(check['name'], 200)}{message}")
    if task.get("hint"):
        lines += [f"  Hint: {plain(line, 600)}" for line in task["hint"].split("\n")]
    if task.get("see"):
        lines.append(f"  See: {plain(task['see'], 300)}")
    return "\n".join(lines) + "\n"


def released_notebook(root: Path, assignment: str, notebook: str) -> NotebookNode:
    """The notebook as students got it, with nbgrader's metadata."""
    for step in ("release", "source"):
        path = root / step / assignment / f"{notebook}.ipynb"
        if path.is_file():
            return nodes.node(_read(path, path.stat().st_mtime_ns))
    raise WorkspaceError(f"{notebook} of {assignment} is not released here: run `autograder release {assignment}` first")


@lru_cache(maxsize=32)
def _read(path: Path, _changed: int) -> NotebookNode:
    return nodes.read(path)


def before_autograde(assignment: str, student: str, notebooks: list[str]) -> None:
    """nbgrader's hook before a submission is graded: name the notebooks that are missing, put stubs where files are.

    nbgrader hands over the list it is going to work through, so appending to it makes the missing notebooks part of the
    submission; `RepairingExporter` reads them as not handed in.
    """
    del assignment, student  # nbgrader passes what was asked for, which may be a pattern; the paths say what this one is
    if not notebooks:
        return
    folder = Path(notebooks[0]).absolute().parent
    workspace = existing_workspace(folder.parents[2])
    course = workspace.course()
    released = course.assignment(folder.name).notebooks
    for name in released:
        path = str(Path(notebooks[0]).with_name(f"{name}.ipynb"))
        if path not in notebooks:
            notebooks.append(path)
    put_stubs(workspace, course, folder)


def put_stubs(workspace: Workspace, course: Course, submitted: Path) -> None:
    """Put released stubs into the graded copy for files that were not handed in: nbgrader does not fill those in."""
    target = workspace.autograded(submitted.parent.name, submitted.name)
    for name in course.editable:
        stub = workspace.source(submitted.name) / "coursenn" / name
        if not (submitted / "coursenn" / name).is_file() and stub.is_file():
            (target / "coursenn" / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(stub, target / "coursenn" / name)
