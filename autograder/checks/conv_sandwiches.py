"""Hidden checks of the sandwiches of convolutional networks: convolution - [batch norm] - ReLU - [pooling].

Images, filters, strides, paddings and pooling windows are random. The main checks use stride 1 (and 2 in the pooling); other
strides have checks of their own, so that a setting which is not passed on costs only those. Where a check is about float32,
no value before a ReLU is close to zero, and no two values are close to each other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from autograder.checking import ATOL, Array, Kind, Ref, Session, check
from autograder.checks._contracts import IN_BACKWARD, ONE_OF_EACH, Arguments, Layer, backward_contracts, forward_contracts
from autograder.checks._support import LARGE_S, NOT_A_RESULT, keep_away

LAYERS = "layer_utils."
EPS = 1e-5
"""The default of the normalization."""
BETWEEN_TWO = 1e-5
"""The least distance between values."""
ALL_ROUNDING = 1e-7
"""The tolerance for the gradient of a bias before a batch normalization, which cancels it: a sum of thousands of entries that is zero."""


@dataclass(frozen=True)
class Sizes:
    """Images, filters, and how the filters and the windows of a pooling move over them."""

    images: tuple[int, int, int, int]
    filters: tuple[int, int, int, int]
    stride: int = 1
    pad: int = 0
    window: tuple[int, int] = (2, 2)
    pool_stride: int = 2

    @property
    def conv_param(self) -> dict[str, int]:
        """For the convolution."""
        return {"stride": self.stride, "pad": self.pad}

    @property
    def pool_param(self) -> dict[str, int]:
        """For the pooling."""
        return {"pool_height": self.window[0], "pool_width": self.window[1], "stride": self.pool_stride}

    def arrays(self, draw: Callable[[tuple[int, ...]], Array]) -> Arguments:
        """Images, filters and biases."""
        return {"x": draw(self.images), "w": draw(self.filters), "b": draw(self.filters[:1])}


LARGE = {
    "dx": tuple(Sizes((1, channels, 32, 32), (2, channels, 8, 8), stride=8) for channels in (30, 300)),
    "dw": tuple(Sizes((3, channels, 8, 8), (16, channels, 8, 8), stride=8, window=(1, 1)) for channels in (30, 300)),
}
"""The gradient -> sizes that give it many entries, up to 307,200, at a stride as wide as the filters."""


def _fitting(s: Session, N: int, filters: tuple[int, int, int, int], stride: int, pad: int, pool: tuple[int, int, int]) -> Sizes:
    """Images such that some rows and columns may be left over, and some windows may see nothing but zeros."""
    sides = [
        max(1, window + stride * (places - 1) + s.draw.integer(0, stride - 1) - 2 * pad)
        for window, places in zip(filters[2:], next(s.draw.covering((4, 6), (4, 6))), strict=True)
    ]
    return Sizes((N, filters[1], sides[0], sides[1]), filters, stride, pad, pool[:2], pool[2])


def _ordinary(s: Session) -> Iterator[Sizes]:
    """Stride 1, and 2 in the pooling; a few examples and more than a hundred."""
    for N, C, F, HH, WW in s.draw.covering([(2, 4), (101, 110), (2, 4)], [(2, 4), 2, (2, 4)], (2, 5), [(1, 5), (1, 3)], [(1, 5), (1, 3)]):
        window = next(s.draw.covering((2, 3), (2, 3)))
        yield _fitting(s, N, (F, C, HH, WW), 1, s.draw.integer(0, 2), (window[0], window[1], 2))


def _any_stride(s: Session) -> Iterator[Sizes]:
    """Strides and paddings of every range, windows that overlap, tile or leave gaps."""
    strides = s.draw.covering([1, 2, 3, (4, 5)], [0, (1, 2), (3, 4)], [1, 1, (3, 4)], [(2, 4), (6, 7), 1], [(2, 4), (2, 4), 5])
    for stride, pad, pool_stride, HH, WW in strides:
        N, C, F = next(s.draw.covering((2, 4), (2, 4), (2, 5)))
        yield _fitting(s, N, (F, C, HH, WW), stride, pad, (s.draw.integer(1, 4), s.draw.integer(1, 4), pool_stride))


def _ones(s: Session) -> Iterator[Sizes]:
    for N, C, F in s.draw.covering([1, 1, 2], [1, 2, 1], [1, 2, 1]):
        side = s.draw.integer(1, 3)
        yield Sizes((N, C, 1, side), (F, C, 1, 1), window=(1, 1), pool_stride=s.draw.integer(1, 3))


def _small(s: Session) -> Sizes:
    HH, WW = next(s.draw.covering((2, 3), (2, 3)))
    return _fitting(s, 2, (3, 2, HH, WW), s.draw.integer(1, 2), s.draw.integer(0, 1), (2, 3, 1))


def _places(size: int, window: int, stride: int, pad: int = 0) -> int:
    return 1 + (size + 2 * pad - window) // stride


def _upstream(arguments: Arguments) -> tuple[int, ...]:
    """Shape of the output."""
    images, filters, pool = arguments["x"].shape, arguments["w"].shape, arguments.get("pool_param")
    sides = [_places(size, window, **arguments["conv_param"]) for size, window in zip(images[2:], filters[2:], strict=True)]
    if pool:
        windows = pool["pool_height"], pool["pool_width"]
        sides = [_places(size, window, pool["stride"]) for size, window in zip(sides, windows, strict=True)]
    return (images[0], filters[0], *sides)


def _features(arguments: Arguments) -> Array:
    """The output of the convolution."""
    x, w, b, pad, step = *(arguments[name] for name in "xwb"), arguments["conv_param"]["pad"], arguments["conv_param"]["stride"]
    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, w.shape[2:], axis=(2, 3))[:, :, ::step, ::step]
    return np.asarray(np.einsum("nchwij,fcij->nfhw", windows, w) + b[:, None, None])


def _before_the_relu(arguments: Arguments) -> Array:
    a = _features(arguments)
    if "gamma" not in arguments:
        return a
    std = np.sqrt(a.var((0, 2, 3), keepdims=True) + EPS)
    scale, shift = (arguments[name][:, None, None] for name in ("gamma", "beta"))
    return np.asarray(scale * (a - a.mean((0, 2, 3), keepdims=True)) / std + shift)


Arrange = Callable[[Session, Sizes, Arguments], Arguments]
"""The arguments of a sandwich for x, w and b."""


def _relu(s: Session, sizes: Sizes, arrays: Arguments) -> Arguments:
    return {**arrays, "conv_param": sizes.conv_param}


def _pooled(s: Session, sizes: Sizes, arrays: Arguments) -> Arguments:
    return {**arrays, "conv_param": sizes.conv_param, "pool_param": sizes.pool_param}


def _normalized(s: Session, sizes: Sizes, arrays: Arguments) -> Arguments:
    F = sizes.filters[:1]
    scales = {"gamma": s.draw.away_from_zero(F, gap=0.5), "beta": s.draw.normal(F), "conv_param": sizes.conv_param}
    param = {"mode": "train", "running_mean": s.draw.normal(F), "running_var": 0.5 + s.draw.rng.random(F)}
    return {**arrays, **scales, "bn_param": param}


def _drawn(s: Session, arrange: Arrange) -> Arguments:
    while True:
        sizes = _small(s)
        arguments = arrange(s, sizes, sizes.arrays(s.draw.normal))
        values = np.sort(_before_the_relu(arguments), axis=None)
        if keep_away(values) and np.diff(values).min() > BETWEEN_TWO:
            return arguments


def _checks(
    task: str, name: str, arrange: Arrange, gradients: tuple[str, ...], asks: str, asks_gradients: str, also: Sequence[str] = ()
) -> Layer:
    """What is asked of each of the three sandwiches."""
    forward, backward = f"{LAYERS}{name}_forward", f"{LAYERS}{name}_backward"
    layer = Layer(forward, lambda s: _drawn(s, arrange), backward, gradients=gradients, upstream=_upstream)
    forward_contracts(task, layer)
    backward_contracts(task, layer, IN_BACKWARD)

    def arguments(s: Session, sizes: Sizes) -> Arguments:
        return arrange(s, sizes, sizes.arrays(s.draw.normal))

    def gradient(s: Session, given: Arguments) -> dict[str, Ref]:
        dout = s.draw.normal(_upstream(given))
        return dict(zip(gradients, s.call(backward, dout, layer.cache(s, given)).unpack(len(gradients)), strict=True))

    def compare_all(s: Session, results: dict[str, Ref]) -> None:
        for key, value in results.items():
            s.compare(key, value, atol=ALL_ROUNDING if key == "db" and arrange is _normalized else ATOL)

    def compare_gradients(s: Session, *names: str) -> None:
        for sizes in _ordinary(s):
            results = gradient(s, arguments(s, sizes))
            compare_all(s, {key: results[key] for key in names})

    def compare_large(s: Session, key: str) -> None:
        def look(sizes: Sizes) -> None:
            s.compare(f"{key} of a large input", gradient(s, arrange(s, sizes, sizes.arrays(s.draw.large)))[key])

        s.growing(LARGE_S, LARGE[key], look)

    @check(task, asks=asks, weight=1.25)
    def output(s: Session) -> None:
        for sizes in _ordinary(s):
            s.compare("out", layer.call(s, arguments(s, sizes))[0])

    @check(task, asks=asks)
    def output_for_any_stride_and_padding(s: Session) -> None:
        for sizes in _any_stride(s):
            s.compare("out", layer.call(s, arguments(s, sizes))[0])

    @check(task, asks=asks_gradients, weight=0.75)
    def gradient_of_x(s: Session) -> None:
        compare_gradients(s, "dx")
        compare_large(s, "dx")

    @check(task, asks=asks_gradients, weight=0.5)
    def gradient_of_w(s: Session) -> None:
        compare_gradients(s, "dw")
        compare_large(s, "dw")

    @check(task, asks=asks_gradients, also=also, weight=0.5)
    def gradients_of_the_other_parameters(s: Session) -> None:
        compare_gradients(s, *gradients[2:])

    @check(task, asks=asks_gradients, also=also, weight=0.25)
    def gradients_for_any_stride_and_padding(s: Session) -> None:
        for sizes in _any_stride(s):
            compare_all(s, gradient(s, arguments(s, sizes)))

    @check(task, asks=ONE_OF_EACH, kind=Kind.EDGE)
    def sizes_may_be_one(s: Session) -> None:
        for sizes in _ones(s):
            given = arguments(s, sizes)
            s.compare("out", layer.call(s, given)[0])
            compare_all(s, gradient(s, given))

    return layer


GRADIENTS = "dx, dw, db : gradients of x, w and b, each in the shape of its array."
NORM_GRADIENTS = "dx, dw, db, dgamma, dbeta : gradients of x, w, b, gamma and beta, each in the shape of its array."
BETWEEN = "The normalization comes between the convolution and the ReLU."
_checks("conv-relu", "conv_relu", _relu, ("dx", "dw", "db"), "Convolution followed by a ReLU.", GRADIENTS)
_checks("conv-relu-pool", "conv_relu_pool", _pooled, ("dx", "dw", "db"), "Convolution, ReLU, max pooling.", GRADIENTS)
NO_GRADIENT = "The gradient of b is zero up to rounding."
NORM = _checks(
    "conv-bn-relu", "conv_bn_relu", _normalized, ("dx", "dw", "db", "dgamma", "dbeta"), BETWEEN, NORM_GRADIENTS, also=[NO_GRADIENT]
)


@check("conv-bn-relu", asks="bn_param : the dictionary that `spatial_batchnorm_forward` describes.", weight=0.5)
def hands_eps_on(s: Session) -> None:
    for sizes in _ordinary(s):
        arguments = _normalized(s, sizes, sizes.arrays(s.draw.normal))
        param = {**arguments["bn_param"], "eps": s.draw.magnitude(1e-2, 10.0)}
        s.compare("out", NORM.call(s, {**arguments, "bn_param": param})[0])


@check("conv-bn-relu", asks="In training mode the running averages in bn_param are updated.", weight=0.5)
def updates_and_uses_the_running_averages(s: Session) -> None:
    for sizes in _ordinary(s):
        arguments = _normalized(s, sizes, sizes.arrays(s.draw.normal))
        param = s.put({**arguments["bn_param"], "momentum": s.draw.between(0.05, 0.98)})
        NORM.call(s, {**arguments, "bn_param": param})
        for key in ("running_mean", "running_var"):
            s.compare(key, param[key])
        s.set(param["mode"], "test")
        s.compare("out in test mode", NORM.call(s, {**arguments, "bn_param": param})[0])


@check("conv-bn-relu", asks='A mode other than "train" and "test" is a ValueError that names the two.', kind=Kind.CONTRACT)
def raises_the_documented_errors(s: Session) -> None:
    arguments = _drawn(s, _normalized)
    s.require(s.array(NORM.call(s, arguments)[0]).any(), NOT_A_RESULT)
    param = {**arguments["bn_param"], "mode": "validation"}
    s.raises("ValueError", NORM.forward, *{**arguments, "bn_param": param}.values(), mentions=("train", "test"))
