"""One delivery of one student, on its way into ``submitted/``: the newest wins, nothing is lost."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from nbgrader.utils import parse_utc

from autograder.collect.roster import STUDENT_ID
from autograder.intake.digest import BOOKKEEPING, submission_digest
from autograder.intake.files import EntryKind, kind_of_mode
from autograder.paths import write_atomically
from autograder.workspace.workspace import Workspace


@dataclass
class Delivery:
    """What one student handed in at one time, unpacked into a folder of ours."""

    student: str
    time: datetime | None
    folder: Path
    refused: list[str] = field(default_factory=list)
    origin: str = ""
    secret: str | None = None


@dataclass(frozen=True)
class DeliveryResult:
    """What became of a delivery: ``new``, ``updated``, ``unchanged``, ``older`` or ``refused``."""

    student: str
    outcome: str
    sentence: str


@dataclass
class Collected:
    """What became of every delivery, what belongs to nobody, and who handed in nothing."""

    deliveries: list[DeliveryResult] = field(default_factory=list)
    unattributed: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)

    @property
    def findings(self) -> bool:
        """Whether somebody should look at the result."""
        return bool(self.unattributed) or any(d.outcome == "refused" for d in self.deliveries)


def take_delivery(workspace: Workspace, assignment: str, delivery: Delivery) -> DeliveryResult:
    """Put a delivery into ``submitted/``, or aside when a newer one is there."""
    student = delivery.student
    if not STUDENT_ID.fullmatch(student):
        return DeliveryResult(student, "refused", f"{student!r} cannot be used as the name of a student")
    for name in BOOKKEEPING:  # these decide about lateness and feedback: never taken from what a student packed
        (delivery.folder / name).unlink(missing_ok=True)
    target = workspace.submitted(student, assignment)
    if target.is_dir():
        before = read_time(target)
        if submission_digest(target) == submission_digest(delivery.folder) and before == delivery.time:
            return DeliveryResult(student, "unchanged", f"{student}: unchanged")
        if before is not None and delivery.time is not None and delivery.time < before:
            _write_bookkeeping(delivery)
            workspace.set_aside(delivery.folder, f"{student}/{assignment}")
            return DeliveryResult(student, "older", f"{student}: an older attempt, kept aside")
    _write_bookkeeping(delivery)
    target.parent.mkdir(parents=True, exist_ok=True)
    outcome = "new"
    if target.exists():
        workspace.set_aside(target, f"{student}/{assignment}")
        outcome = "updated"
    os.replace(delivery.folder, target)
    notes = {"from": delivery.origin, "refused": delivery.refused}
    write_atomically(_notes_file(workspace, student, assignment), json.dumps(notes, indent=1) + "\n")
    count = len(delivery.refused)
    refusals = f", {count} file{'' if count == 1 else 's'} refused" if count else ""
    return DeliveryResult(student, outcome, f"{student}: {outcome}{refusals}")


def _write_bookkeeping(delivery: Delivery) -> None:
    """Put beside the work what nbgrader needs to know of it."""
    if delivery.time is not None:
        (delivery.folder / "timestamp.txt").write_text(f"{delivery.time:%Y-%m-%d %H:%M:%S.%f} UTC", encoding="ascii")
    if delivery.secret:
        (delivery.folder / "submission_secret.txt").write_text(delivery.secret, encoding="utf-8")


def read_time(submitted: Path) -> datetime | None:
    """When a collected submission was handed in, in UTC and without a zone as nbgrader keeps it."""
    try:
        found: datetime = parse_utc((submitted / "timestamp.txt").read_text(encoding="utf-8").strip())
    except (OSError, ValueError, OverflowError):
        return None
    return found


def collected_notes(workspace: Workspace, student: str, assignment: str) -> dict[str, Any]:
    """Where a submission came from and what was refused of it."""
    try:
        found = json.loads(_notes_file(workspace, student, assignment).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _notes_file(workspace: Workspace, student: str, assignment: str) -> Path:
    return workspace.root / "collected" / assignment / f"{student}.json"


def move_links_aside(workspace: Workspace, student: str, assignment: str) -> list[str]:
    """Move links and special files out of a submission that was put there by hand: nbgrader would follow them.

    Returns what was moved, which is also noted as refused.
    """
    folder = workspace.submitted(student, assignment)
    moved = []
    for place, folders, names in os.walk(folder, followlinks=False):
        for name in [*names, *(f for f in folders if Path(place, f).is_symlink())]:
            path = Path(place, name)
            if (kind := kind_of_mode(path.lstat().st_mode)) is EntryKind.FILE:
                continue
            aside = workspace.earlier / student / assignment / "refused"
            aside.mkdir(parents=True, exist_ok=True)
            os.rename(path, aside / f"{datetime.now(UTC):%Y%m%dT%H%M%S.%f}-{path.name}")
            moved.append(f"{path.relative_to(folder).as_posix()}: {kind}")
    if moved:
        notes = collected_notes(workspace, student, assignment)
        notes["refused"] = [*notes.get("refused", []), *moved]
        write_atomically(_notes_file(workspace, student, assignment), json.dumps(notes, indent=1) + "\n")
    return moved
