"""One delivery of one student, on its way into ``submitted/``: the newest with any work counts, and nothing is lost."""

from __future__ import annotations

import json
import os
import tempfile
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from autograder.collect.people import STUDENT_ID
from autograder.given_module import hand_in
from autograder.intake.digest import submission_digest
from autograder.paths import write_atomically
from autograder.plural import counted
from autograder.times import UTC_ZONE, TimeError, read_hand_in, shown, stored_text
from autograder.workspace.workspace import Workspace

CLOCKS_DIFFER = timedelta(minutes=10)
"""How far the clocks of two machines may differ before a time counts as in the future."""


@dataclass
class Delivery:
    """What one student handed in at one time, written into a folder."""

    student: str
    time: datetime | None
    """When it was handed in; None when the system does not say so."""
    folder: Path
    refused: list[str] = field(default_factory=list)
    origin: str = ""
    secret: str | None = None
    empty: bool = False
    """Whether it holds nothing of the assignment."""
    notes: list[str] = field(default_factory=list)
    late: bool = False
    """Whether the LMS calls it late."""
    came: datetime | None = None
    """The time of the file in the download, which orders a student's deliveries if the time of the hand-in is not known."""
    names: list[str] = field(default_factory=list)
    """Names of the files that were delivered, for a delivery that holds nothing of the assignment."""

    @property
    def order(self) -> datetime | None:
        """The time by which it is newer or older than another delivery."""
        return self.time or self.came


@dataclass(frozen=True)
class DeliveryResult:
    """What happened to a delivery: ``new``, ``updated``, ``unchanged``, ``older``, ``without work`` or ``refused``."""

    student: str
    outcome: str
    sentence: str


def take_delivery(workspace: Workspace, assignment: str, delivery: Delivery) -> DeliveryResult:
    """Put a delivery into ``submitted/``, or aside if something else counts.

    It may be interrupted at any moment: running it again gives the same files.
    """
    student = delivery.student
    if not STUDENT_ID.fullmatch(student):
        return DeliveryResult(student, "refused", f"{student!r} cannot be used as the name of a student")
    target = workspace.submitted(student, assignment)
    digest = submission_digest(delivery.folder)
    notes = _notes_of(delivery, digest)
    _remember_attempt(workspace, student, assignment, digest, notes)
    if target.is_dir():
        said = collected_notes(workspace, student, assignment)
        if said.get("chosen") and _is_kept(workspace, f"{student}/{assignment}", digest, delivery.time):
            return DeliveryResult(student, "unchanged", f"{student}: unchanged")
        if _is_same(delivery, digest, target, said):
            if said.get("digest") != digest:  # the last run was ended before it wrote them
                write_notes(workspace, student, assignment, notes)
            return DeliveryResult(student, "unchanged", f"{student}: unchanged")
        if (aside := _reason_to_set_aside(delivery, target, said)) is not None:
            return _set_aside(workspace, assignment, delivery, digest, *aside)
    _write_bookkeeping(delivery)
    target.parent.mkdir(parents=True, exist_ok=True)
    outcome = "new"
    if target.exists():
        keep_aside(workspace, f"{student}/{assignment}", target, submission_digest(target), read_time(target))
        outcome = "updated"
    os.replace(delivery.folder, target)
    write_notes(workspace, student, assignment, notes)
    return DeliveryResult(student, outcome, f"{student}: {outcome}{_remarks(delivery)}")


def _notes_of(delivery: Delivery, digest: str) -> dict[str, Any]:
    """What is kept about a delivery in addition to its files."""
    notes: dict[str, Any] = {"from": delivery.origin, "refused": delivery.refused, "digest": digest}
    if delivery.notes:
        notes["notes"] = delivery.notes
    if delivery.late:
        notes["late"] = True
    if delivery.empty:
        notes["empty"] = True
    notes["order"] = stored_text(delivery.order) if delivery.order else None
    return notes


def _remarks(delivery: Delivery) -> str:
    count = len(delivery.refused)
    remarks = [f"{counted(count, 'file')} refused"] if count else []
    if delivery.late:
        remarks.append(f"late, says {delivery.origin}")
    return "".join(f", {remark}" for remark in remarks)


def _is_same(delivery: Delivery, digest: str, target: Path, said: dict[str, Any]) -> bool:
    """Whether a delivery already counts; what an instructor has corrected in ``submitted/`` since then is not changed."""
    if delivery.time is not None and delivery.time != read_time(target):
        return False
    return digest == said.get("digest") or digest == submission_digest(target)


def _reason_to_set_aside(delivery: Delivery, target: Path, said: dict[str, Any]) -> tuple[str, str] | None:
    """Why a delivery does not replace the present one, as outcome and words; None if it does."""
    nothing_there = _holds_nothing(target, said)
    before = read_time(target) or _read(said.get("order"))
    if before is not None and before > datetime.now(UTC).replace(tzinfo=None) + CLOCKS_DIFFER:
        before = None  # a time in the future is wrong, and must not keep a real hand-in from counting
    if delivery.empty and not nothing_there:
        return "without work", "holds nothing of the assignment and is kept aside"
    if delivery.empty == nothing_there and before is not None and delivery.order is not None and delivery.order < before:
        return "older", "an older attempt, kept aside"
    return None


def _holds_nothing(target: Path, said: dict[str, Any]) -> bool:
    """Whether the present hand-in holds nothing of the assignment, even if a kill left notes about something else."""
    if said.get("digest") == submission_digest(target):
        return bool(said.get("empty"))
    return not holds_work(target)


def holds_work(folder: Path) -> bool:
    """Whether a delivery that was put into ``submitted/`` or kept aside holds anything of the assignment."""
    return any(path.suffix in (".py", ".ipynb", ".npz") for path in folder.rglob("*"))


def _set_aside(workspace: Workspace, assignment: str, delivery: Delivery, digest: str, outcome: str, words: str) -> DeliveryResult:
    """Keep a delivery that does not count, once."""
    _write_bookkeeping(delivery)
    keep_aside(workspace, f"{delivery.student}/{assignment}", delivery.folder, digest, delivery.time)
    return DeliveryResult(delivery.student, outcome, f"{delivery.student}: {words}")


def keep_aside(workspace: Workspace, label: str, folder: Path, digest: str, time: datetime | None) -> None:
    """Move an attempt below ``earlier/``, where every attempt is kept once."""
    if _is_kept(workspace, label, digest, time):
        # Moved out of the way in one step; removing it may then take many.
        with tempfile.TemporaryDirectory(dir=workspace.root, prefix=".incoming-", ignore_cleanup_errors=True) as discarded:
            os.rename(folder, Path(discarded, "again"))
    else:
        workspace.set_aside(folder, label)


def _is_kept(workspace: Workspace, label: str, digest: str, time: datetime | None) -> bool:
    kept = (p for p in (workspace.earlier / label).glob("*") if p.is_dir() and p.name != "refused")
    return any(read_time(p) == time and submission_digest(p) == digest for p in kept)


def _write_bookkeeping(delivery: Delivery) -> None:
    """Write the files that nbgrader needs beside the work."""
    if delivery.time is not None:
        (delivery.folder / "timestamp.txt").write_text(stored_text(delivery.time), encoding="ascii")
    if delivery.secret:
        (delivery.folder / "submission_secret.txt").write_text(delivery.secret, encoding="utf-8")


def read_time(submitted: Path) -> datetime | None:
    """When a collected submission was handed in, in UTC and without a zone, as nbgrader stores it."""
    try:
        return _read((submitted / "timestamp.txt").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def _read(text: Any) -> datetime | None:
    try:
        return read_hand_in(text.strip(), UTC_ZONE) if isinstance(text, str) else None
    except TimeError:
        return None


def collected_notes(workspace: Workspace, student: str, assignment: str) -> dict[str, Any]:
    """Where a submission came from and what was refused of it."""
    try:
        found = json.loads(_notes_file(workspace, student, assignment).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def intake_notes(workspace: Workspace, student: str, assignment: str) -> tuple[list[str], list[str]]:
    """The files refused when a submission was collected, and what else its student should know, such as files under other names."""
    said = collected_notes(workspace, student, assignment)
    late = [f"{said.get('from') or 'the learning management system'} calls this hand-in late"] if said.get("late") else []
    return list(said.get("refused", [])), [*late, *said.get("notes", [])]


def which_counts(workspace: Workspace, student: str, assignment: str) -> str:
    """What counts for a student, in words."""
    if collected_notes(workspace, student, assignment).get("empty"):
        return "it counts, since there is no other hand-in"
    time = read_time(workspace.submitted(student, assignment))
    return f"the hand-in of {shown(time, workspace.course().zone)} counts" if time else "the earlier hand-in counts"


def _notes_file(workspace: Workspace, student: str, assignment: str) -> Path:
    return workspace.root / "collected" / assignment / f"{student}.json"


def write_notes(workspace: Workspace, student: str, assignment: str, notes: dict[str, Any]) -> None:
    """Note where the hand-in that counts came from and what was refused of it."""
    write_atomically(_notes_file(workspace, student, assignment), json.dumps(notes, indent=1) + "\n")


def notes_of_attempt(workspace: Workspace, student: str, assignment: str, digest: str) -> dict[str, Any]:
    """What was noted about an attempt when it was collected, whether or not it counts; may be empty."""
    found = _attempt_notes(workspace, student, assignment).get(digest)
    return found if isinstance(found, dict) else {}


def _remember_attempt(workspace: Workspace, student: str, assignment: str, digest: str, notes: dict[str, Any]) -> None:
    known = _attempt_notes(workspace, student, assignment)
    if known.get(digest) != notes:
        write_atomically(
            _attempts_file(workspace, student, assignment), json.dumps({**known, digest: notes}, indent=1, sort_keys=True) + "\n"
        )


def _attempt_notes(workspace: Workspace, student: str, assignment: str) -> dict[str, Any]:
    try:
        found = json.loads(_attempts_file(workspace, student, assignment).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _attempts_file(workspace: Workspace, student: str, assignment: str) -> Path:
    return workspace.root / "collected" / assignment / "attempts" / f"{student}.json"


def move_links_aside(workspace: Workspace, student: str, assignment: str) -> list[str]:
    """Move links and special files out of a submission that was put there by hand: nbgrader would follow them.

    Returns what was moved; it is also noted as refused.
    """
    folder = workspace.submitted(student, assignment)
    moved = []
    for place, folders, names in os.walk(folder, followlinks=False):
        for name in [*names, *(f for f in folders if Path(place, f).is_symlink())]:
            path = Path(place, name)
            if (kind := hand_in.kind_of_mode(path.lstat().st_mode)) is hand_in.EntryKind.FILE:
                continue
            aside = workspace.earlier / student / assignment / "refused"
            aside.mkdir(parents=True, exist_ok=True)
            os.rename(path, aside / f"{datetime.now(UTC):%Y%m%dT%H%M%S.%f}-{path.name}")
            moved.append(f"{path.relative_to(folder).as_posix()}: {kind}")
    if moved:
        notes = collected_notes(workspace, student, assignment)
        notes["refused"] = [*notes.get("refused", []), *moved]
        write_notes(workspace, student, assignment, notes)
    return moved
