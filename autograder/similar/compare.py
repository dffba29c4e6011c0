"""Compares a class with itself, with earlier classes and with published solutions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from autograder.collect.roster import known_people
from autograder.manifest import Course
from autograder.paths import printable
from autograder.similar.pages import write_pages
from autograder.similar.pairs import Pair, find_pairs
from autograder.similar.texts import Origin, Work, given_rows, published, submissions_below, work_of_submission
from autograder.workspace.obstacles import cure_of
from autograder.workspace.workspace import Workspace, WorkspaceError


def compare(
    workspace: Workspace,
    course: Course,
    assignment: str,
    *,
    earlier: Sequence[Path] = (),
    solutions: Sequence[Path] = (),
    to: Path,
    most: int = 50,
    progress: Callable[[str], None] | None = None,
) -> tuple[list[Pair], int]:
    """Write the pages about an assignment; return the pairs, and how many works were compared.

    Parameters
    ----------
    earlier : workspaces of earlier years, or folders with one hand-in for each student.
    solutions : folders of published solutions; each entry directly in one is by one author.
    to : the folder for the pages.
    most : how many pairs are shown.
    progress : called with the name of what is read next.

    Raises
    ------
    WorkspaceError
        When nobody has handed in, or the pages cannot be written.
    """
    say = progress or (lambda _what: None)
    groups = {p.id: frozenset(p.groups) for p in known_people(workspace).people}
    works = []
    for student in workspace.students(assignment):
        say(student)
        work = work_of_submission(course, assignment, workspace.submitted(student, assignment), student, Origin.CLASS)
        works.append(replace(work, groups=groups.get(student, frozenset())))
    if not works:
        raise WorkspaceError(f"nobody has handed in {assignment} in {workspace.root}: run `autograder collect` first")
    for folder in earlier:
        works += _earlier(course, assignment, folder, say)
    for folder in solutions:
        say(folder.name)
        works += published(course, assignment, folder)
    say("the pairs")
    pairs = find_pairs(works, given_rows(course), most)
    try:
        write_pages(course, assignment, pairs, len(works), to)
    except OSError as error:
        raise WorkspaceError(f"cannot write {to}: {cure_of(error)}") from error
    return pairs, len(works)


def _earlier(course: Course, assignment: str, folder: Path, say: Callable[[str], None]) -> list[Work]:
    found = []
    for student, path in submissions_below(folder, assignment):
        say(f"{student} of {folder.name}")
        label = f"{printable(student, 60)} ({printable(str(folder), 60)})"
        found.append(work_of_submission(course, assignment, path, label, Origin.EARLIER))
    return found
