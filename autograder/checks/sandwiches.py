"""Hidden checks of the sandwiches of fully connected networks: affine - [normalization] - ReLU.

No value before the ReLU lies near zero.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.checking import Array, Ref, Session, check
from autograder.checks._support import away_from_kinks

N, D, M = 5, 12, 4
IMAGE = (2, 3, 2)
FORWARD, BACKWARD = "layer_utils.affine_relu_forward", "layer_utils.affine_relu_backward"
NORM_FORWARD, NORM_BACKWARD = "layer_utils.affine_norm_relu_forward", "layer_utils.affine_norm_relu_backward"


def _affine(x: Array, w: Array, b: Array) -> Array:
    return np.asarray(x.reshape(len(x), -1) @ w + b)


def _arguments(s: Session) -> tuple[Array, ...]:
    """Image-shaped inputs, weights and biases."""
    return away_from_kinks(lambda: (s.draw.normal((N, *IMAGE)), s.draw.normal((D, M)), s.draw.normal((M,))), _affine)


@check("affine-relu", asks="The result is that of relu_forward applied to the output of affine_forward.")
def output_of_affine_then_relu(s: Session) -> None:
    s.compare("out", s.call(FORWARD, *_arguments(s))[0])


def _gradients(s: Session) -> tuple[Ref, ...]:
    _, cache = s.call(FORWARD, *_arguments(s)).unpack(2)
    return s.call(BACKWARD, s.draw.normal((N, M)), cache).unpack(3)


@check("affine-relu", asks="dx, dw, db : gradients of x, w and b, each in the shape of its array.")
def gradient_of_x(s: Session) -> None:
    s.compare("dx", _gradients(s)[0])


@check("affine-relu", asks="dx, dw, db : gradients of x, w and b, each in the shape of its array.")
def gradients_of_w_and_b(s: Session) -> None:
    _, dw, db = _gradients(s)
    s.compare("dw", dw)
    s.compare("db", db)


# ---------------------------------------------------------------- with normalization

BETWEEN = "The normalization stands between the affine layer and the ReLU."
GRADIENTS = "dx, dw, db, dgamma, dbeta : gradients of x, w, b, gamma and beta, each in the shape of its array."


def _normalized(x: Array, w: Array, b: Array, gamma: Array, beta: Array, axis: int) -> Array:
    a = _affine(x, w, b)
    return np.asarray(gamma * (a - a.mean(axis, keepdims=True)) / a.std(axis, keepdims=True) + beta)


def _norm_arguments(s: Session, normalization: str) -> tuple[Array, ...]:
    axis = 0 if normalization == "batchnorm" else 1
    return away_from_kinks(
        lambda: (*_arguments(s), s.draw.away_from_zero((M,), gap=0.5), s.draw.normal((M,))),
        lambda x, w, b, gamma, beta: _normalized(x, w, b, gamma, beta, axis),
    )


def _norm_forward(s: Session, normalization: str, param: Ref | dict[str, Any]) -> Ref:
    return s.call(NORM_FORWARD, *_norm_arguments(s, normalization), param, normalization)


def _compare_norm_gradients(s: Session, normalization: str) -> None:
    _, cache = _norm_forward(s, normalization, {"mode": "train"}).unpack(2)
    gradients = s.call(NORM_BACKWARD, s.draw.normal((N, M)), cache).unpack(5)
    for name, gradient in zip(("dx", "dw", "db", "dgamma", "dbeta"), gradients, strict=True):
        s.compare(name, gradient)


@check("affine-norm-relu", asks=BETWEEN)
def output_with_batch_normalization(s: Session) -> None:
    s.compare("out", _norm_forward(s, "batchnorm", {"mode": "train"})[0])


@check("affine-norm-relu", asks=BETWEEN)
def output_with_layer_normalization(s: Session) -> None:
    s.compare("out", _norm_forward(s, "layernorm", {})[0])


@check("affine-norm-relu", asks=GRADIENTS)
def gradients_with_batch_normalization(s: Session) -> None:
    _compare_norm_gradients(s, "batchnorm")


@check("affine-norm-relu", asks=GRADIENTS)
def gradients_with_layer_normalization(s: Session) -> None:
    _compare_norm_gradients(s, "layernorm")


@check("affine-norm-relu", asks="With batch normalization in training mode the running averages in norm_param are updated.", weight=0.5)
def updates_and_uses_the_running_averages(s: Session) -> None:
    param = s.put({"mode": "train", "eps": 0.1})
    for _ in range(2):
        _norm_forward(s, "batchnorm", param)
    for key in ("running_mean", "running_var"):
        s.compare(key, param[key])
    s.set(param["mode"], "test")
    s.compare("out in test mode", _norm_forward(s, "batchnorm", param)[0])
