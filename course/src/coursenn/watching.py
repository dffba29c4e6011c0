"""Marks in your own code for the microscope of `coursenn.debug`; without a microscope they give back what they were given.

>>> xmu = watch("xmu", 3.0)
>>> xmu
3.0

Marked code runs, is checked and is graded like code without marks.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

Value = TypeVar("Value")
Look = Callable[[str, Any], Any]


class _Microscope:
    """What looks at marked values while `coursenn.debug.explain_gradient` runs."""

    value: Look | None = None
    gradient: Look | None = None


def watch(name: str, value: Value) -> Value:
    """Mark a value of a forward pass. Use the result: ``xmu = watch("xmu", x - mu)``.

    Parameters
    ----------
    name : what reports call it.
    value : an array or a number.

    Returns
    -------
    value, unless `coursenn.debug.explain_gradient` moves it to see what the loss does.
    """
    look = _Microscope.value
    if look is None:
        return value
    seen: Value = look(name, value)
    return seen


def watch_grad(name: str, gradient: Value) -> Value:
    """Mark the gradient that belongs to ``watch(name, ...)``, in a backward pass.

    Parameters
    ----------
    name : the name that was given to `watch`.
    gradient : an array or a number.

    Returns
    -------
    gradient
    """
    look = _Microscope.gradient
    if look is not None:
        look(name, gradient)
    return gradient
