"""The attempts of one student, and which of them counts: by default the newest, otherwise the one that ``deadlines.csv`` names.

The attempt that counts is in ``submitted/``, all others are below ``earlier/``. The notes made when an attempt was collected are kept under
its digest, so that they come back with the attempt.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from autograder.collect import deliveries
from autograder.intake.digest import submission_digest
from autograder.term.deadline_file import FIRST, IN_TIME, Deadlines, Terms
from autograder.times import shown, stored_text
from autograder.workspace.workspace import Workspace

CHOSEN = "chosen"
"""In the notes of a hand-in that counts although it is not the newest."""
EXACT_S = 60
"""How far the time in ``deadlines.csv`` may be from that of the attempt: people write minutes."""


@dataclass(frozen=True)
class Attempt:
    """One attempt."""

    folder: Path
    time: datetime | None
    """In UTC and without a zone; None if it is not known."""
    counts: bool
    """Whether it is the one in ``submitted/``."""
    holds_work: bool


def attempts(workspace: Workspace, student: str, assignment: str) -> list[Attempt]:
    """All attempts that were collected, oldest first; those without a time come last."""
    current = workspace.submitted(student, assignment)
    kept = (workspace.earlier / student / assignment).glob("*")
    folders = [
        *([current] if current.is_dir() and not current.is_symlink() else []),
        *(p for p in kept if p.is_dir() and p.name != "refused"),
    ]
    found = [Attempt(p, deliveries.read_time(p), p == current, deliveries.holds_work(p)) for p in folders]
    return sorted(found, key=lambda a: (a.time is None, a.time or datetime.min))


def one_that_should_count(found: Sequence[Attempt], terms: Terms) -> Attempt | None:
    """The attempt that should count by the student's terms; None if there is none, or if nothing calls for another than the present one.

    If the time of the present one is not known, it stays.
    """
    now = next((a for a in found if a.counts), None)
    if now is not None and now.time is None:
        return now
    timed = [a for a in found if a.time is not None and a.holds_work]
    if not timed:
        return now
    if terms.counts_at is not None:
        nearest = min(timed, key=lambda a: abs((_time(a) - (terms.counts_at or _time(a))).total_seconds()))
        return nearest if abs((_time(nearest) - terms.counts_at).total_seconds()) <= EXACT_S else now
    if terms.counts == FIRST:
        return timed[0]
    if terms.counts == IN_TIME and terms.due is not None:
        return next((a for a in reversed(timed) if _time(a) <= terms.due + terms.grace), timed[-1])
    return timed[-1]


def _time(attempt: Attempt) -> datetime:
    return attempt.time or datetime.min


def settle(workspace: Workspace, deadlines: Deadlines, student: str, assignment: str) -> str:
    """Make the right attempt count; return what was changed, in a sentence, or nothing.

    It may be interrupted at any moment: running it again gives the same files.
    """
    wanted = another_attempt(workspace, deadlines, student, assignment)
    if wanted is None:
        return ""
    target = workspace.submitted(student, assignment)
    digest = submission_digest(wanted.folder)
    newest = max(_time(a) for a in attempts(workspace, student, assignment) if a.holds_work)
    if target.is_dir():
        deliveries.keep_aside(workspace, f"{student}/{assignment}", target, submission_digest(target), deliveries.read_time(target))
    target.parent.mkdir(parents=True, exist_ok=True)
    os.replace(wanted.folder, target)
    unknown = {"digest": digest, "order": stored_text(_time(wanted)), "refused": []}
    notes = deliveries.notes_of_attempt(workspace, student, assignment, digest) or unknown
    deliveries.write_notes(workspace, student, assignment, notes | {CHOSEN: _time(wanted) < newest})
    return f"{student}: the attempt of {shown(_time(wanted), deadlines.zone)} counts"


def another_attempt(workspace: Workspace, deadlines: Deadlines, student: str, assignment: str) -> Attempt | None:
    """The attempt that should count, if another one counts now."""
    terms = deadlines.terms(student, assignment)
    present = workspace.submitted(student, assignment).is_dir()
    usual = terms.counts not in (FIRST, IN_TIME) and terms.counts_at is None
    if usual and present and not deliveries.collected_notes(workspace, student, assignment).get(CHOSEN):
        return None  # what was put there, by a collection or by hand, counts
    wanted = one_that_should_count(attempts(workspace, student, assignment), terms)
    return None if wanted is None or wanted.counts else wanted


def settle_all(workspace: Workspace, deadlines: Deadlines, assignment: str) -> list[str]:
    """`settle` for everybody who has handed in anything."""
    kept = {p.parent.name for p in workspace.earlier.glob(f"*/{assignment}") if p.is_dir() and p.parent.name != "source"}
    students = sorted({*workspace.students(assignment), *(s for s in kept if deliveries.collected_notes(workspace, s, assignment))})
    return [said for student in students if (said := settle(workspace, deadlines, student, assignment))]
