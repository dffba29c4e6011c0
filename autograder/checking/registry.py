"""The hidden checks that were imported, each with the sentence that asks for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from autograder.checking.session import Session

CheckFunction = Callable[[Session], None]


INDEPENDENT = "calls do not affect each other"
"""The check that also fails when other checks find that earlier calls have changed a function."""
SMALL_SHARE = 0.1
"""Share of a task's points for its contracts and edge cases together."""


class Kind(StrEnum):
    """What kind of thing a check looks at."""

    BEHAVIOUR = "behaviour"
    """What the function is for."""
    RELATION = "relation"
    """A behaviour that is seen only by comparing results of the function with each other: a constant would pass."""
    EDGE = "edge"
    """The limits of what is allowed: one example, a tie, a slope at a kink."""
    CONTRACT = "contract"
    """A rule for every function of the package."""


SMALL = (Kind.EDGE, Kind.CONTRACT)
"""Kinds that share `SMALL_SHARE` of a task."""


@dataclass(frozen=True)
class Check:
    """One behaviour of one task, worth ``weight`` shares of the task's points."""

    task: str
    name: str
    asks: str
    """The sentence of the task's docstring or notebook that asks for this behaviour, word for word."""
    weight: float
    run: CheckFunction
    kind: Kind = Kind.BEHAVIOUR
    module: str = ""
    """Where it is written."""
    also: tuple[str, ...] = ()
    """Further sentences that ask for this behaviour."""

    @property
    def quotes(self) -> tuple[str, ...]:
        """All sentences that ask for it."""
        return self.asks, *self.also


REGISTRY: list[Check] = []


def check(
    task: str, *, asks: str, also: Sequence[str] = (), weight: float = 1.0, kind: Kind = Kind.BEHAVIOUR, module: str = ""
) -> Callable[[CheckFunction], CheckFunction]:
    """Register a function as a hidden check of a task; its name, with spaces, is what feedback calls it.

    Parameters
    ----------
    task : id of the task.
    asks : the sentence that asks for the behaviour.
    also : further sentences that ask for it, for `autograder dev audit --sentences`.
    weight : its share among the checks of its task; edge cases and contracts together have `SMALL_SHARE` of the task.
    kind : what kind of thing it looks at.
    module : the module of the task's checks, if it is not the function's own.
    """

    def register(function: CheckFunction) -> CheckFunction:
        name = function.__name__.replace("_", " ")
        REGISTRY.append(Check(task, name, asks, weight, function, kind, module or function.__module__, tuple(also)))
        return function

    return register


def weighed(checks: Sequence[Check]) -> tuple[Check, ...]:
    """The checks of one task, behaviours first, with the weights of the others scaled to `SMALL_SHARE` of the whole.

    Raises
    ------
    ValueError
        When there is no check of a behaviour.
    """
    main = sum(c.weight for c in checks if c.kind not in SMALL)
    small = sum(c.weight for c in checks if c.kind in SMALL)
    if checks and not any(c.kind is Kind.BEHAVIOUR for c in checks):
        raise ValueError(f"{checks[0].task} has no check of a behaviour")
    scale = main * SMALL_SHARE / (1 - SMALL_SHARE) / small if small else 1.0
    ordered = sorted(checks, key=lambda c: list(Kind).index(c.kind))
    return tuple(c if c.kind not in SMALL else replace(c, weight=c.weight * scale) for c in ordered)
