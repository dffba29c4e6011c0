"""Processor time of a sandbox, read before it is killed, since the times of the processes in a pid namespace are lost with them."""

from __future__ import annotations

import os
from pathlib import Path

PROC = Path("/proc")
LOOKS = 3


def tree_cpu_s(pid: int) -> float:
    """Processor time in seconds of a process and all its descendants, including those that have ended.

    The kernel's list of children may leave some out while one of them ends. The time can only grow, so the largest of a few
    sums is the best.
    """
    return max(_sum_over_tree(pid) for _ in range(LOOKS))


def _sum_over_tree(pid: int) -> float:
    total, waiting = 0.0, [pid]
    while waiting:
        one = waiting.pop()
        total += sum(_cpu_s(one))
        waiting += children(one)
    return total


def own_cpu_s(pid: int) -> float:
    """Processor time in seconds of one process; 0 if it is gone."""
    return _cpu_s(pid)[0]


def _cpu_s(pid: int) -> tuple[float, float]:
    """The time that a process has used, and that of the children that it has waited for."""
    try:
        # The name of the command comes first and may contain anything.
        fields = _read(f"{PROC}/{pid}/stat").rpartition(b")")[2].split()
    except OSError:
        return 0.0, 0.0
    user, system, ended_user, ended_system = (int(ticks) / os.sysconf("SC_CLK_TCK") for ticks in fields[11:15])
    return user + system, ended_user + ended_system


def children(pid: int) -> list[int]:
    """The processes that a process has started and that are still running."""
    try:
        return [int(child) for child in _read(f"{PROC}/{pid}/task/{pid}/children").split()]
    except OSError:
        return []


def _read(path: str) -> bytes:
    """A file of the kernel. Some dozens are read for each submission, so not as a `Path` and not as text."""
    with open(path, "rb", buffering=0) as file:
        return file.read()
