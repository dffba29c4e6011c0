"""`feedback`: pages for students, searched for secrets before they go out."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from nbgrader.apps.api import NbGraderAPI

from autograder.gradebook.mark_changes import Change, bring_up_to_date
from autograder.intake.digest import BOOKKEEPING
from autograder.manifest import Course
from autograder.outgoing.leaks import leaks
from autograder.outgoing.surroundings import Held, held_in_gradebook, surroundings
from autograder.pages.joined import joined
from autograder.pages.student import FEEDBACK_PAGE, feedback_page
from autograder.paths import write_atomically
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
    """Those whose result is not found, as after a change of the course: they get no page that sums up."""
    waiting: dict[str, int] = field(default_factory=dict)
    """Student -> answers that nobody has graded yet."""
    changed: list[Change] = field(default_factory=list)
    """Late penalties that followed scores by hand, or ``deadlines.csv``, before anything was written."""


def feedback(
    workspace: Workspace,
    course: Course,
    assignment: str,
    *,
    only: Collection[str] = (),
    progress: Callable[[int, int, str], None] | None = None,
) -> FeedbackReport:
    """Write the feedback pages of everybody who is graded, and release them through the exchange where students can fetch them.

    Parameters
    ----------
    only : students; everybody by default.
    progress : called with how many are done, how many there are, and who is next.

    Raises
    ------
    WorkspaceError
        When nobody is graded, or something is in everybody's way. What goes wrong with one student is in the report.
    """
    course.assignment(assignment)
    students = [s for s in _graded_students(workspace, assignment) if not only or s in only]
    if not students:
        raise WorkspaceError(f"nobody's {assignment} is graded in {workspace.root}: run `autograder grade {assignment}` first")
    report = FeedbackReport()
    with workspace.writing("feedback"):
        report.changed = bring_up_to_date(workspace, course, "before feedback")
        api = nbgrader_api.api(workspace)
        with nbgrader_api.gradebook(workspace) as book:
            held = {student: held_in_gradebook(book, course, assignment, student) for student in students}
        results = Results(workspace, course)
        for n, student in enumerate(students):
            if progress:
                progress(n, len(students), student)
            try:
                _write_and_release(results, api, assignment, student, held[student], report)
            except WorkspaceError:
                raise
            except Exception as error:
                if isinstance(error, OSError) and (found := obstacle(workspace, error)):
                    raise found from error
                # Whatever it is about this one, the others get their feedback; what was not searched stays here.
                report.failures[student] = f"not released, because its pages could not be searched: {type(error).__name__}: {error}"
                _withhold(workspace, assignment, student)
        _remember(results, assignment, {s: held[s].total.score for s in report.written})
        report.waiting = {s: count for s in report.written if (count := sum(answer.waiting for answer in held[s].answers))}
    return report


def _remember(results: Results, assignment: str, totals: Mapping[str, float]) -> None:
    """Remember which marks were given back, and write it into the journal."""
    workspace = results.workspace
    given = {s: (total, str(results.recorded(s, assignment).get("key") or "")) for s, total in totals.items()}
    new = remember_published(workspace, assignment, "feedback", given)
    journal.write(workspace, [journal.Event("feedback", f"feedback with {totals[s]:g} points", s, assignment) for s in new])


def _write_and_release(results: Results, api: NbGraderAPI, assignment: str, student: str, held: Held, report: FeedbackReport) -> None:
    """Write, search and release the pages of one student."""
    workspace, course = results.workspace, results.course
    outcome = nbgrader_api.run(workspace, "generate_feedback", lambda: api.generate_feedback(assignment, student, force=True))
    folder = workspace.feedback(student, assignment)
    _remove_all_but_pages(folder)
    if not outcome["success"]:
        report.failures[student] = nbgrader_api.last_words(outcome)
        return
    explained = _write_summary_page(results, student, assignment, held)
    if explained and _can_be_fetched(folder):
        _put_summary_into_first_page(course, assignment, folder)
    if found := leaks(course, folder, workspace.seed(), own=workspace.submitted(student, assignment)):
        report.failures[student] = "not released, because it shows what students must not see: " + "; ".join(found[:3])
        _withhold(workspace, assignment, student)
    else:
        report.written.append(student)
        if _can_be_fetched(folder):
            nbgrader_api.run_or_raise(workspace, "release_feedback", lambda: api.release_feedback(assignment, student))
            report.released.append(student)
    if not explained:
        report.unexplained.append(student)


def _withhold(workspace: Workspace, assignment: str, student: str) -> None:
    if (folder := workspace.feedback(student, assignment)).exists():
        workspace.set_aside(folder, f"feedback/{student}/{assignment}")


def _write_summary_page(results: Results, student: str, assignment: str, held: Held) -> bool:
    """Write the page that sums up the whole assignment beside the pages of the notebooks; False without a result."""
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
    """Let the page of the first notebook sum up the assignment, too, and the others lead there: the exchange hands out no `index.html`."""
    notebooks = {n.name: n.title for n in course.notebooks if n.name in course.assignment(assignment).notebooks}
    pages = {name: path for name in notebooks if (path := folder / f"{name}.html").is_file()}
    for name, path in pages.items():
        page = path.read_text(encoding="utf-8")
        if path == next(iter(pages.values())):
            page = joined((folder / FEEDBACK_PAGE).read_text(encoding="utf-8"), page, notebooks[name])
        else:
            page = page.replace(f'href="{FEEDBACK_PAGE}"', f'href="{next(iter(pages.values())).name}"')
        write_atomically(path, page)


def _graded_students(workspace: Workspace, assignment: str) -> list[str]:
    return sorted(p.parent.name for p in workspace.root.glob(f"autograded/*/{assignment}") if p.is_dir())


def _remove_all_but_pages(folder: Path) -> None:
    """Remove the copies of the student's files that nbgrader puts beside the pages: students have them already."""
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_dir() and not path.is_symlink():
            if not any(path.iterdir()):
                path.rmdir()
        elif path.suffix != ".html" and path.name not in BOOKKEEPING:
            path.unlink()


def _can_be_fetched(folder: Path) -> bool:
    """Whether nbgrader can give the pages back: it needs the time and the secret that its own submit writes."""
    return all((folder / name).is_file() for name in BOOKKEEPING)
