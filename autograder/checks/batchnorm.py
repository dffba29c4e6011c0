"""Hidden checks of batch normalization: training, running averages, test mode, two backward passes.

Batches are small, so that a variance divided by N - 1 and the terms of order 1/N of the gradient
show. Features have large spreads except where eps is looked at: there the variance is near eps.
The upstream gradient is random, because the gradients of the sum and of the sum of squares vanish.
"""

from __future__ import annotations

import numpy as np

from autograder.checking import Array, Ref, Session, check
from autograder.checks._support import leaves_alone

FORWARD = "layers.batchnorm_forward"
N, D = 5, 4
UPDATED = (
    "In training mode running_mean and running_var are updated as momentum * running + (1 - momentum) * sample, "
    "where sample is the mean or "
    "the uncorrected variance of the minibatch, and written back into bn_param."
)


def _wide(s: Session) -> Array:
    """A batch whose features differ in mean and spread; the variance is far above eps."""
    return s.draw.normal((N, D)) * np.linspace(20, 50, D) + np.linspace(-70, 90, D)


def _narrow(s: Session) -> Array:
    """A batch whose features have variances from a tenth of the default eps to ten times it."""
    return s.draw.normal((N, D)) * np.sqrt(np.geomspace(1e-6, 1e-4, D)) + np.linspace(-1, 1, D)


def _gamma_beta(s: Session) -> tuple[Array, Array]:
    return s.draw.away_from_zero((D,), gap=0.5), s.draw.normal((D,))


def _running(s: Session) -> dict[str, Array]:
    return {"running_mean": s.draw.normal((D,), scale=5.0), "running_var": 2.0 + 10.0 * s.draw.rng.random(D)}


@check(
    "batchnorm-forward",
    asks="In training mode each feature is normalised with the mean and the uncorrected (1/N) variance of the minibatch.",
    weight=2,
)
def normalizes_each_feature_over_the_batch(s: Session) -> None:
    out, _ = s.call(FORWARD, _wide(s), np.ones(D), np.zeros(D), {"mode": "train"}).unpack(2)
    s.compare("out", out)


@check("batchnorm-forward", asks="``out = gamma * (x - mean) / sqrt(var + eps) + beta``, feature by feature.")
def scales_by_gamma_and_shifts_by_beta(s: Session) -> None:
    out, _ = s.call(FORWARD, _wide(s), *_gamma_beta(s), {"mode": "train"}).unpack(2)
    s.compare("out", out)


@check("batchnorm-forward", asks="Features whose variance is as small as eps are normalised like all others, eps included.")
def adds_eps_to_the_variance_under_the_root(s: Session) -> None:
    gamma, beta = _gamma_beta(s)
    x = _narrow(s)
    x[:, 0] = 3.0
    for name, given in (("default", {}), ("given", {"eps": 1e-3})):
        out, _ = s.call(FORWARD, x, gamma, beta, {"mode": "train", **given}).unpack(2)
        s.compare(f"out with the {name} eps", out)
        averages = {"running_mean": np.zeros(D), "running_var": np.geomspace(1e-6, 1e-4, D)}
        out, _ = s.call(FORWARD, x, gamma, beta, {"mode": "test", **averages, **given}).unpack(2)
        s.compare(f"out in test mode with the {name} eps", out)


@check("batchnorm-forward", asks=UPDATED)
def running_mean(s: Session) -> None:
    _running_average(s, "running_mean")


@check("batchnorm-forward", asks=UPDATED)
def running_variance(s: Session) -> None:
    _running_average(s, "running_var")


def _running_average(s: Session, key: str) -> None:
    """Two batches from the defaults (momentum 0.9, zeros), then two from given averages and momentum."""
    gamma, beta = _gamma_beta(s)
    for name, given in (("from the defaults", {}), ("from given values", {"momentum": 0.6, "eps": 0.1, **_running(s)})):
        param = s.put({"mode": "train", **given})
        for _ in range(2):
            s.call(FORWARD, _wide(s), gamma, beta, param)
        s.compare(f"{key} after two batches {name}", param[key])


@check(
    "batchnorm-forward",
    asks="In test mode each feature is normalised with running_mean and running_var instead, so that the output for one "
    "example does not depend on the others.",
    weight=1.5,
)
def test_mode_uses_the_running_averages(s: Session) -> None:
    gamma, beta = _gamma_beta(s)
    averages = _running(s)
    for count in (N, 1):
        out, _ = s.call(FORWARD, s.draw.normal((count, D), scale=4.0), gamma, beta, {"mode": "test", **averages}).unpack(2)
        s.compare(f"out for {'one example' if count == 1 else 'several examples'}", out)


@check("batchnorm-forward", asks="In test mode they stay as they are.", weight=0.5)
def test_mode_leaves_the_running_averages(s: Session) -> None:
    averages = _running(s)
    param = s.put({"mode": "test", **averages})
    gamma, beta = _gamma_beta(s)
    leaves_alone(s, "x", _wide(s), lambda x: s.call(FORWARD, x, gamma, beta, param)[0])
    for key in averages:
        s.compare(key, param[key])


@check("batchnorm-forward", asks="After the call both keys are there, in either mode.", weight=0.5)
def training_and_then_testing_with_one_dict(s: Session) -> None:
    gamma, beta = _gamma_beta(s)
    param = s.put({"mode": "train", "momentum": 0.5})
    for _ in range(3):
        s.call(FORWARD, _wide(s), gamma, beta, param)
    s.set(param["mode"], "test")
    out, _ = s.call(FORWARD, _wide(s), gamma, beta, param).unpack(2)
    s.compare("out in test mode after training", out)


@check("batchnorm-forward", asks="x, gamma, beta and the arrays of bn_param are not written into; bn_param gets new arrays.", weight=0.5)
def leaves_its_arguments_as_they_were(s: Session) -> None:
    gamma, beta = _gamma_beta(s)

    def in_mode(mode: str) -> None:
        averages = _running(s)
        refs = {key: s.put(value) for key, value in averages.items()}
        leaves_alone(s, "x", _wide(s), lambda x: s.call(FORWARD, x, gamma, beta, {"mode": mode, **refs})[0])
        for key, value in averages.items():
            s.unchanged(f"the {key} that was handed in", refs[key], value)

    in_mode("train")
    in_mode("test")


def _gradients(s: Session, backward: str, x: Array, **param: float) -> tuple[Ref, ...]:
    _, cache = s.call(FORWARD, x, *_gamma_beta(s), {"mode": "train", **param}).unpack(2)
    return s.call(backward, s.draw.normal(x.shape), cache).unpack(3)


def _backward_checks(task: str, backward: str, asks_x: str, asks_eps: str) -> None:
    """The same behaviours for the backward pass along the graph and for the one in closed form."""

    @check(task, asks=asks_x, weight=2)
    def gradient_of_x(s: Session) -> None:
        s.compare("dx", _gradients(s, backward, s.draw.normal((N, D), scale=2.0, shift=12.0))[0])

    @check(task, asks="dgamma : gradient of gamma, shape (D,).")
    def gradient_of_gamma(s: Session) -> None:
        s.compare("dgamma", _gradients(s, backward, s.draw.normal((N, D), scale=2.0, shift=12.0))[1])

    @check(task, asks="dbeta : gradient of beta, shape (D,).", weight=0.5)
    def gradient_of_beta(s: Session) -> None:
        s.compare("dbeta", _gradients(s, backward, s.draw.normal((N, D), scale=2.0, shift=12.0))[2])

    @check(task, asks=asks_eps, weight=0.5)
    def gradient_of_x_for_a_variance_near_eps(s: Session) -> None:
        s.compare("dx with the default eps", _gradients(s, backward, _narrow(s))[0])
        s.compare("dx with a given eps", _gradients(s, backward, _narrow(s), eps=1e-3)[0])

    @check(task, asks="The upstream gradient is not written into.", weight=0.5)
    def leaves_dout_as_it_was(s: Session) -> None:
        _, cache = s.call(FORWARD, _wide(s), *_gamma_beta(s), {"mode": "train"}).unpack(2)
        leaves_alone(s, "dout", s.draw.normal((N, D)), lambda dout: s.call(backward, dout, cache)[0])


_backward_checks(
    "batchnorm-backward",
    "layers.batchnorm_backward",
    asks_x="The mean and the variance depend on x, and their gradients are part of dx.",
    asks_eps="The gradients are right for every eps above 0 and every size of x, also when the variance of a feature is as small as eps.",
)
SAME = "The results are those of batchnorm_backward up to rounding, from the same cache."
_backward_checks("batchnorm-backward-alt", "layers.batchnorm_backward_alt", asks_x=SAME, asks_eps=SAME)
