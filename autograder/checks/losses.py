"""Hidden checks of the two losses: value, gradient, mean over the examples, range of the scores.

Value and gradient are checked on one example at a time, and the mean by the share that each example has in a batch, so that
a forgotten division costs only the check of the mean. Scores far from zero are compared with moderate ones: rows far from
zero overflow `exp`, and a correct class far below the best one gets a probability of exactly zero, whose logarithm is
infinite.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from autograder.checking import Array, Kind, Session, check
from autograder.checks._contracts import ONE_OF_EACH, Arguments, Layer, forward_contracts
from autograder.checks._support import LARGE_S, observe

SOFTMAX = "layers.softmax_loss"
SVM = "layers.svm_loss"
GRADIENT = "dx : gradient of the loss with respect to x, shape (N, C)."
RANGE = "Scores of any size, such as 1e4 or -1e4, give a finite loss and a finite gradient."
ALL_ALIKE = "all entries of dx are the same number"
LARGE = ((100, 100), (1500, 100))
FAR, LOW = ((1e3, 1e4), (1e4, 1e5), (1e5, 1e5)), 60.0
"""Distances of scores, and one at which a probability is zero up to rounding though its logarithm is not."""
Scores = Callable[[Session, int, int], Array]


def _gaussian(s: Session, N: int, C: int) -> Array:
    return s.draw.normal((N, C), scale=s.draw.between(0.5, 3.0))


def _grid(s: Session, N: int, C: int) -> Array:
    """Scores on a grid of 0.15, so that no difference of two is closer than 0.05 to the margin of 1."""
    return 0.15 * s.draw.rng.integers(-25, 25, size=(N, C)).astype(float)


def _call(s: Session, function: str, x: Array, y: Array) -> list[Array]:
    return s.arrays(s.call(function, x, y).unpack(2))


def _examples(s: Session, scores: Scores) -> list[tuple[Array, Array]]:
    """One example each, of two classes to more than a hundred."""
    return [(scores(s, 1, C), s.draw.labels(1, C)) for (C,) in s.draw.covering([2, (3, 9), (20, 40), (101, 140)])]


def _shares(s: Session, function: str, scores: Scores, result: int) -> Iterator[tuple[Array, Array]]:
    """Loss or gradient of some batches, and of their examples one by one; every example occurs several times in a batch."""
    for N, C, count in s.draw.covering([(20, 30), (101, 140), (200, 300)], [(10, 19), (40, 60)], (3, 5)):
        x, y = scores(s, count, C), s.draw.labels(count, C)
        # Two examples whose losses always differ.
        x[0, y[0]], x[1, y[1]] = x[0].min(), x[1].max()
        rows = s.draw.permuted(np.resize(np.arange(count), N))
        alone = np.stack([np.ravel(_call(s, function, x[i : i + 1], y[i : i + 1])[result]) for i in range(count)])
        s.require(np.ptp(alone, axis=0).any(), f"{('the loss', 'dx')[result]} is the same for examples with different scores")
        yield _call(s, function, x[rows], y[rows])[result], alone[rows]


def _contracts(task: str, function: str, scores: Scores) -> None:
    def drawn(s: Session) -> Arguments:
        N, C = next(s.draw.covering((2, 9), (3, 9)))
        x, y = scores(s, N, C), s.draw.labels(N, C)
        # At least one example that costs something.
        x[0, y[0]] = x[0].min()
        return {"x": x, "y": y}

    forward_contracts(task, Layer(function, drawn, outputs=("loss", "dx"), numbers=("loss",)))


def _common_checks(task: str, function: str, scores: Scores, asks: str, asks_mean: str, also: Sequence[str] = ()) -> None:
    """What is asked of both losses."""
    _contracts(task, function, scores)

    @check(task, asks=asks, also=also)
    def loss_of_one_example(s: Session) -> None:
        for x, y in _examples(s, scores):
            s.compare("loss", s.call(function, x, y)[0])

    @check(task, asks=GRADIENT)
    def gradient_of_one_example(s: Session) -> None:
        for x, y in _examples(s, scores):
            s.compare("dx", s.call(function, x, y)[1])

        def look(shape: tuple[int, int]) -> None:
            s.compare("dx of a large input", s.call(function, s.draw.large(shape), s.draw.labels(*shape))[1])

        s.growing(LARGE_S, LARGE, look)

    @check(task, asks=asks_mean)
    def loss_is_the_mean_over_the_examples(s: Session) -> None:
        for loss, alone in _shares(s, function, scores, 0):
            observe(s, "loss divided by the sum of the losses of its examples", loss.ravel()[:1] / alone.sum())

    @check(task, asks=asks_mean)
    def gradient_is_that_of_the_mean(s: Session) -> None:
        for dx, alone in _shares(s, function, scores, 1):
            observe(s, "dx times N, minus the gradients of the single examples", len(alone) * dx - np.resize(alone, dx.shape))

    @check(task, asks=ONE_OF_EACH, kind=Kind.EDGE)
    def sizes_may_be_one(s: Session) -> None:
        for N, C in s.draw.covering([1, (2, 5), 1], [1, 1, 2]):
            for name, result in zip(("loss", "dx"), s.call(function, scores(s, N, C), s.draw.labels(N, C)).unpack(2), strict=True):
                s.compare(name, result)

    @check(task, asks="y : right classes, shape (N,), integers of 0 .. C-1.", kind=Kind.EDGE)
    def labels_may_have_any_integer_type(s: Session) -> None:
        for kind in (np.uint8, np.int32):
            N, C = next(s.draw.covering((2, 9), (3, 9)))
            for name, result in zip(
                ("loss", "dx"), s.call(function, scores(s, N, C), s.draw.labels(N, C).astype(kind)).unpack(2), strict=True
            ):
                s.compare(name, result)


_common_checks(
    "softmax-loss",
    SOFTMAX,
    _gaussian,
    "The loss of one example is minus the logarithm of the probability that the softmax of its scores gives to the right class.",
    "The loss is the mean over the N examples.",
)
_common_checks(
    "svm-loss",
    SVM,
    _grid,
    "Every wrong class costs ``max(0, score - right score + 1)``.",
    "The margin is 1 and the loss is the mean over the N examples.",
    also=["The right class itself costs nothing."],
)


@check("softmax-loss", asks=RANGE, also=["Adding one number to all scores of an example changes nothing."])
def rows_of_scores_far_from_zero(s: Session) -> None:
    for low, high in FAR:
        N, C = next(s.draw.covering((3, 9), (3, 9)))
        x, y = _gaussian(s, N, C), s.draw.labels(N, C)
        offsets = s.draw.magnitude(low, high) * s.draw.permuted(np.resize([1.0, -1.0, 0.0], N))[:, None]
        (near, dx_near), (far, dx_far) = _call(s, SOFTMAX, x, y), _call(s, SOFTMAX, x + offsets, y)
        s.require(near.any() and np.ptp(dx_near) > 0, f"for random scores, {ALL_ALIKE}, or the loss is zero")
        observe(s, "loss of shifted scores minus loss of the scores", far - near)
        observe(s, "dx of shifted scores minus dx of the scores", dx_far - dx_near)


@check("softmax-loss", asks=RANGE)
def true_class_far_below_the_best_score(s: Session) -> None:
    for low, high in FAR:
        (C,) = next(s.draw.covering((3, 9)))
        x, y = _gaussian(s, 1, C), s.draw.labels(1, C)
        distances = (LOW, s.draw.magnitude(low, high))
        below = [x - d * (np.arange(C) == y) for d in distances]
        (near, dx_near), (far, dx_far) = (_call(s, SOFTMAX, scores, y) for scores in below)
        s.require(np.ptp(dx_near) > 0, f"for random scores, {ALL_ALIKE}")
        observe(s, "growth of the loss when the right class falls further behind", (far - near) / (distances[1] - distances[0]))
        observe(s, "dx far behind the best score minus dx at a moderate distance", dx_far - dx_near)
