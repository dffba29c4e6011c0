"""Keeps the time of one submission: how long it has run, waited, and kept others waiting."""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

from autograder.sandbox.limits import MAX_TIME_VERDICTS, Limits
from autograder.sandbox.process_tree import ProcessTree

ROOM = 1.5
"""A check's processor time is multiplied by this, to leave time for starting and ending."""


class SlowWork(Exception):
    """A check used up its time, in a run that puts off slow work."""


@dataclass
class Clock:
    """The time of one submission, in seconds."""

    limits: Limits
    tree: ProcessTree
    hurry: bool = False
    """Whether a check that uses up its time ends the run with `SlowWork`."""
    started: float = field(default_factory=time.monotonic)
    waited_s: float = 0.0
    """Time spent waiting for others, which does not count as its own."""
    alone_s: float = 0.0
    """Time for which others had to wait."""
    time_verdicts: int = 0
    """How many checks have used up their time."""
    _ends_s: float = math.inf
    """The value of `own_s` at which its time is over."""
    settled_s: dict[str, float] = field(default_factory=dict)
    """Task -> time that went into it before it was run."""

    @contextlib.contextmanager
    def turn(self, lock: Callable[[], AbstractContextManager[None]]) -> Iterator[None]:
        """Wait for a turn, one of `autograder.engine.turns`."""
        asked = time.monotonic()
        with lock():
            self.waited_s += time.monotonic() - asked
            yield

    @contextlib.contextmanager
    def keeping_others_waiting(self) -> Iterator[None]:
        """Count the time of a block for which others wait."""
        began = time.monotonic()
        yield
        self.alone_s += time.monotonic() - began

    @property
    def own_s(self) -> float:
        """The time that has passed, less the time spent waiting."""
        return time.monotonic() - self.started - self.waited_s

    @property
    def left_alone_s(self) -> float:
        """How long it may still keep others waiting."""
        return self.limits.alone_wall_s - self.alone_s

    @property
    def may_run_alone(self) -> bool:
        """Whether there is time for a check to reach its limit of processor time while no other runs."""
        return self.left_alone_s >= min(ROOM * self.limits.check_cpu_s, self.limits.alone_wall_s)

    @property
    def left_s(self) -> float:
        """The time that the submission has left."""
        return min(self._ends_s, self.limits.submission_wall_s) - self.own_s

    @property
    def used_up(self) -> bool:
        """Whether the submission has had all of its time."""
        return self.left_s <= 0 or self.tree.cpu_s > self.limits.submission_cpu_s

    def put_off_if_hurried(self) -> None:
        """Raise `SlowWork` if the submission can wait until the others are done."""
        if self.hurry:
            raise SlowWork

    def count_time_verdict(self) -> None:
        """Note that a check has used up its time; after several, little is left for the rest."""
        self.time_verdicts += 1
        if self.time_verdicts == MAX_TIME_VERDICTS:
            self._ends_s = self.own_s + self.limits.after_time_verdicts_s
