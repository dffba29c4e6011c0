"""What a check looks at: arrays to be compared, properties that hold or do not, and the calls behind them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from autograder.checking.subject import Array, Ref

ATOL = 1e-9
RTOL = 1e-7


@dataclass(frozen=True)
class Observation:
    """An array that reference and submission must agree on."""

    name: str
    value: Array
    atol: float = ATOL
    rtol: float = RTOL
    dtype: bool = False
    """Whether the dtype must agree too."""
    source: Ref | None = field(default=None, compare=False)
    """Where it was fetched from."""
    large: bool = field(default=False, compare=False)
    """Whether only marks depend on it, since nothing that is said does."""
    as_put: bool = field(default=False, compare=False)
    """Whether the check itself put it there, and it is still what it was."""


@dataclass(frozen=True)
class Requirement:
    """A property that holds or does not; the message tells a student what was asked."""

    holds: bool
    message: str
    measure: float | None = field(default=None, compare=False)
    """What was measured of a random output: no part of the verdict, it tells mistakes apart that break the same property."""


Observed = Observation | Requirement
"""One thing that a check looked at."""


def is_large(item: Observed) -> bool:
    """Whether it belongs to a large input, which explains nothing that a small one does not."""
    return isinstance(item, Observation) and item.large


@dataclass(frozen=True)
class Awaited:
    """An `Observation` whose array is still under way."""

    name: str
    fetch: Callable[[], Array]
    atol: float
    rtol: float
    dtype: bool
    source: Ref
    large: bool

    def arrived(self) -> Observation:
        """With its array; ``LookupError`` when that is still under way."""
        return Observation(self.name, self.fetch(), self.atol, self.rtol, self.dtype, self.source, self.large)


@dataclass(frozen=True)
class Call:
    """What a check called, so that feedback can say for which settings an output is right."""

    target: str | Ref
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
