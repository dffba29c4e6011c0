"""Hidden checks of layer normalization: values, eps, no modes, gradients.

Sizes are drawn: more examples than features and fewer, and more than a hundred of each. The upstream gradient is random.
"""

from __future__ import annotations

from collections.abc import Iterator

from autograder.checking import Array, Kind, Ref, Session, check
from autograder.checks._contracts import ONE_OF_EACH, SAME, Arguments, Layer, agree, backward_contracts, forward_contracts
from autograder.checks._norms import (
    SMALLEST_EPS,
    averages,
    far_from_eps,
    gamma_beta,
    narrow,
    observe_beta,
    observe_gamma,
    plain,
    some_eps,
    spread,
)
from autograder.checks._support import LARGE_S, NOT_A_RESULT

FORWARD = "layers.layernorm_forward"
BACKWARD = "layers.layernorm_backward"
GRADIENTS = ("dx", "dgamma", "dbeta")
LARGE = {"dx": ((100, 100), (300, 1000)), "dgamma": ((10, 1000), (40, 5000)), "dbeta": ((10, 1000), (40, 5000))}
"""The gradient -> shapes of x. Plain loops go over examples."""
EPS = "a dictionary with the key ``eps``: added to the variance under the root, above 0; default 1e-5."
FORMULA = "``out = gamma * (x - mean) / sqrt(var + eps) + beta``, where mean and variance belong to one example."
LIKE_BATCHNORM = "gamma and beta act on each feature, as in batch normalization."
NO_MODES = "Training and test time are the same: there are no running averages, and other keys of ln_param, such as a mode, are ignored."
SUMS = "dgamma and dbeta are sums over the N examples, since all examples share gamma and beta."
NEAR_EPS = "The gradients are right also when the variance of an example is as small as eps."


def _sizes(s: Session) -> Iterator[tuple[int, ...]]:
    return s.draw.covering([(2, 9), (101, 140), (2, 9)], [(3, 9), (3, 9), (101, 140)])


def _ones(s: Session) -> Iterator[tuple[int, ...]]:
    return s.draw.covering([1, (2, 5), 1], [(3, 5), 1, 1])


def _drawn(s: Session) -> Arguments:
    N, D = next(s.draw.covering((2, 6), (4, 8)))
    gamma, beta = gamma_beta(s.draw, (D,))
    return {"x": spread(s.draw, (N, D), 1.0), "gamma": gamma, "beta": beta, "ln_param": {"eps": s.draw.magnitude(1e-3, 1e-1)}}


LAYERNORM = Layer(FORWARD, _drawn, BACKWARD, gradients=GRADIENTS)
forward_contracts("layernorm-forward", LAYERNORM)
backward_contracts("layernorm-backward", LAYERNORM)


def _out(s: Session, x: Array, gamma_and_beta: tuple[Array, Array], **given: object) -> Ref:
    return s.call(FORWARD, x, *gamma_and_beta, given)[0]


@check(
    "layernorm-forward",
    asks="Each example is normalized with the mean and the uncorrected (1/D) variance of its own D features.",
    weight=1.5,
)
def normalizes_each_row_over_the_features(s: Session) -> None:
    for N, D in _sizes(s):
        s.compare("out", _out(s, spread(s.draw, (N, D)), plain((D,))))


@check("layernorm-forward", asks=LIKE_BATCHNORM, also=[FORMULA])
def multiplies_each_feature_by_gamma(s: Session) -> None:
    for N, D in _sizes(s):
        x, (gamma, _) = spread(s.draw, (N, D)), gamma_beta(s.draw, (D,))
        observe_gamma(s, gamma, lambda g, b: _out(s, x, (g, b)), axes=(0,))  # noqa: B023


@check("layernorm-forward", asks=LIKE_BATCHNORM, also=[FORMULA], weight=0.5)
def adds_beta_to_each_feature(s: Session) -> None:
    for N, D in _sizes(s):
        x, (_, beta) = spread(s.draw, (N, D)), gamma_beta(s.draw, (D,))
        observe_beta(s, beta, lambda g, b: _out(s, x, (g, b)))  # noqa: B023


@check("layernorm-forward", asks=EPS, also=[FORMULA], weight=0.5)
def adds_eps_to_the_variance_under_the_root(s: Session) -> None:
    for (N, D), (eps, given) in zip(_sizes(s), some_eps(s.draw), strict=True):
        s.compare(f"out with the {'given' if given else 'default'} eps", _out(s, narrow(s.draw, (N, D), 0, eps), plain((D,)), **given))


@check("layernorm-forward", asks=NO_MODES)
def other_keys_change_nothing(s: Session) -> None:
    for N, D in _sizes(s):
        x, gamma_and_beta = spread(s.draw, (N, D), 1.0), gamma_beta(s.draw, (D,))
        known = {"momentum": s.draw.between(0.1, 0.9), **averages(s.draw, D)}
        asked: tuple[dict[str, object], ...] = ({}, {"mode": "test"}, {"mode": "train", **known}, {"mode": "test", **known})
        alone, *others = s.arrays(_out(s, x, gamma_and_beta, **given) for given in asked)
        s.require(alone.shape == x.shape and bool((alone != x).any()), NOT_A_RESULT)
        for out in others:
            s.require(agree(out, alone, SAME), "out changes with a mode or with running averages in ln_param")


@check("layernorm-forward", asks=ONE_OF_EACH, kind=Kind.EDGE)
def sizes_may_be_one(s: Session) -> None:
    for N, D in _ones(s):
        s.compare("out", _out(s, spread(s.draw, (N, D), 3.0), gamma_beta(s.draw, (D,))))


@check("layernorm-forward", asks=EPS, kind=Kind.EDGE)
def eps_may_be_tiny(s: Session) -> None:
    for N, D in _sizes(s):
        s.compare("out", _out(s, narrow(s.draw, (N, D), 0, SMALLEST_EPS), plain((D,)), eps=SMALLEST_EPS))


def _gradients(s: Session, x: Array, gamma_and_beta: tuple[Array, Array], scale: float = 1.0, **given: float) -> tuple[Ref, ...]:
    _, cache = s.call(FORWARD, x, *gamma_and_beta, given).unpack(2)
    return s.call(BACKWARD, s.draw.normal(x.shape, scale), cache).unpack(3)


def _large_gradients(s: Session, shape: tuple[int, ...]) -> tuple[Ref, ...]:
    _, cache = s.call(FORWARD, far_from_eps(s.draw, shape), *gamma_beta(s.draw, shape[1:]), {}).unpack(2)
    return s.call(BACKWARD, far_from_eps(s.draw, shape), cache).unpack(3)


def _compare_gradient(s: Session, name: str) -> None:
    number = GRADIENTS.index(name)
    for N, D in _sizes(s):
        # Large inputs for which eps does not count, and upstream gradients that make up for them.
        gradients = _gradients(s, spread(s.draw, (N, D)), gamma_beta(s.draw, (D,)), 1e3 if name == "dx" else 1.0)
        s.compare(name, gradients[number])
    s.growing(LARGE_S, LARGE[name], lambda shape: s.compare(f"{name} of a large input", _large_gradients(s, shape)[number]))


@check("layernorm-backward", asks="dx : gradient of x, shape (N, D).")
def gradient_of_x(s: Session) -> None:
    _compare_gradient(s, "dx")


@check("layernorm-backward", asks=SUMS)
def gradient_of_gamma(s: Session) -> None:
    _compare_gradient(s, "dgamma")


@check("layernorm-backward", asks=SUMS, weight=0.5)
def gradient_of_beta(s: Session) -> None:
    _compare_gradient(s, "dbeta")


@check("layernorm-backward", asks=NEAR_EPS, weight=0.5)
def gradient_of_x_for_a_variance_near_eps(s: Session) -> None:
    for (N, D), (eps, given) in zip(_sizes(s), some_eps(s.draw), strict=True):
        dx = _gradients(s, narrow(s.draw, (N, D), 0, eps), plain((D,)), **given)[0]
        s.compare(f"dx with the {'given' if given else 'default'} eps", dx)


@check("layernorm-backward", asks=NEAR_EPS, kind=Kind.EDGE)
def gradient_of_x_for_a_tiny_eps(s: Session) -> None:
    for N, D in _sizes(s):
        s.compare("dx", _gradients(s, narrow(s.draw, (N, D), 0, SMALLEST_EPS), plain((D,)), eps=SMALLEST_EPS)[0])


@check("layernorm-backward", asks=ONE_OF_EACH, kind=Kind.EDGE)
def gradients_where_sizes_are_one(s: Session) -> None:
    for N, D in _ones(s):
        for name, gradient in zip(GRADIENTS, _gradients(s, s.draw.normal((N, D)), gamma_beta(s.draw, (D,))), strict=True):
            s.compare(name, gradient)
