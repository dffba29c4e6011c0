"""Keeps the seconds of one submission: what it has used, what it has waited, and for how long it has kept others waiting."""

from __future__ import annotations

import contextlib
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

from autograder.sandbox.limits import Limits
from autograder.sandbox.process_tree import ProcessTree


@dataclass
class Clock:
    """The time of one submission, in seconds."""

    limits: Limits
    tree: ProcessTree
    started: float = field(default_factory=time.monotonic)
    waited_s: float = 0.0
    """Spent waiting for others, which is not its own time."""
    alone_s: float = 0.0
    """For which others had to wait."""
    shifted_s: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    """Went into a task while another one was run; below zero for that other one."""

    @contextlib.contextmanager
    def turn(self, lock: Callable[[], AbstractContextManager[None]]) -> Iterator[None]:
        """Wait for a turn, one of `autograder.engine.turns`."""
        asked = time.monotonic()
        with lock():
            self.waited_s += time.monotonic() - asked
            yield

    @contextlib.contextmanager
    def keeping_others_waiting(self) -> Iterator[None]:
        """Count a block for which others wait."""
        began = time.monotonic()
        yield
        self.alone_s += time.monotonic() - began

    @property
    def may_run_alone(self) -> bool:
        """Whether it has not kept others waiting for too long yet."""
        return self.alone_s < self.limits.alone_wall_s

    @property
    def used_up(self) -> bool:
        """Whether the submission has had all of its time."""
        used = time.monotonic() - self.started - self.waited_s
        return used > self.limits.submission_wall_s or self.tree.cpu_s > self.limits.submission_cpu_s

    def shift(self, seconds: float, *, to: str, of: str) -> None:
        """Count seconds of one task for another."""
        self.shifted_s[to] += seconds
        self.shifted_s[of] -= seconds
