"""Processor time of a sandbox, read before it is killed: what the processes of a pid namespace have used dies with them."""

from __future__ import annotations

import os
from pathlib import Path

PROC = Path("/proc")
LOOKS = 3


def tree_cpu_s(pid: int) -> float:
    """Processor time in seconds of a process, of all that descends from it, and of those of them that have ended.

    The kernel's list of children may leave some out while one of them ends. What has been used only grows, so the largest of a few
    sums is nearest.
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
    """Processor time in seconds of a process alone; 0 for one that is gone."""
    return _cpu_s(pid)[0]


def _cpu_s(pid: int) -> tuple[float, float]:
    """What a process has used, and what the children have that it has waited for."""
    try:
        # The name of the command comes first and may hold anything.
        fields = (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0, 0.0
    user, system, ended_user, ended_system = (int(ticks) / os.sysconf("SC_CLK_TCK") for ticks in fields[11:15])
    return user + system, ended_user + ended_system


def children(pid: int) -> list[int]:
    """The processes that a process has started and that still run."""
    try:
        return [int(child) for child in (PROC / str(pid) / "task" / str(pid) / "children").read_text().split()]
    except OSError:
        return []
