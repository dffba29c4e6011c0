"""Hidden checks of the two losses: value, gradient, numerical range, arguments left alone.

The number of examples differs from the number of classes. Hinge margins keep 0.05 away
from their kink. Scores of 1e4 come in two kinds, because they break two different things:
rows far from zero overflow `exp`, and a true class far below the best one makes a
probability of exactly zero, whose logarithm is infinite.
"""

from __future__ import annotations

import numpy as np

from autograder.checking import Array, Session, check
from autograder.checks._support import leaves_alone

SOFTMAX = "layers.softmax_loss"
SVM = "layers.svm_loss"
N, C = 7, 5


def _hinge_scores(s: Session) -> Array:
    """Scores on a grid of 0.15, so that no difference of two is nearer than 0.05 to the margin of 1."""
    return s.draw.distinct((N, C), gap=0.15)


def _left_alone(s: Session, function: str, scores: Array) -> None:
    y = s.draw.labels(N, C)
    labels = s.put(y)
    leaves_alone(s, "x", scores, lambda x: s.call(function, x, labels)[1])
    s.unchanged("y", labels, y)


@check(
    "softmax-loss",
    asks="The loss of one example is minus the logarithm of the probability that the softmax of its scores gives to the right class.",
)
def loss_is_the_mean_negative_log_probability(s: Session) -> None:
    loss, _ = s.call(SOFTMAX, s.draw.normal((N, C), scale=2.0), s.draw.labels(N, C)).unpack(2)
    s.compare("loss", loss)


@check("softmax-loss", asks="dx : gradient of the loss with respect to x, shape (N, C).")
def gradient_of_the_scores(s: Session) -> None:
    _, dx = s.call(SOFTMAX, s.draw.normal((N, C), scale=2.0), s.draw.labels(N, C)).unpack(2)
    s.compare("dx", dx)


@check("softmax-loss", asks="Scores of any size, such as 1e4 or -1e4, give a finite loss and a finite gradient.")
def rows_of_scores_far_from_zero(s: Session) -> None:
    offsets = 1e4 * np.resize([1.0, -1.0, 0.0], N)[:, None]
    loss, dx = s.call(SOFTMAX, s.draw.normal((N, C)) + offsets, s.draw.labels(N, C)).unpack(2)
    s.compare("loss", loss)
    s.compare("dx", dx)


@check("softmax-loss", asks="Scores of any size, such as 1e4 or -1e4, give a finite loss and a finite gradient.")
def true_class_far_below_the_best_score(s: Session) -> None:
    x, y = s.draw.normal((N, C)), s.draw.labels(N, C)
    x[np.arange(N), y] -= 1e4
    loss, dx = s.call(SOFTMAX, x, y).unpack(2)
    s.compare("loss", loss)
    s.compare("dx", dx)


@check("softmax-loss", asks="No argument is written into.", weight=0.5)
def leaves_x_and_y_as_they_were(s: Session) -> None:
    _left_alone(s, SOFTMAX, s.draw.normal((N, C)))


@check("svm-loss", asks="Every wrong class costs ``max(0, score - right score + 1)``.")
def loss_is_the_mean_sum_of_margins(s: Session) -> None:
    loss, _ = s.call(SVM, _hinge_scores(s), s.draw.labels(N, C)).unpack(2)
    s.compare("loss", loss)


@check("svm-loss", asks="dx : gradient of the loss with respect to x, shape (N, C).")
def gradient_of_the_margins(s: Session) -> None:
    _, dx = s.call(SVM, _hinge_scores(s), s.draw.labels(N, C)).unpack(2)
    s.compare("dx", dx)


@check("svm-loss", asks="No argument is written into.", weight=0.5)
def writes_into_neither_x_nor_y(s: Session) -> None:
    _left_alone(s, SVM, _hinge_scores(s))
