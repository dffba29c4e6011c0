"""``journal.jsonl``: what was done in a class, one line for each event. Lines are never changed.

The author of an event is the account that ran the command; for nbgrader's formgrader and on a hub that is the server's account.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from autograder.paths import REPOSITORY, write_atomically
from autograder.private import user_name
from autograder.workspace.workspace import Workspace

FILE = "journal.jsonl"


@dataclass(frozen=True)
class Event:
    """Something that happened to one student, or to the class."""

    kind: str
    """``release``, ``collected``, ``graded``, ``marks``, ``feedback``, ``deadlines``, ``student``, ``note`` or ``upgrade``."""
    text: str
    """For people, as a whole sentence without its full stop."""
    student: str = ""
    """Empty for the whole class."""
    assignment: str = ""
    at: str = ""
    """In UTC, ISO 8601."""
    by: str = ""
    version: str = ""
    """Of the course and of the checkout that did it."""
    data: dict[str, Any] = field(default_factory=dict)
    """What a program may want, such as marks before and after."""


def write(workspace: Workspace, events: Iterable[Event]) -> None:
    """Append events in one write; time, account and version are filled in."""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    by, here = user_name(os.geteuid()) if hasattr(os, "geteuid") else "", version(workspace)
    lines = [json.dumps(asdict(replace(event, at=now, by=by, version=here)), ensure_ascii=False) for event in events]
    if not lines:
        return
    handle = os.open(_file(workspace), os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600)
    with os.fdopen(handle, "ab") as file:
        file.write(("\n".join(lines) + "\n").encode())
        file.flush()
        os.fsync(file.fileno())


def events(workspace: Workspace, student: str | None = None) -> Iterator[Event]:
    """The events in their order: all, or those of one student and of the whole class. A line that a crash cut short is ignored."""
    try:
        lines = _file(workspace).read_text(encoding="utf-8", errors="replace").splitlines()
    except FileNotFoundError:
        return
    for line in lines:
        try:
            event = Event(**json.loads(line))
        except (ValueError, TypeError):
            continue
        if student is None or event.student in (student, ""):
            yield event


def rewrite(workspace: Workspace, change: Callable[[Event], Event | None]) -> int:
    """Change or remove events, for students who are renamed or forgotten; return how many changed."""
    before = list(events(workspace))
    after = [change(event) for event in before]
    kept = [json.dumps(asdict(e), ensure_ascii=False) for e in after if e is not None]
    changed = sum(old != new for old, new in zip(before, after, strict=True))
    if changed:
        write_atomically(_file(workspace), "".join(f"{line}\n" for line in kept), mode=0o600)
    return changed


def version(workspace: Workspace) -> str:
    """The version of the course, and the commit if this is a git checkout."""
    commit = checkout()
    return f"{workspace.course().version}{f' ({commit})' if commit else ''}"


def checkout() -> str:
    """The abbreviated commit that is checked out here, read without git; empty if there is none."""
    try:
        folder = REPOSITORY / ".git"
        if folder.is_file():  # a worktree
            folder = Path(folder.read_text(encoding="utf-8").removeprefix("gitdir:").strip())
        head = (folder / "HEAD").read_text(encoding="utf-8").strip()
        if not head.startswith("ref: "):
            return head[:8]
        shared = folder / (folder / "commondir").read_text(encoding="utf-8").strip() if (folder / "commondir").is_file() else folder
        name = head.removeprefix("ref: ")
        if (shared / name).is_file():
            return (shared / name).read_text(encoding="utf-8").strip()[:8]
        packed = (shared / "packed-refs").read_text(encoding="utf-8").splitlines()
        return next((line.split()[0][:8] for line in packed if line.endswith(f" {name}")), "")
    except OSError:
        return ""


def _file(workspace: Workspace) -> Path:
    return workspace.root / FILE
