"""After SIGKILL to `release` or `export` at any moment, does the next run end with the files of an uninterrupted one?"""

from __future__ import annotations

import contextlib
import os
import random
import re
import signal
import sqlite3
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from autograder.manifest import Course
from autograder.outgoing.export import export
from autograder.outgoing.release import release
from autograder.runs.grade import grade
from autograder.workspace.opening import open_workspace
from autograder.workspace.workspace import Workspace
from tests.autograder.small_course import RIGHT_LAYERS, hand_in

DUE = datetime(2026, 10, 1, 21, 59)
APART = {"backups", "earlier", "logs", "seed", "gradebook.db", ".lock", "workspace.json", "journal.jsonl"}
"""Files that always differ between runs, or are compared by their content."""
ROWS = {
    "assignment": "select name, duedate from assignment",
    "cells": "select n.name, b.name, s.source, s.checksum, s.locked from source_cell s join base_cell b using (id)"
    " join notebook n on n.id = b.notebook_id",
    "points": "select b.name, g.max_score, g.cell_type from grade_cells g join base_cell b using (id)",
}


def killed_at_a_random_moment(work: Callable[[], object], took: float) -> None:
    """Do something in a process that is then killed, with everything that it has started."""
    seed = int.from_bytes(os.urandom(4), "big")
    moment = random.Random(seed).uniform(0, took)
    print(f"seed {seed}: killed after {moment:.3f} s")
    child = os.fork()
    if not child:
        with contextlib.suppress(BaseException):
            os.setsid()
            work()
        os._exit(0)
    time.sleep(moment)
    for end in (os.killpg, os.kill):
        with contextlib.suppress(OSError):
            end(child, signal.SIGKILL)
    os.waitpid(child, 0)


def files(workspace: Workspace) -> dict[str, bytes | None]:
    """Return everything in the workspace, including hidden files."""
    found = (p for p in sorted(workspace.root.rglob("*")) if p.relative_to(workspace.root).parts[0] not in APART)
    return {p.relative_to(workspace.root).as_posix(): p.read_bytes() if p.is_file() else None for p in found}


def rows(workspace: Workspace) -> dict[str, list[Any]]:
    with contextlib.closing(sqlite3.connect(workspace.gradebook)) as database:
        return {name: sorted(database.execute(query).fetchall(), key=repr) for name, query in ROWS.items()}


def rounds() -> list[int]:
    return list(range(20 if os.environ.get("COURSENN_PROVE") else 1))


@pytest.fixture(scope="module")
def undisturbed(small: Course, tmp_path_factory: pytest.TempPathFactory) -> tuple[Workspace, float]:
    """An uninterrupted release, and the time that it took."""
    workspace = open_workspace(tmp_path_factory.mktemp("released") / "class", small)
    started = time.monotonic()
    release(workspace, small, "first", due=DUE, generated=True)
    return workspace, time.monotonic() - started


@pytest.mark.whole
@pytest.mark.parametrize("number", rounds())
def test_release(number: int, undisturbed: tuple[Workspace, float], small: Course, tmp_path: Path) -> None:
    """After a first or later release is killed, does releasing again give the files, cells and deadline of an uninterrupted one?"""
    expected, took = undisturbed
    workspace = open_workspace(tmp_path / "class", small)
    if os.urandom(1)[0] % 2:
        print("released before")
        release(workspace, small, "first", due=datetime(2026, 9, 1), generated=True)
    killed_at_a_random_moment(lambda: release(workspace, small, "first", due=DUE, generated=True), took)
    release(workspace, small, "first", due=DUE, generated=True)
    assert files(workspace) == files(expected)
    assert rows(workspace) == rows(expected)
    # The folder put aside never equals the one in place.
    assert not list(workspace.earlier.glob("source/first/*"))


def test_export(workspace: Workspace, small: Course) -> None:
    """After kills at random moments, is the table completely the old or the new one, with no pieces left next to it?"""
    hand_in(workspace, "ada", {"coursenn/layers.py": RIGHT_LAYERS})
    grade(workspace, small, "first", unsafe=True, jobs=1)
    started = time.monotonic()
    expected = export(workspace, small).read_bytes()
    took = time.monotonic() - started
    before = without_times(files(workspace))
    for _ in range(30 if os.environ.get("COURSENN_PROVE") else 3):
        killed_at_a_random_moment(lambda: export(workspace, small), took)
        assert (workspace.root / "grades.csv").read_bytes() == expected
    time.sleep(1.1)
    export(workspace, small)
    assert without_times(files(workspace)) == before


def without_times(found: dict[str, bytes | None]) -> dict[str, bytes | None]:
    """Return the files of a workspace, without the times at which marks were published."""
    return {name: content and re.sub(rb'"at": "[^"]*"', b"", content) for name, content in found.items()}


def test_pieces_of_a_killed_write_are_removed(tmp_path: Path) -> None:
    """Is a partial copy removed by the next write of that file, unless it is being written or belongs to another user?"""
    import fcntl

    from autograder.paths import write_atomically

    names = [".a.csv.12345678.partial", ".a.csv.held0000.partial", ".a.csv.new00000.partial", ".a.csv.12345678", ".b.csv.12345678.partial"]
    for name in names:
        (tmp_path / name).write_text("half")
        if "new" not in name:
            os.utime(tmp_path / name, (0, 0))
    with (tmp_path / names[1]).open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        write_atomically(tmp_path / "a.csv", "whole")
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted([*names[1:], "a.csv"])
