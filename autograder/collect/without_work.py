"""Deliveries that hold nothing of the assignment: remembered until they are accepted, or replaced by one that holds something."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from autograder.collect.deliveries import Delivery, collected_notes, which_counts
from autograder.paths import printable, write_atomically
from autograder.times import stored_text
from autograder.workspace.workspace import Workspace

MOST_NAMES = 3


@dataclass(frozen=True)
class WithoutWork:
    """A delivery without any file of the assignment."""

    student: str
    digest: str
    order: str
    """When it arrived, as text in UTC; empty if it is not known."""
    origin: str
    names: str
    """What it holds instead."""
    accepted: bool = False


def remember(workspace: Workspace, assignment: str, delivery: Delivery, digest: str) -> None:
    """Remember a delivery, once."""
    names = [printable(name, 120) for name in delivery.names]
    shown = ", ".join(names[:MOST_NAMES]) + (f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else "")
    order = stored_text(delivery.order) if delivery.order else ""
    entry = WithoutWork(delivery.student, digest, order, delivery.origin, shown or "no file")
    known = _read(workspace, assignment)
    before = next((e for e in known if (e.student, e.digest) == (entry.student, entry.digest)), None)
    if before is None:
        _write(workspace, assignment, [*known, entry])
    # If a system states no time, every new download of the same hand-in looks newer.
    elif delivery.time is not None and entry.order > before.order:
        _write(workspace, assignment, [replace(e, order=entry.order) if e is before else e for e in known])


def still_open(workspace: Workspace, assignment: str) -> list[WithoutWork]:
    """Those that nobody has accepted and nothing has replaced: the newest of each student."""
    newest: dict[str, WithoutWork] = {}
    for entry in _read(workspace, assignment):
        if entry.student not in newest or entry.order >= newest[entry.student].order:
            newest[entry.student] = entry
    return [e for _, e in sorted(newest.items()) if not e.accepted and not _is_replaced(workspace, assignment, e)]


def _is_replaced(workspace: Workspace, assignment: str, entry: WithoutWork) -> bool:
    said = collected_notes(workspace, entry.student, assignment)
    return bool(said) and not said.get("empty") and (said.get("order") or "") > entry.order


def sentence(workspace: Workspace, assignment: str, entry: WithoutWork) -> str:
    """What people should know about such a delivery."""
    return f"{entry.student}: {entry.names}; {which_counts(workspace, entry.student, assignment)}"


def accept(workspace: Workspace, assignment: str) -> list[str]:
    """Accept all that are open; return the ids of their students."""
    students = [e.student for e in still_open(workspace, assignment)]
    known = _read(workspace, assignment)
    if students:
        _write(workspace, assignment, [replace(e, accepted=True) if e.student in students else e for e in known])
    return students


def _file(workspace: Workspace, assignment: str) -> Path:
    return workspace.root / "collected" / assignment / "without-work" / "deliveries.json"


def _read(workspace: Workspace, assignment: str) -> list[WithoutWork]:
    try:
        return [WithoutWork(**entry) for entry in json.loads(_file(workspace, assignment).read_text(encoding="utf-8"))]
    except (OSError, ValueError, TypeError):
        return []


def _write(workspace: Workspace, assignment: str, entries: list[WithoutWork]) -> None:
    write_atomically(_file(workspace, assignment), json.dumps([asdict(e) for e in entries], indent=1, ensure_ascii=False) + "\n")
