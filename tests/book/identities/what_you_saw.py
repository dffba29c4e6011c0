"""Identities of the page of experiments: the uncertainty of an accuracy."""

from __future__ import annotations

import itertools

import numpy as np
from numpy.random import Generator

from coursenn.solver import Solver
from tests.book.identities.registry import Pairs, identity


class _Answers:
    """A replacement for a network whose scores say which answers are right."""

    def __init__(self) -> None:
        self.params: dict[str, np.ndarray] = {}

    def loss(self, X: np.ndarray) -> np.ndarray:
        """Return scores that prefer class 0 for images of 1 and class 1 for images of 0."""
        return np.stack([X, 1 - X], axis=1)


@identity("accuracy-error", "Spread of `Solver.check_accuracy` over all outcomes of eight images, weighted by their probability.")
def accuracy_error(rng: Generator) -> Pairs:
    a, n = 0.3, 8
    y = np.zeros(n, int)
    solver = Solver(_Answers(), {"X_train": y, "y_train": y, "X_val": y, "y_val": y}, verbose=False)
    outcomes = np.array(list(itertools.product((0, 1), repeat=n)))
    found = np.array([solver.check_accuracy(outcome, y) for outcome in outcomes])
    weight = np.prod(np.where(outcomes == 1, a, 1 - a), axis=1)
    yield np.sqrt(weight @ (found - weight @ found) ** 2), np.sqrt(a * (1 - a) / n)
