"""`feedback`: nbgrader's pages for students, looked through before they go out."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from pathlib import Path

from autograder.bridge import nbg
from autograder.bridge.leaks import leaks
from autograder.bridge.workspace import Workspace, WorkspaceError
from autograder.course import Course

Progress = Callable[[int, int, str], None]

FETCHING = ("timestamp.txt", "submission_secret.txt")


@dataclass
class Feedback:
    """Who got feedback, how, and who did not."""

    written: list[str] = field(default_factory=list)
    released: list[str] = field(default_factory=list)
    """Those who can fetch it from nbgrader's exchange; the others handed in another way."""
    failures: dict[str, str] = field(default_factory=dict)
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
        api = nbg.api(workspace)
        for n, student in enumerate(students):
            if progress:
                progress(n, len(students), student)
            outcome = nbg.run(workspace, "generate_feedback", lambda s=student: api.generate_feedback(assignment, s, force=True))  # type: ignore[misc]
            folder = workspace.feedback(student, assignment)
            _pages_only(folder)
            if not outcome["success"]:
                done.failures[student] = nbg.last_words(outcome)
            elif found := leaks(course, folder, workspace.seed(), own=workspace.submitted(student, assignment)):
                done.failures[student] = "not released, for it shows what students must not see: " + "; ".join(found[:3])
                workspace.set_aside(folder, f"feedback/{student}/{assignment}")
            else:
                done.written.append(student)
                if _fetchable(folder):
                    nbg.must(workspace, "release_feedback", lambda s=student: api.release_feedback(assignment, s))  # type: ignore[misc]
                    done.released.append(student)
        with nbg.gradebook(workspace) as book:
            for student in done.written:
                count = sum(g.needs_manual_grade for n in book.find_submission(assignment, student).notebooks for g in n.grades)
                if count:
                    done.waiting[student] = count
    return done


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
