"""`release`: make what students get from the generated student tree, and publish it through nbgrader's exchange."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import tempfile
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from autograder.generate.everything import build
from autograder.generate.tasks import TASKS
from autograder.generate.tree import compare
from autograder.gradebook.former_deadlines import begin_deadlines, due_text
from autograder.manifest import Assignment, Course
from autograder.outgoing.leaks import leaks
from autograder.outgoing.rubric_pages import write_rubrics
from autograder.plural import counted
from autograder.term import journal
from autograder.term.deadline_file import deadlines_of, set_cells
from autograder.times import shown
from autograder.workspace import nbgrader_api
from autograder.workspace.workspace import Workspace, WorkspaceError

WORK = ".release-"
"""The beginning of the name of the folder in which a release is made."""
FILES_OF_NOTEBOOKS = (".png", ".jpg", ".npz", ".txt", ".md")
"""Suffixes of files next to the notebooks that are released with them."""


@dataclass
class Released:
    """What a release did."""

    assignment: str
    folder: Path
    files: int
    again: bool
    due: datetime | None = None
    """The deadline as the gradebook has it now, in UTC and without a zone."""
    notes: list[str] = field(default_factory=list)


def release(workspace: Workspace, course: Course, assignment: str, *, due: datetime | None = None, generated: bool = False) -> Released:
    """Write the assignment's folder, let nbgrader make and publish the release, and keep the rubrics for graders.

    Parameters
    ----------
    due : the deadline, in UTC and without a zone; it goes into ``deadlines.csv``. By default the one that is there.
    generated : skip the test of whether the generated files are up to date, for callers that have just made them.

    Raises
    ------
    WorkspaceError
        When generated files are out of date, something secret would be released, or nbgrader refuses.
    """
    chosen = course.assignment(assignment)
    if not generated:
        require_generated(course)
    with workspace.writing("release"):
        again = workspace.released(assignment).is_dir()
        submissions = workspace.students(assignment)
        for left in workspace.root.glob(f"{WORK}*"):  # by a run that was killed: there is only one at a time
            shutil.rmtree(left, ignore_errors=True)
        work = Path(tempfile.mkdtemp(dir=workspace.root, prefix=WORK))
        try:
            folder = work / "files"
            begin_deadlines(workspace, course.zone)
            if due is not None:
                set_cells(workspace, assignment, "", {"due": due_text(due, course.zone)})
            due = deadlines_of(workspace).terms("", assignment).due
            known = due or (stored_deadline(workspace, assignment) if again else None)
            write_source(course, chosen, folder, due=known)
            refuse_leaks(course, folder, workspace)
            _put_in_place(workspace, assignment, folder)
        finally:
            shutil.rmtree(work, ignore_errors=True)
        write_rubrics(workspace, course, chosen)
        _release_through_nbgrader(workspace, course, assignment, due)
    files = sum(p.is_file() for p in workspace.released(assignment).rglob("*"))
    done = Released(assignment, workspace.released(assignment), files, again, stored_deadline(workspace, assignment))
    text = f"released{' again' if again else ''}" + (f", due {shown(done.due, course.zone)}" if done.due else "")
    journal.write(workspace, [journal.Event("release", text, assignment=assignment)])
    if again:
        done.notes.append("it was released before: students who have it must update (python -m coursenn update, see the README)")
    if submissions:
        were = counted(len(submissions), "submission was", "submissions were")
        done.notes.append(f"{were} collected before: if points have changed, `autograder upgrade` says whose marks change")
    return done


def _put_in_place(workspace: Workspace, assignment: str, folder: Path) -> None:
    """Make a folder the source of the release; an earlier source is kept aside if it differs."""
    target = workspace.source(assignment)
    if target.is_dir():
        if _contents(target) == _contents(folder):
            # A different deadline is not a different version.
            with contextlib.suppress(FileNotFoundError):
                os.replace(folder / "coursenn" / TASKS, target / "coursenn" / TASKS)
            return
        workspace.set_aside(target, f"source/{assignment}")
    os.replace(folder, target)


def _contents(folder: Path) -> dict[str, bytes | None]:
    """Path -> bytes, deadlines left out; None for a folder."""
    found = {p.relative_to(folder).as_posix(): p.read_bytes() if p.is_file() else None for p in folder.rglob("*")}
    if tasks := found.get(f"coursenn/{TASKS}"):
        document = json.loads(tasks)
        for entry in document["assignments"]:
            entry.pop("due", None)
        found[f"coursenn/{TASKS}"] = json.dumps(document).encode()
    return found


def _release_through_nbgrader(workspace: Workspace, course: Course, assignment: str, due: datetime | None) -> None:
    api = nbgrader_api.api(workspace)
    outcome = nbgrader_api.run(workspace, "generate_assignment", lambda: api.generate_assignment(assignment, force=True, create=True))
    if not outcome["success"]:
        words = f"{outcome.get('log', '')}{outcome.get('error', '')}"
        if "there are submissions associated with" in " ".join(words.split()):
            raise WorkspaceError(
                f"cells or notebooks of {assignment} were added or removed, and submissions of it have been graded. "
                "Give the new version a name of its own in the manifest, or undo the change."
            )
        log = workspace.logs / "generate_assignment.log"
        raise WorkspaceError(f"nbgrader generate_assignment failed: {nbgrader_api.last_words(outcome)} (all of it: {log})")
    refuse_leaks(course, workspace.released(assignment), workspace)
    if due is not None:
        with nbgrader_api.gradebook(workspace) as book:
            book.update_or_create_assignment(assignment, duedate=due)
    # ReleaseAssignment.force: an exchange folder of an earlier release is replaced, as asked for.
    api.config.ExchangeReleaseAssignment.force = True
    nbgrader_api.run_or_raise(workspace, "release_assignment", lambda: api.release_assignment(assignment))


def stored_deadline(workspace: Workspace, assignment: str) -> datetime | None:
    """The deadline that the gradebook has, in UTC and without a zone."""
    with nbgrader_api.gradebook(workspace) as book:
        found: datetime | None = book.find_assignment(assignment).duedate
    return found


def require_generated(course: Course) -> None:
    """Refuse to release files that differ from what their sources make."""
    found = [d for plan in build(course) for d in compare(plan)]
    if found:
        names = ", ".join(d.path.name for d in found[:5]) + (" ..." if len(found) > 5 else "")
        raise WorkspaceError(
            f"{len(found)} generated files are not what their sources make ({names}): run `make generate`, then release again"
        )


def write_source(course: Course, assignment: Assignment, folder: Path, *, due: datetime | None = None) -> None:
    """Write what students get: the assignment's notebooks, the whole package, a folder for trained models, a README.

    Parameters
    ----------
    due : the deadline of the class, in UTC and without a zone, which ``python -m coursenn`` shows.
    """
    folder.mkdir(parents=True)
    for notebook in course.notebooks:
        if notebook.name in assignment.notebooks:
            shutil.copyfile(notebook.root / "notebooks" / f"{notebook.name}.ipynb", folder / f"{notebook.name}.ipynb")
    for root in course.roots:
        for path in sorted((root / "notebooks").rglob("*")):
            if path.is_file() and path.suffix in FILES_OF_NOTEBOOKS and ".ipynb_checkpoints" not in path.parts:
                _copy_file(path, folder / path.relative_to(root / "notebooks"))
    for name, path in course.given.items():
        _copy_file(path, folder / "coursenn" / name)
    for name in course.editable:
        _copy_file(course.stub(name), folder / "coursenn" / name)
    if due is not None:
        _write_deadline(folder / "coursenn" / TASKS, assignment.name, due)
    models = {Path(m).parent for m in course.models if any(t.model == m for t in course.tasks_of(assignment))}
    for place in sorted(models):
        (folder / place).mkdir(parents=True, exist_ok=True)
        (folder / place / "README.txt").write_text("The notebooks save the networks you train here.\n", encoding="utf-8")
    readme = course.root / "README.md"
    if readme.is_file():
        _copy_file(readme, folder / "README.md")


def _write_deadline(path: Path, assignment: str, due: datetime) -> None:
    """Write into ``tasks.json`` when an assignment is due; no other file depends on a class."""
    document = json.loads(path.read_text(encoding="utf-8"))
    for entry in document["assignments"]:
        if entry["name"] == assignment:
            entry["due"] = due.replace(tzinfo=UTC).isoformat()
    path.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _copy_file(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)


def refuse_leaks(course: Course, folder: Path, workspace: Workspace) -> None:
    """Refuse to go on if a file in a folder shows a solution, an answer, a hidden check or the seed."""
    found = leaks(course, folder, workspace.seed())
    if found:
        raise WorkspaceError(
            "nothing was released, because these files would show what students must not see:\n  " + "\n  ".join(found[:10])
        )
