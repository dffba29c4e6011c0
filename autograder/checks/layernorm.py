"""Hidden checks of layer normalization: values, eps, no modes, gradients.

Rows differ in mean and spread, there are more rows than features in one check and fewer in
another, and the upstream gradient is random.
"""

from __future__ import annotations

import numpy as np

from autograder.checking import Array, Ref, Session, check
from autograder.checks._support import leaves_alone

FORWARD = "layers.layernorm_forward"
BACKWARD = "layers.layernorm_backward"
N, D = 4, 6


def _wide(s: Session, rows: int | None = None, features: int | None = None) -> Array:
    """Rows that differ in mean and spread; the variance is far above eps."""
    rows, features = rows or N, features or D
    return s.draw.normal((rows, features)) * np.linspace(20, 50, rows)[:, None] + np.linspace(-70, 90, rows)[:, None]


def _narrow(s: Session) -> Array:
    """Rows with variances from a tenth of the default eps to ten times it."""
    return s.draw.normal((N, D)) * np.sqrt(np.geomspace(1e-6, 1e-4, N))[:, None] + np.linspace(-1, 1, N)[:, None]


def _gamma_beta(s: Session, features: int | None = None) -> tuple[Array, Array]:
    features = features or D
    return s.draw.away_from_zero((features,), gap=0.5), s.draw.normal((features,))


@check(
    "layernorm-forward", asks="Each example is normalised with the mean and the uncorrected (1/D) variance of its own D features.", weight=2
)
def normalizes_each_row_over_the_features(s: Session) -> None:
    for rows, features in ((N, D), (7, 3)):
        out, _ = s.call(FORWARD, _wide(s, rows, features), np.ones(features), np.zeros(features), {}).unpack(2)
        s.compare("out", out)


@check("layernorm-forward", asks="gamma and beta act on each feature, as in batch normalization.")
def scales_by_gamma_and_shifts_by_beta(s: Session) -> None:
    out, _ = s.call(FORWARD, _wide(s), *_gamma_beta(s), {}).unpack(2)
    s.compare("out", out)


@check("layernorm-forward", asks="a dictionary with the key ``eps``: added to the variance under the root, above 0; default 1e-5.")
def adds_eps_to_the_variance_under_the_root(s: Session) -> None:
    gamma, beta = _gamma_beta(s)
    x = _narrow(s)
    x[0] = 3.0
    s.compare("out with the default eps", s.call(FORWARD, x, gamma, beta, {})[0])
    s.compare("out with a given eps", s.call(FORWARD, x, gamma, beta, {"eps": 1e-3})[0])


@check(
    "layernorm-forward",
    asks="Training and test time are the same: there are no running averages, and other keys of ln_param, such as a mode, are ignored.",
)
def other_keys_change_nothing(s: Session) -> None:
    gamma, beta = _gamma_beta(s)
    averages = {"running_mean": s.draw.normal((D,)), "running_var": 1.0 + s.draw.rng.random(D), "momentum": 0.5}
    for given in ({"mode": "test"}, {"mode": "test", **averages}):
        for rows in (N, 1):
            out, _ = s.call(FORWARD, _wide(s, rows), gamma, beta, given).unpack(2)
            s.compare("out", out)


@check("layernorm-forward", asks="No argument is written into.", weight=0.5)
def leaves_x_as_it_was(s: Session) -> None:
    gamma, beta = _gamma_beta(s)
    leaves_alone(s, "x", _wide(s), lambda x: s.call(FORWARD, x, gamma, beta, {})[0])


def _gradients(s: Session, x: Array, **param: float) -> tuple[Ref, ...]:
    _, cache = s.call(FORWARD, x, *_gamma_beta(s, x.shape[1]), param).unpack(2)
    return s.call(BACKWARD, s.draw.normal(x.shape), cache).unpack(3)


def _moderate(s: Session, rows: int | None = None, features: int | None = None) -> Array:
    return s.draw.normal((rows or N, features or D), scale=2.0, shift=12.0)


@check("layernorm-backward", asks="dx : gradient of x, shape (N, D).", weight=2)
def gradient_of_x(s: Session) -> None:
    for rows, features in ((N, D), (7, 3)):
        s.compare("dx", _gradients(s, _moderate(s, rows, features))[0])


@check("layernorm-backward", asks="dgamma and dbeta are sums over the N examples, since all examples share gamma and beta.")
def gradient_of_gamma(s: Session) -> None:
    s.compare("dgamma", _gradients(s, _moderate(s))[1])


@check("layernorm-backward", asks="dgamma and dbeta are sums over the N examples, since all examples share gamma and beta.", weight=0.5)
def gradient_of_beta(s: Session) -> None:
    s.compare("dbeta", _gradients(s, _moderate(s))[2])


@check("layernorm-backward", asks="The gradients are right also when the variance of an example is as small as eps.", weight=0.5)
def gradient_of_x_for_a_variance_near_eps(s: Session) -> None:
    s.compare("dx with the default eps", _gradients(s, _narrow(s))[0])
    s.compare("dx with a given eps", _gradients(s, _narrow(s), eps=1e-3)[0])


@check("layernorm-backward", asks="The upstream gradient is not written into.", weight=0.5)
def leaves_dout_as_it_was(s: Session) -> None:
    _, cache = s.call(FORWARD, _wide(s), *_gamma_beta(s), {}).unpack(2)
    leaves_alone(s, "dout", s.draw.normal((N, D)), lambda dout: s.call(BACKWARD, dout, cache)[0])
