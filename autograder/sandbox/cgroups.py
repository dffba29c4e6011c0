"""A control group for each sandbox, if this user may make one: it limits the memory and processes of everything inside together.

Only version 2, and only below a group that delegates the memory and pids controllers. Elsewhere there is none, and the
limits of each process must suffice.
"""

from __future__ import annotations

import contextlib
import functools
import os
import tempfile
import time
from pathlib import Path

from autograder.sandbox.limits import Limits

MOUNT = Path("/sys/fs/cgroup")
PREFIX = "coursenn-"
JUST_MADE_S = 60.0
"""A group younger than this may be empty because a process is about to be put there."""
NEEDED = frozenset({"memory", "pids"})


class Cgroup:
    """One group, with limits, which is empty at first."""

    def __init__(self, parent: Path, limits: Limits) -> None:
        self.path = Path(tempfile.mkdtemp(prefix=PREFIX, dir=parent))
        try:
            self._write("memory.max", limits.memory_bytes + limits.tmpfs_bytes)
            self._write("pids.max", limits.processes)
            # Swapping must not be a way around the limit, and not every kernel has it.
            with contextlib.suppress(OSError):
                self._write("memory.swap.max", 0)
        except OSError:
            self.close()
            raise

    def _write(self, name: str, value: int) -> None:
        # The files of a group exist already and are only written to.
        descriptor = os.open(self.path / name, os.O_WRONLY)
        with os.fdopen(descriptor, "w") as file:
            file.write(f"{value}\n")

    def add(self, pid: int) -> None:
        """Move a process into it."""
        self._write("cgroup.procs", pid)

    def out_of_memory(self) -> bool:
        """Whether the kernel has ended a process in it because of its memory."""
        with contextlib.suppress(OSError, ValueError):
            events = dict(line.split() for line in (self.path / "memory.events").read_text().splitlines())
            return int(events.get("oom_kill", 0)) > 0
        return False

    def close(self) -> None:
        """End everything in it, and remove it."""
        with contextlib.suppress(OSError):
            self._write("cgroup.kill", 1)
        with contextlib.suppress(OSError):
            self.path.rmdir()


def parent_group(mount: Path = MOUNT, own: Path = Path("/proc/self/cgroup")) -> Path | None:
    """The group below which this process may make others: its own, or the one around it."""
    try:
        lines = [line for line in own.read_text().splitlines() if line.startswith("0::/")]
        group = mount / lines[0].removeprefix("0::/")
    except (OSError, IndexError):
        return None
    for candidate in (group, group.parent):
        if candidate != mount.parent and _hands_on(candidate):
            return candidate
    return None


def _hands_on(group: Path) -> bool:
    try:
        names = set((group / "cgroup.subtree_control").read_text().split())
    except OSError:
        return False
    return names >= NEEDED and os.access(group, os.W_OK) and os.access(group / "cgroup.procs", os.W_OK)


def new_group(limits: Limits) -> Cgroup | None:
    """A group for one sandbox, or None."""
    parent = parent_group()
    if parent is None:
        return None
    remove_leftovers(parent)
    try:
        return Cgroup(parent, limits)
    except OSError:
        return None


@functools.cache
def remove_leftovers(parent: Path) -> None:
    """Remove, once in each process, the groups that killed graders have left behind; the kernel keeps those that are not empty."""
    for left in parent.glob(f"{PREFIX}*"):
        with contextlib.suppress(OSError):
            if time.time() - left.stat().st_mtime > JUST_MADE_S:
                left.rmdir()
