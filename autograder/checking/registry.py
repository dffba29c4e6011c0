"""The hidden checks that were imported, each with the sentence that asks for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from autograder.checking.session import Session

CheckFunction = Callable[[Session], None]


@dataclass(frozen=True)
class Check:
    """One behaviour of one task, worth ``weight`` shares of the task's points."""

    task: str
    name: str
    asks: str
    """The sentence of the task's docstring or notebook that asks for this behaviour, word for word."""
    weight: float
    run: CheckFunction


REGISTRY: list[Check] = []


def check(task: str, *, asks: str, weight: float = 1.0) -> Callable[[CheckFunction], CheckFunction]:
    """Register a function as a hidden check of a task; its name, with spaces, is what feedback calls it."""

    def register(function: CheckFunction) -> CheckFunction:
        REGISTRY.append(Check(task, function.__name__.replace("_", " "), asks, weight, function))
        return function

    return register
