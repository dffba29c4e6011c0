"""Hidden checks of the sandwiches of convolutional networks: convolution - [batch norm] - ReLU - [pooling].

Images and filters are not square, strides and paddings vary, and no value before a ReLU without
normalization lies near zero.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from autograder.checking import Array, Ref, Session, check
from autograder.checks._support import away_from_kinks

IMAGES, FILTERS = (2, 3, 8, 6), 4
GRADIENTS = "dx, dw, db : gradients of x, w and b, each in the shape of its array."


@dataclass(frozen=True)
class Convolution:
    """A window, a stride and a padding."""

    window: tuple[int, int]
    stride: int
    pad: int

    @property
    def param(self) -> dict[str, int]:
        return {"stride": self.stride, "pad": self.pad}


SAME = Convolution((3, 3), 1, 1)
STRIDED = Convolution((2, 4), 2, 1)


def _features(x: Array, w: Array, b: Array, convolution: Convolution) -> Array:
    """The values before the ReLU, to keep away from its kink."""
    pad, step = convolution.pad, convolution.stride
    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, w.shape[2:], axis=(2, 3))[:, :, ::step, ::step]
    return np.asarray(np.einsum("nchwij,fcij->nfhw", windows, w) + b[:, None, None])


def _arguments(s: Session, convolution: Convolution) -> tuple[Array, ...]:
    return away_from_kinks(
        lambda: (s.draw.normal(IMAGES), s.draw.normal((FILTERS, IMAGES[1], *convolution.window)), s.draw.normal((FILTERS,))),
        lambda x, w, b: _features(x, w, b, convolution),
    )


def _output(convolution: Convolution) -> tuple[int, int, int, int]:
    height, width = (
        1 + (side + 2 * convolution.pad - w) // convolution.stride for side, w in zip(IMAGES[2:], convolution.window, strict=True)
    )
    return IMAGES[0], FILTERS, height, width


# ---------------------------------------------------------------- convolution - ReLU


def _conv_relu_gradients(s: Session, convolution: Convolution) -> tuple[Ref, ...]:
    _, cache = s.call("layer_utils.conv_relu_forward", *_arguments(s, convolution), convolution.param).unpack(2)
    return s.call("layer_utils.conv_relu_backward", s.draw.normal(_output(convolution)), cache).unpack(3)


@check("conv-relu", asks="Convolution followed by a ReLU.")
def output_of_convolution_then_relu(s: Session) -> None:
    for convolution in (SAME, STRIDED):
        s.compare("out", s.call("layer_utils.conv_relu_forward", *_arguments(s, convolution), convolution.param)[0])


@check("conv-relu", asks=GRADIENTS)
def gradient_of_x(s: Session) -> None:
    for convolution in (SAME, STRIDED):
        s.compare("dx", _conv_relu_gradients(s, convolution)[0])


@check("conv-relu", asks=GRADIENTS)
def gradients_of_w_and_b(s: Session) -> None:
    _, dw, db = _conv_relu_gradients(s, SAME)
    s.compare("dw", dw)
    s.compare("db", db)


# ---------------------------------------------------------------- convolution - ReLU - pooling

TILES = {"pool_height": 2, "pool_width": 2, "stride": 2}
OVERLAPPING = {"pool_height": 3, "pool_width": 2, "stride": 1}


def _pooled(pool: dict[str, int]) -> tuple[int, int, int, int]:
    """Shape of what comes out of the pooling layer; SAME keeps the size of the images."""
    height, width = (
        1 + (side - pool[name]) // pool["stride"] for side, name in zip(IMAGES[2:], ("pool_height", "pool_width"), strict=True)
    )
    return IMAGES[0], FILTERS, height, width


def _pool_gradients(s: Session, pool: dict[str, int]) -> tuple[Ref, ...]:
    _, cache = s.call("layer_utils.conv_relu_pool_forward", *_arguments(s, SAME), SAME.param, pool).unpack(2)
    return s.call("layer_utils.conv_relu_pool_backward", s.draw.normal(_pooled(pool)), cache).unpack(3)


@check("conv-relu-pool", asks="Convolution, ReLU, max pooling.")
def output_of_convolution_relu_pooling(s: Session) -> None:
    for pool in (TILES, OVERLAPPING):
        s.compare("out", s.call("layer_utils.conv_relu_pool_forward", *_arguments(s, SAME), SAME.param, pool)[0])


@check("conv-relu-pool", asks=GRADIENTS)
def gradient_of_x_through_pooling(s: Session) -> None:
    for pool in (TILES, OVERLAPPING):
        s.compare("dx", _pool_gradients(s, pool)[0])


@check("conv-relu-pool", asks=GRADIENTS)
def gradients_of_w_and_b_through_pooling(s: Session) -> None:
    _, dw, db = _pool_gradients(s, TILES)
    s.compare("dw", dw)
    s.compare("db", db)


# ---------------------------------------------------------------- convolution - batch norm - ReLU

BETWEEN = "The normalization stands between the convolution and the ReLU."
NORM_GRADIENTS = "dx, dw, db, dgamma, dbeta : gradients of x, w, b, gamma and beta, each in the shape of its array."


def _conv_bn_relu(s: Session, param: Ref | dict[str, str], convolution: Convolution = SAME) -> Ref:
    gamma, beta = s.draw.away_from_zero((FILTERS,), gap=0.5), s.draw.normal((FILTERS,))
    return s.call("layer_utils.conv_bn_relu_forward", *_arguments(s, convolution), gamma, beta, convolution.param, param)


def _bn_gradients(s: Session, convolution: Convolution) -> dict[str, Ref]:
    _, cache = _conv_bn_relu(s, {"mode": "train"}, convolution).unpack(2)
    gradients = s.call("layer_utils.conv_bn_relu_backward", s.draw.normal(_output(convolution)), cache).unpack(5)
    return dict(zip(("dx", "dw", "db", "dgamma", "dbeta"), gradients, strict=True))


def _compare(s: Session, gradients: dict[str, Ref], *names: str) -> None:
    for name in names:
        s.compare(name, gradients[name])


@check("conv-bn-relu", asks=BETWEEN)
def output_of_convolution_normalization_relu(s: Session) -> None:
    for convolution in (SAME, STRIDED):
        s.compare("out", _conv_bn_relu(s, {"mode": "train"}, convolution)[0])


@check("conv-bn-relu", asks=NORM_GRADIENTS)
def gradient_of_x_through_the_normalization(s: Session) -> None:
    for convolution in (SAME, STRIDED):
        _compare(s, _bn_gradients(s, convolution), "dx")


@check("conv-bn-relu", asks=NORM_GRADIENTS)
def gradients_of_the_parameters(s: Session) -> None:
    _compare(s, _bn_gradients(s, SAME), "dw", "db", "dgamma", "dbeta")


@check("conv-bn-relu", asks="In training mode the running averages in bn_param are updated.", weight=0.5)
def updates_and_uses_the_running_averages(s: Session) -> None:
    param = s.put({"mode": "train"})
    for _ in range(2):
        _conv_bn_relu(s, param)
    for key in ("running_mean", "running_var"):
        s.compare(key, param[key])
    s.set(param["mode"], "test")
    s.compare("out in test mode", _conv_bn_relu(s, param)[0])
