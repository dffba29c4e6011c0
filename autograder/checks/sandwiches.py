"""Hidden checks of the sandwiches of fully connected networks: affine - [normalization] - ReLU.

Sizes, settings of the normalization and the dimensions of an example are random. The output and the gradient of each array
are checked separately. Where a check is about float32, no value before the ReLU is close to zero.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from autograder.checking import Array, Kind, Ref, Session, check
from autograder.checks._contracts import IN_BACKWARD, ONE_OF_EACH, Arguments, Layer, backward_contracts, forward_contracts
from autograder.checks._support import LARGE_S, NOT_A_RESULT, away_from_kinks, keep_away

FORWARD, BACKWARD = "layer_utils.affine_relu_forward", "layer_utils.affine_relu_backward"
NORM_FORWARD, NORM_BACKWARD = "layer_utils.affine_norm_relu_forward", "layer_utils.affine_norm_relu_backward"
Sizes = tuple[tuple[int, ...], int]
"""Shape of x, and the number of outputs."""
EPS = 1e-5
"""The default of both normalizations."""
LARGE: dict[str, tuple[Sizes, ...]] = {
    "dx": (((100, 100), 2), ((1000, 300), 2)),
    "dw": (((2, 100), 100), ((2, 300), 1000)),
}
"""The gradient -> sizes that give it many entries, up to 300,000."""


def _sizes(s: Session) -> Iterator[Sizes]:
    """Rows, a few of them and more than a hundred, and images."""
    for N, D, M in s.draw.covering([(3, 9), (101, 140)], (2, 9), [(2, 9), (10, 20)]):
        yield (N, D), M
    for number in (2, 3):
        N, *example, M = next(s.draw.covering((3, 6), *[(2, 5)] * number, (2, 7)))
        yield (N, *example), M


def _ones(s: Session) -> Iterator[Sizes]:
    for N, D, M in s.draw.covering([1, (2, 5), 1], [(2, 5), 1, 1], [(2, 5), 1, 1]):
        yield (N, D), M


def _affine(x: Array, w: Array, b: Array) -> Array:
    return np.asarray(x.reshape(len(x), -1) @ w + b)


def _arrays(s: Session, shape: tuple[int, ...], outputs: int) -> Arguments:
    return {"x": s.draw.normal(shape), "w": s.draw.normal((math.prod(shape[1:]), outputs)), "b": s.draw.normal((outputs,))}


def _drawn(s: Session) -> Arguments:
    N, C, H, M = next(s.draw.covering((3, 6), (2, 4), (2, 5), (2, 7)))
    values = away_from_kinks(lambda: tuple(_arrays(s, (N, C, H), M).values()), _affine)
    return dict(zip(("x", "w", "b"), values, strict=True))


def _upstream(arguments: Arguments) -> tuple[int, int]:
    return len(arguments["x"]), len(arguments["b"])


SANDWICH = Layer(FORWARD, _drawn, BACKWARD, gradients=("dx", "dw", "db"), upstream=_upstream)
forward_contracts("affine-relu", SANDWICH)
backward_contracts("affine-relu", SANDWICH, IN_BACKWARD)


def _gradients(s: Session, layer: Layer, arguments: Arguments) -> dict[str, Ref]:
    results = s.call(layer.backward, s.draw.normal(_upstream(arguments)), layer.cache(s, arguments))
    return dict(zip(layer.gradients, results.unpack(len(layer.gradients)), strict=True))


def _large(s: Session, shape: tuple[int, ...], outputs: int) -> Arguments:
    return {"x": s.draw.large(shape), "w": s.draw.large((shape[1], outputs)), "b": np.zeros(outputs)}


@check("affine-relu", asks="The result is that of relu_forward applied to the output of affine_forward.", weight=2.5)
def output_of_affine_then_relu(s: Session) -> None:
    for sizes in _sizes(s):
        s.compare("out", SANDWICH.call(s, _arrays(s, *sizes))[0])


def _compare_gradient(s: Session, name: str) -> None:
    for sizes in _sizes(s):
        s.compare(name, _gradients(s, SANDWICH, _arrays(s, *sizes))[name])
    if name in LARGE:
        s.growing(
            LARGE_S, LARGE[name], lambda sizes: s.compare(f"{name} of a large input", _gradients(s, SANDWICH, _large(s, *sizes))[name])
        )


GRADIENTS = "dx, dw, db : gradients of x, w and b, each in the shape of its array."


@check("affine-relu", asks=GRADIENTS)
def gradient_of_x(s: Session) -> None:
    _compare_gradient(s, "dx")


@check("affine-relu", asks=GRADIENTS, weight=0.5)
def gradient_of_w(s: Session) -> None:
    _compare_gradient(s, "dw")


@check("affine-relu", asks=GRADIENTS, weight=0.5)
def gradient_of_b(s: Session) -> None:
    _compare_gradient(s, "db")


@check("affine-relu", asks=ONE_OF_EACH, kind=Kind.EDGE)
def sizes_may_be_one(s: Session) -> None:
    for sizes in _ones(s):
        arguments = _arrays(s, *sizes)
        s.compare("out", SANDWICH.call(s, arguments)[0])
        for name, gradient in _gradients(s, SANDWICH, arguments).items():
            s.compare(name, gradient)


# ---------------------------------------------------------------- with normalization

BETWEEN = "The normalization comes between the affine layer and the ReLU."
PARAM = "norm_param : the dictionary that `batchnorm_forward` or `layernorm_forward` takes."
NO_GRADIENT = "The gradient of b is zero up to rounding under batch normalization."
NORM_GRADIENTS = "dx, dw, db, dgamma, dbeta : gradients of x, w, b, gamma and beta, each in the shape of its array."
NORMALIZATIONS = ("batchnorm", "layernorm")


def _with_norm(s: Session, arrays: Arguments, normalization: str, **settings: float) -> Arguments:
    outputs = arrays["b"].shape
    scales = {"gamma": s.draw.away_from_zero(outputs, gap=0.5), "beta": s.draw.normal(outputs)}
    param: Arguments = {**settings}
    if normalization == "batchnorm":
        param |= {"mode": "train", "running_mean": s.draw.normal(outputs), "running_var": 0.5 + s.draw.rng.random(outputs)}
    return {**arrays, **scales, "norm_param": param, "normalization": normalization}


def _normalized(arguments: Arguments) -> Array:
    axis = 0 if arguments["normalization"] == "batchnorm" else 1
    a = _affine(arguments["x"], arguments["w"], arguments["b"])
    std = np.sqrt(a.var(axis, keepdims=True) + EPS)
    return np.asarray(arguments["gamma"] * (a - a.mean(axis, keepdims=True)) / std + arguments["beta"])


def _norm_drawn(s: Session) -> Arguments:
    N, C, H, M = next(s.draw.covering((4, 6), (2, 4), (2, 5), (4, 7)))
    normalization = s.draw.one_of(*NORMALIZATIONS)
    while True:
        arguments = _with_norm(s, _arrays(s, (N, C, H), M), normalization)
        if keep_away(_normalized(arguments)):
            return arguments


NORM = Layer(NORM_FORWARD, _norm_drawn, NORM_BACKWARD, gradients=("dx", "dw", "db", "dgamma", "dbeta"), upstream=_upstream)
forward_contracts("affine-norm-relu", NORM)
backward_contracts("affine-norm-relu", NORM, IN_BACKWARD)


def _norm_output(s: Session, normalization: str, eps: tuple[float, float] | None = None) -> None:
    for sizes in _sizes(s):
        settings = {"eps": s.draw.magnitude(*eps)} if eps else {}
        s.compare("out", NORM.call(s, _with_norm(s, _arrays(s, *sizes), normalization, **settings))[0])


def _norm_gradients(s: Session, normalization: str, *names: str) -> None:
    for sizes in _sizes(s):
        gradients = _gradients(s, NORM, _with_norm(s, _arrays(s, *sizes), normalization))
        for name in names:
            s.compare(name, gradients[name])


def _large_norm_gradient(s: Session, normalization: str, name: str) -> None:
    """For one gradient with each normalization, since all of them take the same way."""

    def look(sizes: Sizes) -> None:
        s.compare(f"{name} of a large input", _gradients(s, NORM, _with_norm(s, _large(s, *sizes), normalization))[name])

    s.growing(LARGE_S, LARGE[name], look)


@check("affine-norm-relu", asks=BETWEEN)
def output_with_batch_normalization(s: Session) -> None:
    _norm_output(s, "batchnorm")


@check("affine-norm-relu", asks=BETWEEN)
def output_with_layer_normalization(s: Session) -> None:
    _norm_output(s, "layernorm")


@check("affine-norm-relu", asks=NORM_GRADIENTS, weight=0.5)
def gradient_of_x_with_batch_normalization(s: Session) -> None:
    _norm_gradients(s, "batchnorm", "dx")
    _large_norm_gradient(s, "batchnorm", "dx")


@check("affine-norm-relu", asks=NORM_GRADIENTS, also=[NO_GRADIENT], weight=0.25)
def gradients_of_w_and_b_with_batch_normalization(s: Session) -> None:
    _norm_gradients(s, "batchnorm", "dw", "db")


@check("affine-norm-relu", asks=NORM_GRADIENTS, weight=0.25)
def gradients_of_gamma_and_beta_with_batch_normalization(s: Session) -> None:
    _norm_gradients(s, "batchnorm", "dgamma", "dbeta")


@check("affine-norm-relu", asks=NORM_GRADIENTS, weight=0.5)
def gradient_of_x_with_layer_normalization(s: Session) -> None:
    _norm_gradients(s, "layernorm", "dx")


@check("affine-norm-relu", asks=NORM_GRADIENTS, weight=0.25)
def gradients_of_w_and_b_with_layer_normalization(s: Session) -> None:
    _norm_gradients(s, "layernorm", "dw", "db")
    _large_norm_gradient(s, "layernorm", "dw")


@check("affine-norm-relu", asks=NORM_GRADIENTS, weight=0.25)
def gradients_of_gamma_and_beta_with_layer_normalization(s: Session) -> None:
    _norm_gradients(s, "layernorm", "dgamma", "dbeta")


@check("affine-norm-relu", asks=PARAM, weight=0.25)
def hands_eps_on_to_batch_normalization(s: Session) -> None:
    _norm_output(s, "batchnorm", (1e-2, 10.0))


@check("affine-norm-relu", asks=PARAM, weight=0.25)
def hands_eps_on_to_layer_normalization(s: Session) -> None:
    _norm_output(s, "layernorm", (1e-2, 10.0))


@check("affine-norm-relu", asks="With batch normalization in training mode the running averages in norm_param are updated.", weight=0.25)
def updates_and_uses_the_running_averages(s: Session) -> None:
    for sizes in _sizes(s):
        arguments = _with_norm(s, _arrays(s, *sizes), "batchnorm", momentum=s.draw.between(0.05, 0.98))
        param = s.put(arguments["norm_param"])
        NORM.call(s, {**arguments, "norm_param": param})
        for key in ("running_mean", "running_var"):
            s.compare(key, param[key])
        s.set(param["mode"], "test")
        s.compare("out in test mode", NORM.call(s, {**arguments, "norm_param": param})[0])


@check("affine-norm-relu", asks=ONE_OF_EACH, kind=Kind.EDGE)
def sizes_of_one_with_normalization(s: Session) -> None:
    for normalization in NORMALIZATIONS:
        for sizes in _ones(s):
            arguments = _with_norm(s, _arrays(s, *sizes), normalization)
            s.compare("out", NORM.call(s, arguments)[0])
            for name, gradient in _gradients(s, NORM, arguments).items():
                s.compare(name, gradient)


@check(
    "affine-norm-relu",
    asks='A normalization other than "batchnorm" and "layernorm" is a ValueError that names the two.',
    kind=Kind.CONTRACT,
)
def raises_the_documented_errors(s: Session) -> None:
    arguments = _norm_drawn(s)
    s.require(s.array(NORM.call(s, arguments)[0]).any(), NOT_A_RESULT)
    for unknown in ("groupnorm", "batch"):
        s.raises("ValueError", NORM_FORWARD, *{**arguments, "normalization": unknown}.values(), mentions=NORMALIZATIONS)
