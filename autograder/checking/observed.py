"""What a check looks at: arrays to compare, properties that hold or do not, and the calls that they come from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from autograder.checking.subject import Array, Ref

ATOL = 1e-9
RTOL = 1e-7


@dataclass(frozen=True)
class Observation:
    """An array on which reference and submission must agree."""

    name: str
    value: Array
    atol: float = ATOL
    rtol: float = RTOL
    dtype: bool = False
    """Whether the dtype must also agree."""
    source: Ref | None = field(default=None, compare=False)
    """Where it was fetched from."""
    large: bool = field(default=False, compare=False)
    """Whether it counts only for marks, and not for what is said."""
    as_put: bool = field(default=False, compare=False)
    """Whether the check itself put it there, and it has not changed since."""


@dataclass(frozen=True)
class Requirement:
    """A property that holds or does not; the message tells a student what was required."""

    holds: bool
    message: str
    measure: float | None = field(default=None, compare=False)
    """A measurement of a random output. It is not part of the verdict, but tells mistakes apart that break the same property."""


Observed = Observation | Requirement
"""One thing that a check looked at."""


def is_large(item: Observed) -> bool:
    """Whether it belongs to a large input, which explains no more than a small one."""
    return isinstance(item, Observation) and item.large


@dataclass(frozen=True)
class Awaited:
    """An `Observation` whose array has not arrived yet."""

    name: str
    fetch: Callable[[], Array]
    atol: float
    rtol: float
    dtype: bool
    source: Ref
    large: bool

    def arrived(self) -> Observation:
        """The observation with its array; ``LookupError`` if that has not arrived yet."""
        return Observation(self.name, self.fetch(), self.atol, self.rtol, self.dtype, self.source, self.large)


@dataclass(frozen=True)
class Call:
    """What a check called, so that feedback can say for which settings an output is right."""

    target: str | Ref
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
