"""`feedback`: pages for students, searched for secrets before they go out."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from pathlib import Path

from autograder.gradebook.mark_changes import Change, bring_up_to_date
from autograder.intake.digest import BOOKKEEPING
from autograder.manifest import Course, load_course
from autograder.outgoing.graded import graded_students, processes_for
from autograder.outgoing.leaks import leaks
from autograder.outgoing.surroundings import Held, held_in_gradebook, surroundings
from autograder.pages.joined import joined
from autograder.pages.student import FEEDBACK_PAGE, feedback_page
from autograder.paths import write_atomically
from autograder.processes import spread
from autograder.results.store import Results
from autograder.term import journal
from autograder.term.published import remember_published
from autograder.workspace import nbgrader_api
from autograder.workspace.obstacles import obstacle
from autograder.workspace.workspace import Workspace, WorkspaceError


@dataclass
class FeedbackReport:
    """Who got feedback, how, and who did not."""

    written: list[str] = field(default_factory=list)
    released: list[str] = field(default_factory=list)
    """Those who can fetch it from nbgrader's exchange; the others handed in another way."""
    failures: dict[str, str] = field(default_factory=dict)
    unexplained: list[str] = field(default_factory=list)
    """Those whose result is not found, for example after a change of the course: they get no summary page."""
    waiting: dict[str, int] = field(default_factory=dict)
    """Student -> answers that nobody has graded yet."""
    changed: list[Change] = field(default_factory=list)
    """Late penalties that were brought up to date with scores by hand, or ``deadlines.csv``, before anything was written."""


def feedback(
    workspace: Workspace,
    course: Course,
    assignment: str,
    *,
    only: Collection[str] = (),
    progress: Callable[[int, int, str], None] | None = None,
) -> FeedbackReport:
    """Write the feedback pages of everybody who is graded, and release them through the exchange to students who can fetch them.

    Parameters
    ----------
    only : students; everybody by default.
    progress : called with how many are done, how many there are, and who is next.

    Raises
    ------
    WorkspaceError
        When nobody is graded, or an error concerns everybody. Errors that concern one student are in the report.
    """
    course.assignment(assignment)
    students = [s for s in graded_students(workspace, assignment) if not only or s in only]
    if not students:
        raise WorkspaceError(f"no submission of {assignment} is graded in {workspace.root}: run `autograder grade {assignment}` first")
    report = FeedbackReport()
    with workspace.writing("feedback"):
        report.changed = bring_up_to_date(workspace, course, "before feedback")
        desk = _Desk(workspace, course, assignment)
        held: dict[str, Held] = {}
        for n, (student, written) in enumerate(_all_written(desk, students, held)):
            if progress:
                progress(n, len(students), student)
            desk.release(student, written, report)
        report.written.sort()
        report.released.sort()
        _remember(desk.results, assignment, {s: held[s].total.score for s in report.written})
        report.waiting = {s: count for s in report.written if (count := sum(answer.waiting for answer in held[s].answers))}
    return report


def _remember(results: Results, assignment: str, totals: Mapping[str, float]) -> None:
    """Remember which marks were published, and write it into the journal."""
    workspace = results.workspace
    given = {s: (total, str(results.recorded(s, assignment).get("key") or "")) for s, total in totals.items()}
    new = remember_published(workspace, assignment, "feedback", given)
    journal.write(workspace, [journal.Event("feedback", f"feedback with {totals[s]:g} points", s, assignment) for s in new])


@dataclass(frozen=True)
class _Written:
    """The outcome of writing the pages of one student."""

    failure: str = ""
    explained: bool = True


class _Desk:
    """Writes the feedback of one assignment."""

    def __init__(self, workspace: Workspace, course: Course, assignment: str) -> None:
        self.workspace, self.course, self.assignment = workspace, course, assignment
        self.api = nbgrader_api.api(workspace)
        # So that the student's own files are not copied: nbgrader compares the name of each with these patterns.
        self.api.coursedir.ignore = ["*"]
        self.results = Results(workspace, course)

    def write(self, student: str, held: Held) -> _Written:
        """Write and search the pages of one student; an error in them does not affect other students."""
        try:
            return self._write(student, held)
        except WorkspaceError:
            raise
        except Exception as error:
            if isinstance(error, OSError) and (found := obstacle(self.workspace, error)):
                raise found from error
            # Pages that were not searched are not released.
            _withhold(self.workspace, self.assignment, student)
            return _Written(f"not released, because its pages could not be searched: {type(error).__name__}: {error}")

    def _write(self, student: str, held: Held) -> _Written:
        workspace, assignment = self.workspace, self.assignment
        outcome = nbgrader_api.run(workspace, "generate_feedback", lambda: self.api.generate_feedback(assignment, student, force=True))
        folder = workspace.feedback(student, assignment)
        _remove_all_but_pages(folder)
        if not outcome["success"]:
            return _Written(nbgrader_api.last_words(outcome))
        _copy_bookkeeping(workspace.autograded(student, assignment), folder)
        explained = _write_summary_page(self.results, student, assignment, held)
        if explained and _can_be_fetched(folder):
            _put_summary_into_first_page(self.course, assignment, folder)
        if found := leaks(self.course, folder, workspace.seed(), own=workspace.submitted(student, assignment)):
            _withhold(workspace, assignment, student)
            return _Written("not released, because it shows what students must not see: " + "; ".join(found[:3]), explained)
        return _Written(explained=explained)

    def release(self, student: str, written: _Written, report: FeedbackReport) -> None:
        """Release the pages of one student through the exchange if they can be fetched there, and enter the outcome into the report."""
        if written.failure:
            report.failures[student] = written.failure
        else:
            report.written.append(student)
            if _can_be_fetched(self.workspace.feedback(student, self.assignment)):
                verb = "release_feedback"
                nbgrader_api.run_or_raise(self.workspace, verb, lambda: self.api.release_feedback(self.assignment, student))
                report.released.append(student)
        if not written.explained:
            report.unexplained.append(student)


def _all_written(desk: _Desk, students: Sequence[str], held: dict[str, Held]) -> Iterator[tuple[str, _Written]]:
    """Everybody's pages, as they are written: one student after another, or in several processes if that is faster.

    Parameters
    ----------
    held : filled with what the gradebook has for each student.
    """
    processes = processes_for(len(students))
    if processes < 2:
        held.update(_all_held(desk, students))
        yield from ((student, desk.write(student, found)) for student, found in held.items())
        return
    known = desk.workspace, desk.course.path, desk.assignment
    # The first pages are written while the gradebook is still being read for the last.
    for (student, found), future in spread(_write_here, _all_held(desk, students), processes, __name__, _open_here, *known):
        held[student] = found
        try:
            yield student, future.result()
        except BrokenProcessPool as error:
            raise WorkspaceError("a process that wrote feedback ended unexpectedly: run the command again") from error


def _all_held(desk: _Desk, students: Sequence[str]) -> Iterator[tuple[str, Held]]:
    with nbgrader_api.gradebook(desk.workspace) as book:
        yield from ((student, held_in_gradebook(book, desk.course, desk.assignment, student)) for student in students)


_HERE: list[_Desk] = []
"""The desk of a process that only writes feedback."""


def _open_here(workspace: Workspace, course: Path, assignment: str) -> None:
    _HERE[:] = [_Desk(workspace, load_course(course), assignment)]


def _write_here(job: tuple[str, Held]) -> _Written:
    return _HERE[0].write(*job)


def _withhold(workspace: Workspace, assignment: str, student: str) -> None:
    if (folder := workspace.feedback(student, assignment)).exists():
        workspace.set_aside(folder, f"feedback/{student}/{assignment}")


def _write_summary_page(results: Results, student: str, assignment: str, held: Held) -> bool:
    """Write the summary page of the assignment next to the pages of the notebooks; return False if there is no result."""
    document = results.load(results.key(student, assignment))
    if document is None:
        return False
    workspace, course = results.workspace, results.course
    folder = workspace.feedback(student, assignment)
    pages = {name: f"{name}.html" for name in course.assignment(assignment).notebooks if (folder / f"{name}.html").is_file()}
    known = surroundings(workspace, course, assignment, student, document, held, pages)
    write_atomically(folder / FEEDBACK_PAGE, feedback_page(course, student, document, known))
    return True


def _put_summary_into_first_page(course: Course, assignment: str, folder: Path) -> None:
    """Put the summary into the page of the first notebook, with links from the others: the exchange hands out no `index.html`."""
    notebooks = {n.name: n.title for n in course.notebooks if n.name in course.assignment(assignment).notebooks}
    pages = {name: path for name in notebooks if (path := folder / f"{name}.html").is_file()}
    for name, path in pages.items():
        page = path.read_text(encoding="utf-8")
        if path == next(iter(pages.values())):
            page = joined((folder / FEEDBACK_PAGE).read_text(encoding="utf-8"), page, notebooks[name])
        else:
            page = page.replace(f'href="{FEEDBACK_PAGE}"', f'href="{next(iter(pages.values())).name}"')
        write_atomically(path, page)


def _remove_all_but_pages(folder: Path) -> None:
    """Remove the copies of the student's files that nbgrader puts next to the pages: students have them already."""
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_dir() and not path.is_symlink():
            if not any(path.iterdir()):
                path.rmdir()
        elif path.suffix != ".html" and path.name not in BOOKKEEPING:
            path.unlink()


def _copy_bookkeeping(graded: Path, folder: Path) -> None:
    """Put next to the pages what nbgrader needs to release them."""
    for name in BOOKKEEPING:
        if (path := graded / name).is_file() and not path.is_symlink():
            shutil.copy(path, folder / name)


def _can_be_fetched(folder: Path) -> bool:
    """Whether nbgrader can return the pages: it needs the time and the secret that its own submit writes."""
    return all((folder / name).is_file() for name in BOOKKEEPING)
