"""Deadlines that a person gives to nbgrader, in the formgrader or in ``nbgrader db``, read as `autograder release` reads them.

nbgrader would store ``23:59 +0200`` as 23:55 in UTC, and 23:59 in a zone that it does not know as 23:59 in UTC.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from datetime import tzinfo
from typing import Any

from nbgrader.api import Gradebook

from autograder.times import find_zone, read_deadline

METHODS = ("add_assignment", "update_or_create_assignment")
"""The functions through which every deadline goes on its way into the gradebook."""

_zone: tzinfo | None = None


def read_deadlines_in(zone: str) -> None:
    """From now on, read a deadline given as text in that zone, or refuse it before anything is stored.

    Parameters
    ----------
    zone : an IANA name.
    """
    global _zone
    if _zone is None:
        for name in METHODS:
            setattr(Gradebook, name, _reading(getattr(Gradebook, name)))
    _zone = find_zone(zone)


def _reading(method: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(method)
    def read_first(self: Gradebook, name: str, **values: Any) -> Any:
        if isinstance(due := values.get("duedate"), str) and _zone is not None:
            values["duedate"] = read_deadline(due, _zone)
        return method(self, name, **values)

    return read_first
