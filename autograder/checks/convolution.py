"""Hidden checks of the naive convolution, forward and backward.

Each check turns one knob: padding, stride, a filter or image that is not square, windows that do
not fit. The bias is zero except where it is looked at, so that a mistake in it costs one check.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from autograder.checking import Array, Ref, Session, check

FORWARD = "layers.conv_forward_naive"
BACKWARD = "layers.conv_backward_naive"
PRODUCTS = (
    "Every filter moves over the zero-padded images in steps of ``stride``; at each place its output is the sum of products of the filter "
    "with the window below it, plus the filter's bias."
)
ANY_SHAPE = "Any stride, padding and filter shape is allowed; windows that do not fit are dropped."


@dataclass(frozen=True)
class Sizes:
    """One convolution: images (N, C, H, W), ``filters`` filters (HH, WW), stride and padding."""

    image: tuple[int, int, int, int]
    window: tuple[int, int]
    filters: int = 4
    stride: int = 1
    pad: int = 0

    @property
    def param(self) -> dict[str, int]:
        return {"stride": self.stride, "pad": self.pad}

    @property
    def output(self) -> tuple[int, int, int, int]:
        n, _, *sides = self.image
        height, width = (1 + (side + 2 * self.pad - w) // self.stride for side, w in zip(sides, self.window, strict=True))
        return n, self.filters, height, width


PLAIN = Sizes((2, 3, 5, 5), (3, 3))
PADDED = (Sizes((2, 3, 5, 5), (3, 3), pad=1), Sizes((2, 3, 4, 4), (5, 5), pad=2))
STRIDED = (Sizes((2, 3, 6, 6), (2, 2), stride=2), Sizes((2, 3, 7, 7), (3, 3), stride=2, pad=1), Sizes((2, 3, 7, 7), (4, 4), stride=3))
NOT_SQUARE = (Sizes((2, 3, 6, 4), (3, 3), pad=1), Sizes((2, 3, 5, 5), (2, 4)), Sizes((2, 3, 5, 8), (3, 2), stride=2, pad=1))
NOT_FITTING = (
    Sizes((2, 3, 6, 6), (3, 3), stride=2),
    Sizes((2, 3, 8, 7), (2, 3), stride=3),
    Sizes((1, 1, 5, 6), (1, 1), filters=1, stride=2),
)


def _arguments(s: Session, sizes: Sizes, bias: bool = False) -> tuple[Array, Array, Array, dict[str, int]]:
    channels = sizes.image[1]
    x = s.draw.normal(sizes.image)
    w = s.draw.normal((sizes.filters, channels, *sizes.window))
    b = s.draw.away_from_zero((sizes.filters,), gap=0.5) if bias else np.zeros(sizes.filters)
    return x, w, b, sizes.param


def _compare_out(s: Session, *configurations: Sizes) -> None:
    for sizes in configurations:
        out, _ = s.call(FORWARD, *_arguments(s, sizes)).unpack(2)
        s.compare("out", out)


def _gradients(s: Session, sizes: Sizes) -> tuple[Ref, ...]:
    _, cache = s.call(FORWARD, *_arguments(s, sizes)).unpack(2)
    return s.call(BACKWARD, s.draw.normal(sizes.output), cache).unpack(3)


def _compare_dx_dw(s: Session, *configurations: Sizes) -> None:
    for sizes in configurations:
        dx, dw, _ = _gradients(s, sizes)
        s.compare("dx", dx)
        s.compare("dw", dw)


@check("conv-forward", asks="The filter is not flipped.", weight=2)
def sums_window_times_filter_over_all_channels(s: Session) -> None:
    _compare_out(s, PLAIN)


@check("conv-forward", asks=PRODUCTS, weight=0.5)
def adds_the_bias_of_the_filter(s: Session) -> None:
    out, _ = s.call(FORWARD, *_arguments(s, PLAIN, bias=True)).unpack(2)
    s.compare("out", out)


@check("conv-forward", asks="Padding adds the zeros on all four sides of each image.")
def pads_with_zeros_on_all_sides(s: Session) -> None:
    _compare_out(s, *PADDED)


@check("conv-forward", asks=PRODUCTS)
def windows_are_stride_apart(s: Session) -> None:
    _compare_out(s, *STRIDED)


@check("conv-forward", asks=ANY_SHAPE)
def images_and_filters_need_not_be_square(s: Session) -> None:
    _compare_out(s, *NOT_SQUARE)


@check("conv-forward", asks=ANY_SHAPE, weight=0.5)
def leaves_out_windows_that_do_not_fit(s: Session) -> None:
    _compare_out(s, *NOT_FITTING)


@check("conv-backward", asks="db : gradient of b, shape (F,).", weight=0.5)
def gradient_of_b(s: Session) -> None:
    s.compare("db", _gradients(s, PLAIN)[2])


@check("conv-backward", asks="dw : gradient of w, shape (F, C, HH, WW).", weight=1.5)
def gradient_of_w(s: Session) -> None:
    for sizes in (PLAIN, *PADDED):
        s.compare("dw", _gradients(s, sizes)[1])


@check("conv-backward", asks="dx : gradient of x, shape (N, C, H, W), without the padding.", weight=1.5)
def gradient_of_x_with_padding(s: Session) -> None:
    for sizes in PADDED:
        s.compare("dx", _gradients(s, sizes)[0])


@check("conv-backward", asks="dx : gradient of x, shape (N, C, H, W), without the padding.")
def gradient_of_x_without_padding(s: Session) -> None:
    s.compare("dx", _gradients(s, PLAIN)[0])


@check("conv-backward", asks="Any stride, padding and filter shape is allowed.")
def gradients_for_several_strides(s: Session) -> None:
    _compare_dx_dw(s, *STRIDED)


@check("conv-backward", asks="Any stride, padding and filter shape is allowed.")
def gradients_for_images_and_filters_not_square(s: Session) -> None:
    _compare_dx_dw(s, *NOT_SQUARE)


@check("conv-backward", asks="Pixels that no window covers get gradient zero, and where windows overlap the gradients add up.", weight=0.5)
def no_gradient_where_no_window_reached(s: Session) -> None:
    _compare_dx_dw(s, *NOT_FITTING)
