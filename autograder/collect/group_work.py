"""Groups that hand in together: what one member hands in counts for each."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from autograder.collect.deliveries import Delivery, collected_notes, holds_work, read_time, take_delivery
from autograder.intake.digest import BOOKKEEPING, submission_digest
from autograder.term.groups import Groups
from autograder.times import UTC_ZONE as UTC
from autograder.times import TimeError, read_hand_in
from autograder.workspace.workspace import Workspace


@dataclass(frozen=True)
class _HandIn:
    student: str
    folder: Path
    order: datetime | None
    digest: str


def share(workspace: Workspace, groups: Groups, assignment: str) -> list[str]:
    """Give the newest hand-in of each group to all its members; return what was done and what is undecided, in sentences."""
    said = []
    for group, members in sorted(groups.sharing(assignment).items()):
        found = [h for m in members if (h := _hand_in(workspace, m, assignment)) is not None]
        digests = {h.digest for h in found}
        if not found or (len(digests) == 1 and len(found) == len(members)):
            continue
        if len(digests) > 1 and any(h.order is None for h in found):
            who = " and ".join(h.student for h in found)
            said.append(f"{who} of the group {group} handed in different work, and it is not known which is newer: see `student attempt`")
            continue
        newest = max(found, key=lambda h: h.order or datetime.min)
        given = [m for m in members if m != newest.student and _give(workspace, assignment, group, newest, m)]
        if given:
            said.append(f"{', '.join(given)}: what {newest.student} handed in for the group {group}")
    return said


def _hand_in(workspace: Workspace, student: str, assignment: str) -> _HandIn | None:
    folder = workspace.submitted(student, assignment)
    if not folder.is_dir() or not holds_work(folder):
        return None
    return _HandIn(student, folder, read_time(folder) or _order(workspace, student, assignment), submission_digest(folder))


def _order(workspace: Workspace, student: str, assignment: str) -> datetime | None:
    text = collected_notes(workspace, student, assignment).get("order")
    try:
        return read_hand_in(text, UTC) if isinstance(text, str) else None
    except TimeError:
        return None


def _give(workspace: Workspace, assignment: str, group: str, newest: _HandIn, member: str) -> bool:
    """Give a copy to a member; return whether it is new there."""
    notes = collected_notes(workspace, newest.student, assignment)
    with tempfile.TemporaryDirectory(dir=workspace.root, prefix=".incoming-", ignore_cleanup_errors=True) as work:
        folder = Path(work, "files")
        shutil.copytree(newest.folder, folder, symlinks=True, ignore=shutil.ignore_patterns(*BOOKKEEPING))
        delivery = Delivery(
            member,
            read_time(newest.folder),
            folder,
            list(notes.get("refused", [])),
            f"the group {group}, handed in by {newest.student}",
            notes=list(notes.get("notes", [])),
            late=bool(notes.get("late")),
            came=newest.order,
        )
        return take_delivery(workspace, assignment, delivery).outcome in ("new", "updated")
