"""`collect --undo`: restore the workspace as it was before the last collection, and keep what was taken in below ``undone/``.

Before a collection, the folder of each student's hand-in is noted by its inode number, which stays the same when the folder is
moved. The notes that a collection makes are small and are copied. A collection that changes nothing leaves the record from before
the last one that did.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from autograder.paths import write_atomically
from autograder.workspace.workspace import Workspace, WorkspaceError

FOLDER = ".undo"
STATE = "state.json"
BEFORE = "before"
"""The record from before the previous collection, until it is known that this one changes something."""


@dataclass
class Undone:
    """What `undo` did."""

    began: str = ""
    """When the collection that is undone began, in UTC."""
    removed: list[str] = field(default_factory=list)
    """Students who have no hand-in any more."""
    restored: list[str] = field(default_factory=list)
    """Students whose earlier hand-in counts again."""
    folder: Path = Path()
    """Where what was taken in is now."""


def remember(workspace: Workspace, assignment: str) -> None:
    """Record the present state, beside the record before the previous collection; an interrupted collection is part of the next."""
    place = _place(workspace)
    if (begun := _state(place)) and begun["assignment"] == assignment and not begun["finished"]:
        return
    with tempfile.TemporaryDirectory(dir=workspace.root, prefix=".incoming-", ignore_cleanup_errors=True) as work:
        new = Path(work, "new")
        new.mkdir()
        for name, path in _notes(workspace).items():
            (new / "collected" / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, new / "collected" / name)
        if (roster := workspace.root / "roster.csv").is_file():
            shutil.copy2(roster, new / roster.name)
        state = {
            "assignment": assignment,
            "began": datetime.now(UTC).isoformat(timespec="seconds"),
            "finished": False,
            **_folders(workspace, assignment),
        }
        write_atomically(new / STATE, json.dumps(state) + "\n")
        if begun:
            shutil.rmtree(place / BEFORE, ignore_errors=True)
            os.rename(place, new / BEFORE)
        else:
            shutil.rmtree(place, ignore_errors=True)
        os.rename(new, place)


def finish(workspace: Workspace) -> None:
    """Record that the collection ended; if it changed nothing, the previous one remains the one that can be undone."""
    place = _place(workspace)
    if not (state := _state(place)):
        return
    before = place / BEFORE
    if _state(before) and _is_as_noted(workspace, place, state):
        with tempfile.TemporaryDirectory(dir=workspace.root, prefix=".incoming-", ignore_cleanup_errors=True) as work:
            os.rename(before, Path(work, "kept"))
            os.rename(place, Path(work, "empty"))
            os.rename(Path(work, "kept"), place)
        return
    write_atomically(place / STATE, json.dumps({**state, "finished": True}) + "\n")
    shutil.rmtree(before, ignore_errors=True)


def _folders(workspace: Workspace, assignment: str) -> dict[str, Any]:
    """Which folder each hand-in is, and which the earlier attempts are."""
    return {
        "submitted": {s: workspace.submitted(s, assignment).stat().st_ino for s in workspace.students(assignment)},
        "earlier": sorted(p.stat().st_ino for p in workspace.earlier.glob(f"*/{assignment}/*")),
    }


def _notes(workspace: Workspace) -> dict[Path, Path]:
    """Name below ``collected/`` -> file, for everything that collections note."""
    collected = workspace.root / "collected"
    names = {path: path.relative_to(collected) for path in sorted(collected.rglob("*.json"))}
    return {name: path for path, name in names.items() if not any(part.startswith(".") for part in name.parts)}


def _is_as_noted(workspace: Workspace, place: Path, state: dict[str, Any]) -> bool:
    """Whether hand-ins, notes and roster are what they were when a collection began."""
    if any(state[name] != found for name, found in _folders(workspace, state["assignment"]).items()):
        return False
    saved, roster = place / "collected", "roster.csv"
    before = {p.relative_to(saved): p for p in saved.rglob("*.json")} | {Path("..", roster): place / roster}
    now = _notes(workspace) | {Path("..", roster): workspace.root / roster}
    return before.keys() == now.keys() and all(_content(before[name]) == _content(now[name]) for name in before)


def _content(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None


def _state(place: Path) -> dict[str, Any]:
    try:
        found = json.loads((place / STATE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def undo(workspace: Workspace, assignment: str) -> Undone:
    """Undo the last collection of an assignment.

    Raises
    ------
    WorkspaceError
        When there is none, or folders have been moved since in another way.
    """
    place = _place(workspace)
    if (state := _state(place)) and not state["finished"]:
        finish(workspace)  # one that changed nothing before it was cut short
    if not (state := _state(place)):
        raise WorkspaceError("there is no collection to undo: only the last one can be, and only once")
    if state["assignment"] != assignment:
        raise WorkspaceError(f"the last collection was one of {state['assignment']}: name that assignment")
    before: dict[str, int] = state["submitted"]
    moves = _moves(workspace, assignment, before)
    done = Undone(state["began"], folder=workspace.root / "undone" / f"{datetime.now(UTC):%Y%m%dT%H%M%S.%f}")
    for student, back in sorted(moves.items()):
        now = workspace.submitted(student, assignment)
        if now.is_dir():
            _move(now, done.folder / student / assignment)
        if back is None:
            done.removed.append(student)
        else:
            _move(back, now)
            done.restored.append(student)
    old = {*state["earlier"], *before.values()}
    for path in sorted(workspace.earlier.glob(f"*/{assignment}/*")):
        if path.is_dir() and path.name != "refused" and path.stat().st_ino not in old:  # an older attempt that was taken in
            _move(path, done.folder / path.parent.parent.name / f"{assignment}-{path.name}")
    _restore_notes(workspace, place)
    shutil.rmtree(place)
    return done


def _moves(workspace: Workspace, assignment: str, before: dict[str, int]) -> dict[str, Path | None]:
    """Student -> the folder that counts again, None for nothing; students without a change are left out."""
    now = {s: workspace.submitted(s, assignment).stat().st_ino for s in workspace.students(assignment)}
    moves: dict[str, Path | None] = {}
    for student in sorted({*before, *now}):
        wanted = before.get(student)
        if wanted == now.get(student):
            continue
        kept = (workspace.earlier / student / assignment).glob("*")
        found = None if wanted is None else next((p for p in kept if p.stat().st_ino == wanted), None)
        if wanted is not None and found is None:
            raise WorkspaceError(
                f"the hand-in that {student} had before is not below {workspace.earlier}: it was moved, so nothing was undone"
            )
        moves[student] = found
    return moves


def _restore_notes(workspace: Workspace, place: Path) -> None:
    collected = workspace.root / "collected"
    saved = {p.relative_to(place / "collected"): p for p in (place / "collected").rglob("*.json")}
    for name, path in _notes(workspace).items():
        if name not in saved:
            path.unlink()
    for name, path in saved.items():
        write_atomically(collected / name, path.read_bytes())
    if (place / "roster.csv").is_file():
        write_atomically(workspace.root / "roster.csv", (place / "roster.csv").read_bytes())


def _move(path: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    os.rename(path, target)


def _place(workspace: Workspace) -> Path:
    return workspace.root / FOLDER
