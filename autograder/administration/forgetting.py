"""Remove a student from everywhere in a workspace, backups included, and say what remains elsewhere."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from pathlib import Path

from autograder.administration import traces
from autograder.collect import undo
from autograder.gradebook import people as gradebook_people
from autograder.manifest import Course
from autograder.paths import write_atomically
from autograder.plural import counted
from autograder.questions import people as questions_people
from autograder.term import journal
from autograder.term.deadline_file import deadlines_of
from autograder.term.published import change_students
from autograder.workspace.workspace import Workspace

ELSEWHERE = (
    "the LMS, the mails and the downloads that hand-ins came from",
    "copies of this workspace and of its backups in other places",
    "your institution's roster: remove the student from it, or the next `collect --roster` brings the student back",
)


@dataclass
class Forgotten:
    """What was removed, and what remains out of reach of this command."""

    removed: list[str] = field(default_factory=list)
    remains: list[str] = field(default_factory=list)


def forget(workspace: Workspace, course: Course, student: str) -> Forgotten:
    """Remove a student for good. It may be interrupted at any moment and run again."""
    done = Forgotten()
    partners = {p for a in course.assignments for p in deadlines_of(workspace).groups.partners(student, a.name)}
    for path in list(traces.stored_results_of(workspace, student)):
        path.unlink()
    for folder in traces.folders_of(workspace, student):
        done.removed.append(str(folder.relative_to(workspace.root)))
        shutil.rmtree(folder)
    for file in traces.files_of(workspace, student):
        file.unlink()
    _from_gradebooks(workspace, student, done)
    if questions_people.forget_student(workspace, student):
        done.removed.append("readings of answers")
    inbound = sorted((workspace.exchange / course.name / "inbound").glob(f"{student}+*"))
    if workspace.exchange.is_relative_to(workspace.root):
        for folder in inbound:
            shutil.rmtree(folder)
    elif inbound:
        done.remains.append(f"{counted(len(inbound), 'hand-in')} in the exchange: {inbound[0].parent}/{student}+*")
    if (workspace.exchange / course.name / "feedback").is_dir():
        done.remains.append(
            f"feedback in the exchange, under names that do not say whose it is: {workspace.exchange / course.name / 'feedback'}"
        )
    _from_logs(workspace, student, done)
    traces.change_notes(workspace, course, student, None)
    if change_students(workspace, student, None):
        done.removed.append("published marks")
    done.removed += traces.change_tables(workspace, student, None)
    shutil.rmtree(workspace.root / undo.FOLDER, ignore_errors=True)
    done.removed += _from_what_can_be_written_again(workspace, student)
    if partners:
        done.remains.append(f"work that was handed in together, kept as the work of {', '.join(sorted(partners))}")
    named = [p for p in sorted(workspace.root.glob("*.csv")) if _names(p, student)]
    done.remains += [f"a row in {p.relative_to(workspace.root)}, which is your own file" for p in named]
    done.remains += ELSEWHERE
    journal.write(workspace, [journal.Event("student", "a student was forgotten")])
    return done


def _from_gradebooks(workspace: Workspace, student: str, done: Forgotten) -> None:
    """Remove the student from the gradebook and from its backups."""
    backups = sorted((workspace.root / "backups").glob("gradebook-*.db"))
    found = [path for path in (workspace.gradebook, *backups) if path.exists() and gradebook_people.remove_student(path, student)]
    if found:
        done.removed.append(f"the gradebook and {counted(len([p for p in found if p != workspace.gradebook]), 'backup')} of it")


def _from_what_can_be_written_again(workspace: Workspace, student: str) -> list[str]:
    """Remove whole tables of marks and pages of pairs that name the student; return which they were."""
    root, found = workspace.root, []
    exports = sorted(p for p in (root / "exports").rglob("*") if p.is_file())
    for path in [root / "grades.csv", *exports]:
        # An archive of feedback calls students by their names in the other system.
        if path.is_file() and (path.suffix == ".zip" or _names(path, student)):
            path.unlink()
            found.append(f"{path.relative_to(root)} (write it again)")
    for folder in sorted(p for p in (root / "similar").glob("*") if p.is_dir()):
        if any(_names(page, student) for page in folder.rglob("*.html")):
            shutil.rmtree(folder)
            found.append(f"{folder.relative_to(root)} (write it again)")
    return found


def _names(path: Path, student: str) -> bool:
    return traces.as_word(student).search(path.read_text(encoding="utf-8", errors="replace")) is not None


def _from_logs(workspace: Workspace, student: str, done: Forgotten) -> None:
    word, lines = traces.as_word(student), 0
    for path in sorted(workspace.logs.glob("*.log")):
        before = path.read_text(encoding="utf-8", errors="replace").splitlines(keepends=True)
        after = [line for line in before if not word.search(line)]
        if len(after) != len(before):
            lines += len(before) - len(after)
            write_atomically(path, "".join(after))
    if lines:
        done.removed.append(f"{counted(lines, 'line')} of logs")
