"""Divides the tasks of one submission between processes, when no other submission needs the cores."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from autograder.engine.catalogue import checks_of
from autograder.engine.settled_work import sharing
from autograder.manifest import Course, Task

WORTH_A_LANE, MOST_LANES = 50, 4
"""How many checks make another process and its sandbox pay off, and the most processes that save more time than they cost."""


def divided(course: Course, reference: Path, tasks: Sequence[Task], most: int) -> list[list[Task]]:
    """Lists of tasks with about the same number of checks each; tasks that can share a process in a sandbox stay together where possible.

    Parameters
    ----------
    most : the largest number of lists.
    """
    ordered = [task for some in sharing(course, reference, tasks).values() for task in some]
    checks = {task.id: len(checks_of(course, task)) for task in ordered}
    total = sum(checks.values())
    lanes = max(min(most, MOST_LANES, total // WORTH_A_LANE), 1)
    found: list[list[Task]] = [[] for _ in range(lanes)]
    before = 0
    for task in ordered:
        found[min(int(lanes * (before + checks[task.id] / 2) / total), lanes - 1)].append(task)
        before += checks[task.id]
    return [lane for lane in found if lane] or [[]]
