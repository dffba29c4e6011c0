"""Hidden checks of the naive convolution, forward and backward.

Sizes are drawn: windows up to 7, strides above 3, padding of more than half a filter, more than a hundred examples. A check of
one setting keeps the others as plain as possible and has filters that flipping does not change; the bias is checked by the difference
that it makes, and is zero in the other checks. So a mistake costs its own check and the check of all settings together.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from autograder.checking import Array, Kind, Ref, Session, check
from autograder.checks._contracts import ONE_OF_EACH, Arguments, Layer, backward_contracts, forward_contracts
from autograder.checks._convolutions import Sizes, all_settings, not_square, of_one, padded, plain, strided
from autograder.checks._support import LARGE_S, observe
from autograder.checks._windows import FEW, image_of, places

FORWARD = "layers.conv_forward_naive"
BACKWARD = "layers.conv_backward_naive"
PRODUCTS = (
    "Every filter moves over the zero-padded images in steps of ``stride``; at each place its output is the sum of products of the filter "
    "with the window below it, plus the filter's bias."
)
FLOOR = "The output has the floor size: H' = 1 + floor((H + 2 * pad - HH) / stride), and W' likewise."
ANY_SHAPE = "Any stride, padding and filter shape is allowed; windows that do not fit are dropped."
UNREACHED = "Pixels that no window covers get gradient zero, and where windows overlap the gradients add up."


LARGE = {
    "dx": (Sizes((1, 100, 10, 10), (10, 10), 1), Sizes((1, 2500, 10, 10), (10, 10), 1)),
    "dw": (Sizes((1, 50, 10, 10), (10, 10), 2), Sizes((1, 1250, 10, 10), (10, 10), 2)),
}
"""The gradient -> sizes that give it many entries, up to 250,000. There are none for db: numeric differences cost no more
passes than there are filters."""


def _arguments(s: Session, sizes: Sizes, *, even: bool = False, bias: bool = False, scale: float = 1.0) -> Arguments:
    """Random arrays; ``even`` filters are all the same, and flipping does not change them."""
    w = s.draw.normal((sizes.filters, sizes.image[1], *sizes.window))
    if even:
        w = w + w[:, :, ::-1]
        w = np.repeat((w + w[:, :, :, ::-1])[:1], sizes.filters, axis=0)
    b = s.draw.away_from_zero((sizes.filters,), gap=0.5) if bias else np.zeros(sizes.filters)
    return {"x": s.draw.normal(sizes.image, scale), "w": w, "b": b, "conv_param": {"stride": sizes.stride, "pad": sizes.pad}}


def _drawn(s: Session) -> Arguments:
    N, C, columns, HH, WW, stride = next(s.draw.covering(FEW, FEW, FEW, FEW, FEW, FEW))
    return _arguments(s, Sizes((N, C, *image_of((2, columns), (HH, WW), stride, 1)), (HH, WW), stride=stride, pad=1), bias=True)


def _of_dout(arguments: Arguments) -> tuple[int, ...]:
    x, w, param = arguments["x"], arguments["w"], arguments["conv_param"]
    return len(x), len(w), *places(x.shape[2:], w.shape[2:], param["stride"], param["pad"])


CONVOLUTION = Layer(FORWARD, _drawn, BACKWARD, gradients=("dx", "dw", "db"), upstream=_of_dout)
forward_contracts("conv-forward", CONVOLUTION)
backward_contracts("conv-backward", CONVOLUTION)


def _compare_out(s: Session, drawn: Iterable[Sizes], *, even: bool = False) -> None:
    for sizes in drawn:
        s.compare("out", s.call(FORWARD, *_arguments(s, sizes, even=even).values())[0])


def _gradients(s: Session, arguments: Arguments, dout: Array) -> tuple[Ref, ...]:
    return s.call(BACKWARD, dout, CONVOLUTION.cache(s, arguments)).unpack(3)


def _compare_gradients(s: Session, drawn: Iterable[Sizes], *names: str, even: bool = False, last: bool = False) -> None:
    """Look at some of dx, dw and db; with ``last``, only the last filter has an upstream gradient."""
    for sizes in drawn:
        dout = s.draw.normal(sizes.output)
        if last:
            dout[:, :-1] = 0
        found = dict(zip(("dx", "dw", "db"), _gradients(s, _arguments(s, sizes, even=even), dout), strict=True))
        for name in names:
            s.compare(name, found[name])


def _compare_large(s: Session, name: str, sizes: Sizes) -> None:
    x, w = s.draw.large(sizes.image), s.draw.large((sizes.filters, sizes.image[1], *sizes.window))
    arguments = {"x": x, "w": w, "b": np.zeros(sizes.filters), "conv_param": {"stride": 1, "pad": 0}}
    gradients = _gradients(s, arguments, s.draw.normal(sizes.output))
    s.compare(f"{name} of a large input", gradients[("dx", "dw").index(name)])


@check("conv-forward", asks="The filter is not flipped.", weight=2)
def sums_window_times_filter_over_all_channels(s: Session) -> None:
    _compare_out(s, plain(s))


@check("conv-forward", asks=PRODUCTS, weight=0.5)
def adds_the_bias_of_the_filter(s: Session) -> None:
    for sizes in all_settings(s, square=True):
        arguments = _arguments(s, sizes, bias=True)
        zero = {**arguments, "b": np.zeros(sizes.filters)}
        without, with_bias = s.arrays(s.call(FORWARD, *given.values())[0] for given in (zero, arguments))
        observe(s, "what the biases add to out", with_bias - without)


@check("conv-forward", asks="Padding adds the zeros on all four sides of each image.")
def pads_with_zeros_on_all_sides(s: Session) -> None:
    _compare_out(s, padded(s), even=True)


@check("conv-forward", asks=PRODUCTS)
def windows_are_stride_apart(s: Session) -> None:
    _compare_out(s, strided(s), even=True)


@check("conv-forward", asks=ANY_SHAPE)
def images_and_filters_need_not_be_square(s: Session) -> None:
    _compare_out(s, not_square(s), even=True)


@check("conv-forward", asks=ANY_SHAPE, also=[FLOOR], weight=0.5)
def leaves_out_windows_that_do_not_fit(s: Session) -> None:
    _compare_out(s, strided(s, spare=True), even=True)


@check("conv-forward", asks=ANY_SHAPE, also=[FLOOR])
def all_settings_together(s: Session) -> None:
    _compare_out(s, all_settings(s))


@check("conv-forward", asks=ONE_OF_EACH, kind=Kind.EDGE)
def sizes_may_be_one(s: Session) -> None:
    _compare_out(s, of_one(s))


@check("conv-forward", asks="A filter that is higher or wider than the padded image is a ValueError.", kind=Kind.CONTRACT)
def a_filter_that_does_not_fit_is_an_error(s: Session) -> None:
    for side, pad, more in s.draw.covering((2, 5), (0, 2), (1, 4)):
        padded = side + 2 * pad
        for window in ((padded + 1, padded), (padded, padded + 1), (padded + more, padded + more)):
            s.raises("ValueError", FORWARD, *_arguments(s, Sizes((2, 2, side, side), window, stride=side, pad=pad)).values())


@check("conv-backward", asks="db : gradient of b, shape (F,).", weight=0.5)
def gradient_of_b(s: Session) -> None:
    for sizes in all_settings(s, square=True):
        # db does not depend on x; in differences of large outputs it would be lost to rounding.
        arguments = _arguments(s, sizes, scale=s.draw.magnitude(1e7, 1e9))
        s.compare("db", _gradients(s, arguments, s.draw.normal(sizes.output))[2])


@check("conv-backward", asks="dw : gradient of w, shape (F, C, HH, WW).", weight=2)
def gradient_of_w(s: Session) -> None:
    _compare_gradients(s, all_settings(s, square=True), "dw")
    s.growing(LARGE_S, LARGE["dw"], lambda sizes: _compare_large(s, "dw", sizes))


@check("conv-backward", asks="dx : gradient of x, shape (N, C, H, W), without the padding.", also=[UNREACHED], weight=1.5)
def gradient_of_x(s: Session) -> None:
    _compare_gradients(s, plain(s), "dx")
    s.growing(LARGE_S, LARGE["dx"], lambda sizes: _compare_large(s, "dx", sizes))


@check("conv-backward", asks="dx : gradient of x, shape (N, C, H, W), without the padding.")
def gradient_of_x_with_padding(s: Session) -> None:
    _compare_gradients(s, padded(s), "dx", even=True)


@check("conv-backward", asks="Any stride, padding and filter shape is allowed.")
def gradient_of_x_for_several_strides(s: Session) -> None:
    _compare_gradients(s, strided(s, apart=True), "dx", even=True, last=True)


@check("conv-backward", asks="Any stride, padding and filter shape is allowed.")
def gradients_for_images_and_filters_not_square(s: Session) -> None:
    _compare_gradients(s, not_square(s, pad=1), "dx", "dw", even=True)


@check("conv-backward", asks=UNREACHED, weight=0.5)
def no_gradient_where_no_window_reached(s: Session) -> None:
    _compare_gradients(s, strided(s, spare=True, apart=True), "dx", even=True, last=True)


@check("conv-backward", asks="Any stride, padding and filter shape is allowed.")
def gradients_for_all_settings_together(s: Session) -> None:
    _compare_gradients(s, all_settings(s), "dx", "dw", "db")


@check("conv-backward", asks=ONE_OF_EACH, kind=Kind.EDGE)
def gradients_where_sizes_are_one(s: Session) -> None:
    _compare_gradients(s, of_one(s), "dx", "dw", "db")
