"""Give a student another id; hand-ins, marks, results, notes and history move to it."""

from __future__ import annotations

import os
import shutil

from autograder.administration import traces
from autograder.collect import undo
from autograder.collect.people import STUDENT_ID
from autograder.collect.roster import known_people
from autograder.gradebook import people as gradebook_people
from autograder.manifest import Course
from autograder.questions import people as questions_people
from autograder.results import documents
from autograder.results.store import Results
from autograder.term import journal
from autograder.term.published import change_students
from autograder.workspace.workspace import Workspace, WorkspaceError


def rename(workspace: Workspace, course: Course, old: str, new: str) -> str:
    """Give a student another id; return what was done, in words. It may be interrupted at any moment and run again.

    Raises
    ------
    WorkspaceError
        When the new id cannot be used, or belongs to somebody else.
    """
    if not STUDENT_ID.fullmatch(new):
        raise WorkspaceError(f"{new!r} cannot be an id: use letters, digits and . @ _ + -, beginning with a letter or a digit")
    taken = [p for p in traces.folders_of(workspace, new) if any(p.iterdir())]
    listed = {p.id for p in known_people(workspace).people}
    if old != new and (taken or new in listed):
        raise WorkspaceError(f"{new} is another student's id: two students cannot be merged")
    results = Results(workspace, course)
    submitted = [a.name for a in course.assignments if workspace.submitted(old, a.name).is_dir()]
    known = {a: document for a in submitted if (document := results.load(results.key(old, a))) is not None}
    stored = list(traces.stored_results_of(workspace, old))
    if workspace.gradebook.exists() and gradebook_people.has_student(workspace.gradebook, old):
        gradebook_people.rename_student(workspace.gradebook, old, new)
    questions_people.rename_student(workspace, old, new)
    for folder in traces.folders_of(workspace, old):
        if folder.with_name(new).is_dir():  # empty
            folder.with_name(new).rmdir()
        os.rename(folder, folder.with_name(new))
    for file in traces.files_of(workspace, old):
        os.replace(file, file.with_name(f"{new}.json"))
    for assignment, document in known.items():
        moved = {**document, "submission": new}
        results.store(results.key(new, assignment), documents.validate(moved, course, assignment, new, stored=True))
    for path in stored:
        path.unlink(missing_ok=True)
    traces.change_notes(workspace, course, old, new)
    change_students(workspace, old, new)
    traces.change_tables(workspace, old, new)
    shutil.rmtree(workspace.root / undo.FOLDER, ignore_errors=True)
    journal.write(workspace, [journal.Event("student", f"renamed from {old}", new)])
    return f"{old} is now {new}. The names in the exchange, the LMS and the logs have not changed"
