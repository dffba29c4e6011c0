"""How a check or a task can end, and what each ending means."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True)
class About:
    """What follows from a verdict.

    Parameters
    ----------
    words : what students and instructors read.
    reason : what a check that ended like this says; ``{cpu}`` is replaced by the seconds of processor time it may use.
    is_limit : whether the check was ended from outside, or used more than it may.
    needs_confirmation : whether a busy machine could cause it: it counts only if a run with no other beside it ends in the same way.
    costs_time : whether another check of the same task would probably cost as much again.
    is_unfinished : whether there is nothing to grade yet; nothing that ran before can cause this.
    """

    words: str
    reason: str = ""
    is_limit: bool = False
    needs_confirmation: bool = False
    costs_time: bool = False
    is_unfinished: bool = False


class Verdict(StrEnum):
    """The words of the result document; what follows from each is its ``about``."""

    about: About

    def __new__(cls, value: str, about: About) -> Verdict:
        member = str.__new__(cls, value)
        member._value_ = value
        member.about = about
        return member

    PASSED = "passed", About("passed")
    PARTIAL = "partial", About("some checks passed")
    FAILED = "failed", About("not yet right")
    ERROR = "error", About("stopped with an error", "gave back something that cannot be read")
    NOT_ATTEMPTED = "not_attempted", About("not attempted", is_unfinished=True)
    MISSING = "missing", About("not found in what was handed in", is_unfinished=True)
    # A task that met several of them gets the first in this order.
    TIME_LIMIT = (
        "time_limit",
        About(
            "took too long and was stopped",
            "took more than {cpu} seconds of processor time, or did not answer",
            is_limit=True,
            needs_confirmation=True,
            costs_time=True,
        ),
    )
    MEMORY_LIMIT = (
        "memory_limit",
        About("needed too much memory and was stopped", "needed more memory than graded code may use", is_limit=True, costs_time=True),
    )
    OUTPUT_LIMIT = (
        "output_limit",
        About("printed too much and was stopped", "wrote or gave back more than graded code may", is_limit=True),
    )
    PROCESS_LIMIT = (
        "process_limit",
        About("started another process or thread", "started another process or thread, which graded code may not", is_limit=True),
    )
    KILLED = (
        "killed",
        About(
            "ended unexpectedly",
            "the process ended in the middle of the check",
            is_limit=True,
            needs_confirmation=True,
            costs_time=True,
        ),
    )


LIMITS = tuple(verdict for verdict in Verdict if verdict.about.is_limit)
UNFINISHED = tuple(verdict for verdict in Verdict if verdict.about.is_unfinished)
WORDS = {verdict.value: verdict.about.words for verdict in Verdict}
"""Verdict of a result document -> what students and instructors read."""
