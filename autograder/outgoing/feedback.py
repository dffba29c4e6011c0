"""`feedback`: nbgrader's pages for students, looked through before they go out."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from pathlib import Path

from nbgrader.api import Gradebook
from nbgrader.apps.api import NbGraderAPI

from autograder.collect.deliveries import collected_notes
from autograder.manifest import Course
from autograder.outgoing.leaks import leaks
from autograder.pages.student import NAME, Answer, feedback_page
from autograder.results.store import Results
from autograder.workspace import nbgrader_api
from autograder.workspace.obstacles import obstacle
from autograder.workspace.workspace import Workspace, WorkspaceError

Progress = Callable[[int, int, str], None]

FETCHING = ("timestamp.txt", "submission_secret.txt")


@dataclass
class Feedback:
    """Who got feedback, how, and who did not."""

    written: list[str] = field(default_factory=list)
    released: list[str] = field(default_factory=list)
    """Those who can fetch it from nbgrader's exchange; the others handed in another way."""
    failures: dict[str, str] = field(default_factory=dict)
    unexplained: list[str] = field(default_factory=list)
    """Those whose result is not found, as after a change of the course: they have nbgrader's pages and none that sums up."""
    waiting: dict[str, int] = field(default_factory=dict)
    """Student -> answers that nobody has graded yet."""


def feedback(
    workspace: Workspace, course: Course, assignment: str, *, only: Collection[str] = (), progress: Progress | None = None
) -> Feedback:
    """Write the feedback pages of everybody who is graded, and release them through the exchange where students can fetch them.

    Parameters
    ----------
    only : students; everybody by default.
    progress : called with how many are done, how many there are, and who is next.
    """
    course.assignment(assignment)
    students = [s for s in _graded(workspace, assignment) if not only or s in only]
    if not students:
        raise WorkspaceError(f"nobody's {assignment} is graded in {workspace.root}: run `autograder grade {assignment}` first")
    done = Feedback()
    with workspace.writing("feedback"):
        api = nbgrader_api.api(workspace)
        with nbgrader_api.gradebook(workspace) as book:
            read = {student: answers(book, course, assignment, student) for student in students}
        results = Results(workspace, course)
        for n, student in enumerate(students):
            if progress:
                progress(n, len(students), student)
            try:
                _give(results, api, assignment, student, read[student], done)
            except WorkspaceError:
                raise
            except Exception as error:
                if isinstance(error, OSError) and (found := obstacle(workspace, error)):
                    raise found from error
                # Whatever it is about this one, the others get their feedback; what nobody has looked through stays here.
                done.failures[student] = f"not released, for its pages could not be looked through: {type(error).__name__}: {error}"
                _withhold(workspace, assignment, student)
        done.waiting = {s: count for s in done.written if (count := sum(answer.waiting for answer in read[s]))}
    return done


def _give(results: Results, api: NbGraderAPI, assignment: str, student: str, read: list[Answer], done: Feedback) -> None:
    """Write, look through and release the pages of one student."""
    workspace, course = results.workspace, results.course
    outcome = nbgrader_api.run(workspace, "generate_feedback", lambda: api.generate_feedback(assignment, student, force=True))
    folder = workspace.feedback(student, assignment)
    _pages_only(folder)
    if not outcome["success"]:
        done.failures[student] = nbgrader_api.last_words(outcome)
        return
    explained = _own_page(results, student, assignment, read)
    if found := leaks(course, folder, workspace.seed(), own=workspace.submitted(student, assignment)):
        done.failures[student] = "not released, for it shows what students must not see: " + "; ".join(found[:3])
        _withhold(workspace, assignment, student)
    else:
        done.written.append(student)
        if _fetchable(folder):
            nbgrader_api.run_or_raise(workspace, "release_feedback", lambda: api.release_feedback(assignment, student))
            done.released.append(student)
    if not explained:
        done.unexplained.append(student)


def _withhold(workspace: Workspace, assignment: str, student: str) -> None:
    if (folder := workspace.feedback(student, assignment)).exists():
        workspace.set_aside(folder, f"feedback/{student}/{assignment}")


def answers(book: Gradebook, course: Course, assignment: str, student: str) -> list[Answer]:
    """A student's answers to the questions of an assignment, as far as people have graded them."""
    found = {q.id: Answer(q.id, q.notebook, q.points) for q in course.questions_of(assignment)}
    for notebook in book.find_submission(assignment, student).notebooks:
        comments = {c.name: c.comment or "" for c in notebook.comments}
        for grade in notebook.grades:
            if grade.name in found and not grade.needs_manual_grade:
                found[grade.name] = Answer(grade.name, notebook.name, grade.max_score, grade.score, comments.get(grade.name, ""))
    return list(found.values())


def _own_page(results: Results, student: str, assignment: str, read: list[Answer]) -> bool:
    """Write the page that sums up the whole assignment beside nbgrader's pages of the notebooks; False without a result."""
    document = results.load(results.key(student, assignment))
    if document is None:
        return False
    refused = collected_notes(results.workspace, student, assignment).get("refused", [])
    notes = [f"not taken: {text}" for text in (*refused, *document.get("refused", []))] + list(document.get("notes", []))
    folder = results.workspace.feedback(student, assignment)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / NAME).write_text(feedback_page(results.course, student, document, read, notes), encoding="utf-8")
    return True


def _graded(workspace: Workspace, assignment: str) -> list[str]:
    return sorted(p.parent.name for p in workspace.root.glob(f"autograded/*/{assignment}") if p.is_dir())


def _pages_only(folder: Path) -> None:
    """Take away the copies of the student's files that nbgrader puts beside the pages: they have them, and feedback is to read."""
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_dir() and not path.is_symlink():
            if not any(path.iterdir()):
                path.rmdir()
        elif path.suffix != ".html" and path.name not in FETCHING:
            path.unlink()


def _fetchable(folder: Path) -> bool:
    """Whether nbgrader can give the pages back: it needs the time and the secret that its own submit writes."""
    return all((folder / name).is_file() for name in FETCHING)
