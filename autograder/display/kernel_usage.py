"""Measures from outside what a kernel uses of the machine and its sandbox does not bound: sockets, disk and threads."""

from __future__ import annotations

import itertools
import os
import re
import stat
from pathlib import Path

MAX_SOCKETS = 20
"""Most entries of the folder that a kernel shares with us: five sockets and the file that names them."""
MAX_CONNECTION_BYTES = 1 << 16
MAX_THREADS = 500
MIN_FREE_BYTES = 2 << 30
"""Bytes that must stay free on the disk of that folder, or half of what was free, if that is less. Only this reveals files without a
name."""


def is_misused(folder: Path) -> bool:
    """Whether the folder of the sockets holds anything except these and the short file that names them."""
    with os.scandir(folder) as listing:
        entries = list(itertools.islice(listing, MAX_SOCKETS + 1))
    if len(entries) > MAX_SOCKETS:
        return True
    for entry in entries:
        try:
            found = entry.stat(follow_symlinks=False)
        except FileNotFoundError:
            continue
        if not stat.S_ISSOCK(found.st_mode) and not (stat.S_ISREG(found.st_mode) and found.st_size <= MAX_CONNECTION_BYTES):
            return True
    return False


def free_bytes(folder: Path) -> int:
    """Free bytes on the disk of a folder."""
    space = os.statvfs(folder)
    return space.f_bavail * space.f_frsize


def count_threads(pid: int | None) -> int:
    """Threads of a process and of its descendants, as far as the system shows them."""
    count, waiting = 0, [pid] if pid else []
    while waiting:
        place = Path(f"/proc/{waiting.pop()}")
        try:
            if threads := re.search(r"^Threads:\s*(\d+)", (place / "status").read_text(), re.MULTILINE):
                count += int(threads[1])
            waiting += [int(child) for child in (place / "task" / place.name / "children").read_text().split()]
        except OSError:  # it has ended in the meantime
            continue
    return count
