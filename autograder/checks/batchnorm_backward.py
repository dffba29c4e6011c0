"""Hidden checks of the two backward passes of batch normalization.

The upstream gradient is random, because the gradients of the sum and of the sum of squares vanish. With three examples
the terms of order 1/N show; there are more than a hundred as well.
"""

from __future__ import annotations

from autograder.checking import Array, Kind, Ref, Session, check
from autograder.checks._contracts import ONE_OF_EACH, Arguments, Layer, backward_contracts
from autograder.checks._norms import SMALLEST_EPS, far_from_eps, gamma_beta, narrow, plain, some_eps, spread
from autograder.checks._support import LARGE_S
from autograder.checks.batchnorm import FORWARD, drawn, ones, sizes

GRADIENTS = ("dx", "dgamma", "dbeta")
LARGE = {"dx": ((100, 100), (1000, 300)), "dgamma": ((10, 1000), (40, 5000)), "dbeta": ((10, 1000), (40, 5000))}
"""The gradient -> shapes of x. An entry of gamma reaches a whole feature, and plain loops go over features."""


def _drawn(s: Session) -> Arguments:
    return drawn(s, "train")


def _gradients(
    s: Session, backward: str, x: Array, scale: float = 1.0, gamma_and_beta: tuple[Array, Array] | None = None, **given: float
) -> tuple[Ref, ...]:
    _, cache = s.call(FORWARD, x, *(gamma_and_beta or gamma_beta(s.draw, x.shape[1:])), {"mode": "train", **given}).unpack(2)
    return s.call(backward, s.draw.normal(x.shape, scale), cache).unpack(3)


def _large_gradients(s: Session, backward: str, shape: tuple[int, ...]) -> tuple[Ref, ...]:
    _, cache = s.call(FORWARD, far_from_eps(s.draw, shape), *gamma_beta(s.draw, shape[1:]), {"mode": "train"}).unpack(2)
    return s.call(backward, far_from_eps(s.draw, shape), cache).unpack(3)


def _backward_checks(task: str, backward: str, asks_x: str, asks_eps: str) -> None:
    """The same behaviours for the backward pass along the graph and for the one in closed form."""
    backward_contracts(task, Layer(FORWARD, _drawn, backward, gradients=GRADIENTS))

    def compare_gradient(s: Session, name: str) -> None:
        number = GRADIENTS.index(name)
        for N, D in sizes(s):
            # Large inputs for which eps does not count, and upstream gradients that make up for them.
            s.compare(name, _gradients(s, backward, spread(s.draw, (N, D)), 1e3 if name == "dx" else 1.0)[number])
        s.growing(LARGE_S, LARGE[name], lambda shape: s.compare(f"{name} of a large input", _large_gradients(s, backward, shape)[number]))

    @check(task, asks=asks_x)
    def gradient_of_x(s: Session) -> None:
        compare_gradient(s, "dx")

    @check(task, asks="dgamma : gradient of gamma, shape (D,).")
    def gradient_of_gamma(s: Session) -> None:
        compare_gradient(s, "dgamma")

    @check(task, asks="dbeta : gradient of beta, shape (D,).", weight=0.5)
    def gradient_of_beta(s: Session) -> None:
        compare_gradient(s, "dbeta")

    @check(task, asks=asks_eps, weight=0.5)
    def gradient_of_x_for_a_variance_near_eps(s: Session) -> None:
        for (N, D), (eps, given) in zip(sizes(s), some_eps(s.draw), strict=True):
            dx = _gradients(s, backward, narrow(s.draw, (N, D), 1, eps), gamma_and_beta=plain((D,)), **given)[0]
            s.compare(f"dx with the {'given' if given else 'default'} eps", dx)

    @check(task, asks=asks_eps, kind=Kind.EDGE)
    def gradient_of_x_for_a_tiny_eps(s: Session) -> None:
        for N, D in sizes(s):
            s.compare("dx", _gradients(s, backward, narrow(s.draw, (N, D), 1, SMALLEST_EPS), eps=SMALLEST_EPS)[0])

    @check(task, asks=ONE_OF_EACH, kind=Kind.EDGE)
    def gradients_where_sizes_are_one(s: Session) -> None:
        for N, D in ones(s):
            for name, gradient in zip(GRADIENTS, _gradients(s, backward, s.draw.normal((N, D))), strict=True):
                s.compare(name, gradient)


_backward_checks(
    "batchnorm-backward",
    "layers.batchnorm_backward",
    asks_x="The mean and the variance depend on x, and their gradients are part of dx.",
    asks_eps="The gradients are right for every eps above 0 and every size of x, also when the variance of a feature is as small as eps.",
)
SAME = "The results are those of batchnorm_backward up to rounding, from the same cache."
_backward_checks("batchnorm-backward-alt", "layers.batchnorm_backward_alt", asks_x=SAME, asks_eps=SAME)
