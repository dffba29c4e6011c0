"""Hidden checks of the forward pass of batch normalization: training, running averages, test mode.

Sizes are drawn, from three examples, where a variance divided by N - 1 shows, to more than a hundred.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from autograder.checking import Array, Kind, Ref, Session, check
from autograder.checks._contracts import ONE_OF_EACH, Arguments, Layer, forward_contracts
from autograder.checks._norms import (
    SMALLEST_EPS,
    averages,
    gamma_beta,
    momenta,
    narrow,
    observe_beta,
    observe_gamma,
    plain,
    some_eps,
    spread,
)
from autograder.checks._support import NOT_A_RESULT

FORWARD = "layers.batchnorm_forward"
AVERAGES = ("running_mean", "running_var")
FAR = 1e6
"""A running variance that is far above eps."""
FORMULA = "``out = gamma * (x - mean) / sqrt(var + eps) + beta``, feature by feature."
UPDATED = (
    "In training mode running_mean and running_var are updated as momentum * running + (1 - momentum) * sample, "
    "where sample is the mean or "
    "the uncorrected variance of the minibatch, and written back into bn_param."
)
MOMENTUM = "``momentum``: of the running averages, 0 .. 1; default 0.9;"
BOTH_KEYS = (
    "``running_mean``, ``running_var``: shape (D,); default zeros of the dtype of x. After the call both keys are there, in either mode."
)
EPS = "``eps``: added to the variance under the root, above 0; default 1e-5;"
MODES = 'A mode other than "train" and "test" is a ValueError that names the two.'


def sizes(s: Session) -> Iterator[tuple[int, ...]]:
    """N and D, some of them above a hundred and above twenty."""
    return s.draw.covering([(3, 9), (101, 140), (3, 9)], [(2, 9), (2, 9), (20, 40)])


def ones(s: Session) -> Iterator[tuple[int, ...]]:
    """N and D, at least one of which is 1."""
    return s.draw.covering([1, (3, 5), 1], [(2, 5), 1, 1])


def drawn(s: Session, mode: str) -> Arguments:
    """Arguments of the forward function."""
    N, D = next(s.draw.covering((4, 8), (2, 7)))
    gamma, beta = gamma_beta(s.draw, (D,))
    param = {"mode": mode, "momentum": s.draw.between(0.1, 0.9), **averages(s.draw, D)}
    return {"x": spread(s.draw, (N, D), 1.0), "gamma": gamma, "beta": beta, "bn_param": param}


def _in_training(s: Session) -> Arguments:
    return drawn(s, "train")


def _in_test_mode(s: Session) -> Arguments:
    return drawn(s, "test")


forward_contracts("batchnorm-forward", Layer(FORWARD, _in_training, also=(_in_test_mode,), updated=AVERAGES))


def _out(s: Session, x: Array, gamma_and_beta: tuple[Array, Array], mode: str = "train", **given: Any) -> Ref:
    return s.call(FORWARD, x, *gamma_and_beta, {"mode": mode, **given})[0]


@check(
    "batchnorm-forward",
    asks="In training mode each feature is normalized with the mean and the uncorrected (1/N) variance of the minibatch.",
    weight=2,
)
def normalizes_each_feature_over_the_batch(s: Session) -> None:
    for N, D in sizes(s):
        s.compare("out", _out(s, spread(s.draw, (N, D)), plain((D,))))


def _in_either_mode(s: Session) -> Iterator[tuple[Array, dict[str, object]]]:
    """Inputs and a dictionary, for each mode."""
    for N, D in sizes(s):
        for mode in ("train", "test"):
            yield spread(s.draw, (N, D)), {"mode": mode, **averages(s.draw, D, FAR)}


@check("batchnorm-forward", asks=FORMULA)
def multiplies_each_feature_by_gamma(s: Session) -> None:
    for x, param in _in_either_mode(s):
        gamma, _ = gamma_beta(s.draw, x.shape[1:])
        observe_gamma(s, gamma, lambda g, b: s.call(FORWARD, x, g, b, param)[0], axes=(0,))  # noqa: B023


@check("batchnorm-forward", asks=FORMULA, weight=0.5)
def adds_beta_to_each_feature(s: Session) -> None:
    for x, param in _in_either_mode(s):
        _, beta = gamma_beta(s.draw, x.shape[1:])
        observe_beta(s, beta, lambda g, b: s.call(FORWARD, x, g, b, param)[0])  # noqa: B023


@check("batchnorm-forward", asks="Features whose variance is as small as eps are normalized like all others, eps included.")
def adds_eps_to_the_variance_under_the_root(s: Session) -> None:
    for (N, D), (eps, given) in zip(sizes(s), some_eps(s.draw), strict=True):
        name = "given" if given else "default"
        s.compare(f"out with the {name} eps", _out(s, narrow(s.draw, (N, D), 1, eps), plain((D,)), **given))


@check("batchnorm-forward", asks=FORMULA, weight=0.5)
def adds_eps_in_test_mode_too(s: Session) -> None:
    for (N, D), (eps, given) in zip(sizes(s), some_eps(s.draw), strict=True):
        out = _out(s, s.draw.normal((N, D), scale=np.sqrt(eps)), plain((D,)), "test", **averages(s.draw, D, eps), **given)
        s.compare(f"out with the {'given' if given else 'default'} eps", out)


@check("batchnorm-forward", asks=UPDATED)
def running_mean(s: Session) -> None:
    _running_average(s, "running_mean")


@check("batchnorm-forward", asks=UPDATED)
def running_variance(s: Session) -> None:
    _running_average(s, "running_var")


def _after_training(s: Session, N: int, D: int, batches: int, **given: object) -> Ref:
    """The dictionary after some batches."""
    param = s.put({"mode": "train", **given})
    for _ in range(batches):
        s.call(FORWARD, spread(s.draw, (N, D), 3.0), *gamma_beta(s.draw, (D,)), param)
    return param


def _running_average(s: Session, key: str) -> None:
    for (N, D), momentum in zip(sizes(s), momenta(s.draw), strict=True):
        given = {"momentum": momentum, "eps": s.draw.between(0.5, 1.0), **averages(s.draw, D)}
        s.compare(f"{key} after two batches", _after_training(s, N, D, 2, **given)[key])


@check("batchnorm-forward", asks=MOMENTUM, weight=0.5)
def averages_start_at_zero_with_a_momentum_of_0_9(s: Session) -> None:
    for N, D in sizes(s):
        param = _after_training(s, N, D, 2)
        for key in AVERAGES:
            s.compare(f"{key} after two batches", param[key])


@check(
    "batchnorm-forward",
    asks="In test mode each feature is normalized with running_mean and running_var instead, so that the output for one "
    "example does not depend on the others.",
    weight=1.5,
)
def test_mode_uses_the_running_averages(s: Session) -> None:
    for N, D in s.draw.covering([(3, 9), 1, (101, 140)], [(2, 9), (2, 9), (20, 40)]):
        s.compare("out in test mode", _out(s, spread(s.draw, (N, D)), plain((D,)), "test", **averages(s.draw, D, FAR)))


@check("batchnorm-forward", asks="In test mode they stay as they are.", weight=0.5)
def test_mode_leaves_the_running_averages(s: Session) -> None:
    for N, D in sizes(s):
        x, param = spread(s.draw, (N, D), 3.0), s.put({"mode": "test", "momentum": s.draw.between(0.1, 0.9), **averages(s.draw, D)})
        out = s.array(s.call(FORWARD, x, *gamma_beta(s.draw, (D,)), param)[0])
        s.require(out.shape == x.shape and bool((out != x).any()), NOT_A_RESULT)
        for key in AVERAGES:
            s.compare(key, param[key])


@check("batchnorm-forward", asks=ONE_OF_EACH, kind=Kind.EDGE)
def sizes_may_be_one(s: Session) -> None:
    for N, D in ones(s):
        param = s.put({"mode": "train", "momentum": 0.5})
        s.compare("out", s.call(FORWARD, spread(s.draw, (N, D), 3.0), *gamma_beta(s.draw, (D,)), param)[0])
        for key in AVERAGES:
            s.compare(key, param[key])


@check("batchnorm-forward", asks=EPS, kind=Kind.EDGE)
def eps_may_be_tiny(s: Session) -> None:
    for N, D in sizes(s):
        s.compare("out", _out(s, narrow(s.draw, (N, D), 1, SMALLEST_EPS), plain((D,)), eps=SMALLEST_EPS))


@check("batchnorm-forward", asks=MOMENTUM, kind=Kind.EDGE)
def momentum_may_be_0_or_1(s: Session) -> None:
    for (N, D), momentum in zip(sizes(s), (0, 1, s.draw.one_of(0.0, 1.0)), strict=True):
        param = _after_training(s, N, D, 1, momentum=momentum, **averages(s.draw, D))
        for key in AVERAGES:
            s.compare(key, param[key])


@check("batchnorm-forward", asks=BOTH_KEYS, kind=Kind.EDGE)
def test_mode_without_running_averages(s: Session) -> None:
    for N, D in sizes(s):
        param = s.put({"mode": "test"})
        s.compare("out", s.call(FORWARD, s.draw.normal((N, D)), *gamma_beta(s.draw, (D,)), param)[0])
        for key in AVERAGES:
            s.compare(key, param[key])


@check("batchnorm-forward", asks=MODES, kind=Kind.CONTRACT)
def refuses_other_modes(s: Session) -> None:
    arguments = _in_training(s)
    s.require(s.array(s.call(FORWARD, *arguments.values())[0]).any(), NOT_A_RESULT)
    for mode in ("validation", "Train"):
        s.raises("ValueError", FORWARD, *{**arguments, "bn_param": {"mode": mode}}.values(), mentions=("train", "test"))
