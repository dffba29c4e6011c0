"""Hidden checks of naive max pooling, forward and backward.

Sizes are drawn: windows up to 8, strides above 3, more than a hundred examples. Entries differ, so that no window has a tie, and
are positive except where signs are checked. A check of one setting keeps the others as plain as possible, so that a mistake costs
its own check and the check of all settings together.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable

import numpy as np

from autograder.checking import Array, Kind, Ref, Session, check
from autograder.checks._contracts import ONE_OF_EACH, Arguments, Layer, backward_contracts, forward_contracts
from autograder.checks._poolings import Sizes, all_settings, apart, not_square, of_one, one_place, overlapping, tiles
from autograder.checks._support import LARGE_S, observe
from autograder.checks._windows import places

FORWARD = "layers.max_pool_forward_naive"
BACKWARD = "layers.max_pool_backward_naive"
FLOOR = "The output has the floor size: H' = 1 + floor((H - pool_height) / stride), and W' likewise."
NO_PADDING = "There is no padding."
WINDOWS = "Windows may overlap, leave gaps and be non-square; windows that do not fit are dropped."
GRADIENT = "The gradient of each output goes to the largest entry of its window, and where windows overlap the gradients add up."
TIES = "Between equal largest entries any choice is right, or any split that adds up; the reference takes the first, row by row."
LARGE = (Sizes((2, 15, 20, 20), (10, 10), 10), Sizes((2, 15, 100, 100), (50, 50), 50))
"""Up to 300,000 entries, and 120 windows."""


def _positive(s: Session, shape: tuple[int, ...]) -> Array:
    return np.asarray(s.draw.distinct(shape) + math.prod(shape))


def _negative(s: Session, shape: tuple[int, ...]) -> Array:
    return -s.draw.magnitude(1e-3, 1e6) * _positive(s, shape)


def _any_sign(s: Session, shape: tuple[int, ...]) -> Array:
    return s.draw.distinct(shape)


def _drawn(s: Session) -> Arguments:
    sizes = next(tiles(s))
    return {"x": _any_sign(s, sizes.image), "pool_param": sizes.param}


def _of_dout(arguments: Arguments) -> tuple[int, ...]:
    x, param = arguments["x"], arguments["pool_param"]
    return *x.shape[:2], *places(x.shape[2:], (param["pool_height"], param["pool_width"]), param["stride"])


POOLING = Layer(FORWARD, _drawn, BACKWARD, gradients="dx", upstream=_of_dout)
forward_contracts("max-pool-forward", POOLING)
backward_contracts("max-pool-backward", POOLING)

Entries = Callable[[Session, tuple[int, ...]], Array]


def _compare_out(s: Session, drawn: Iterable[Sizes], entries: Entries = _positive) -> None:
    for sizes in drawn:
        s.compare("out", s.call(FORWARD, entries(s, sizes.image), sizes.param)[0])


def _dx(s: Session, x: Array, sizes: Sizes, dout: Array) -> Ref:
    return s.call(BACKWARD, dout, s.call(FORWARD, x, sizes.param)[1])


def _compare_dx(s: Session, drawn: Iterable[Sizes], entries: Entries = _positive) -> None:
    for sizes in drawn:
        s.compare("dx", _dx(s, entries(s, sizes.image), sizes, s.draw.normal(sizes.output)))


def _compare_large(s: Session, sizes: Sizes) -> None:
    dx = _dx(s, s.draw.large(sizes.image), sizes, s.draw.normal(sizes.output))
    s.compare("dx of a large input", dx)


@check("max-pool-forward", asks="Each output is the largest entry of its window, in each channel on its own.", weight=1.5)
def takes_the_maximum_of_each_window(s: Session) -> None:
    _compare_out(s, tiles(s))


@check("max-pool-forward", asks=WINDOWS)
def windows_may_overlap(s: Session) -> None:
    _compare_out(s, overlapping(s))


@check("max-pool-forward", asks=WINDOWS)
def windows_may_leave_gaps(s: Session) -> None:
    _compare_out(s, apart(s))


@check("max-pool-forward", asks=WINDOWS)
def images_and_windows_need_not_be_square(s: Session) -> None:
    _compare_out(s, not_square(s))


@check("max-pool-forward", asks=WINDOWS, also=[FLOOR, NO_PADDING], weight=0.5)
def leaves_out_windows_that_do_not_fit(s: Session) -> None:
    _compare_out(s, tiles(s, spare=True))


@check("max-pool-forward", asks="Windows of negative numbers only have a negative maximum.", weight=0.5)
def entries_may_all_be_negative(s: Session) -> None:
    _compare_out(s, one_place(s), _negative)


@check("max-pool-forward", asks=WINDOWS, also=[FLOOR, NO_PADDING], weight=0.5)
def all_settings_together(s: Session) -> None:
    _compare_out(s, all_settings(s), _any_sign)


@check("max-pool-forward", asks=ONE_OF_EACH, kind=Kind.EDGE)
def sizes_may_be_one(s: Session) -> None:
    _compare_out(s, of_one(s), _any_sign)


@check("max-pool-forward", asks="A window that is higher or wider than the image is a ValueError.", kind=Kind.CONTRACT)
def a_window_that_does_not_fit_is_an_error(s: Session) -> None:
    for side, more in s.draw.covering([(2, 3), (4, 6)], (1, 4)):
        for window in ((side + 1, side), (side, side + 1), (side + more, side + more)):
            s.raises("ValueError", FORWARD, _any_sign(s, (2, 3, side, side)), Sizes((2, 3, side, side), window, side).param)


@check("max-pool-backward", asks=GRADIENT, weight=1.5)
def gradient_goes_to_the_maximum(s: Session) -> None:
    _compare_dx(s, tiles(s))
    s.growing(LARGE_S, LARGE, lambda sizes: _compare_large(s, sizes))


@check("max-pool-backward", asks=GRADIENT)
def overlapping_windows_add_up(s: Session) -> None:
    _compare_dx(s, overlapping(s))


@check("max-pool-backward", asks="Entries that are in no window get gradient zero.")
def gradient_for_windows_that_leave_gaps(s: Session) -> None:
    _compare_dx(s, apart(s))


@check("max-pool-backward", asks=GRADIENT)
def gradient_for_images_and_windows_not_square(s: Session) -> None:
    _compare_dx(s, not_square(s))


@check("max-pool-backward", asks="Entries that are in no window get gradient zero.", weight=0.5)
def no_gradient_where_no_window_reached(s: Session) -> None:
    _compare_dx(s, one_place(s))


@check("max-pool-backward", asks=GRADIENT, weight=0.5)
def gradient_for_negative_entries(s: Session) -> None:
    _compare_dx(s, one_place(s), _negative)


@check("max-pool-backward", asks=GRADIENT, weight=0.5)
def gradient_for_all_settings_together(s: Session) -> None:
    _compare_dx(s, all_settings(s), _any_sign)


@check("max-pool-backward", asks=TIES, kind=Kind.EDGE)
def equal_largest_entries_share_one_gradient(s: Session) -> None:
    for sizes in tiles(s):
        (N, C, H, W), side, output = sizes.image, sizes.stride, sizes.output
        by_window = (N, C, H // side, side, W // side, side)
        x = s.draw.labels(math.prod(sizes.image), 2).astype(float).reshape(by_window)
        dout = s.draw.away_from_zero(output)
        dx = s.array(_dx(s, x.reshape(sizes.image), sizes, dout))
        s.require(dx.shape == sizes.image, "dx must have the shape of x")
        if dx.shape == sizes.image:
            dx = dx.reshape(by_window)
            observe(s, "what each window adds up to", dx.sum(axis=(3, 5)))
            largest = x == x.max(axis=(3, 5), keepdims=True)
            s.require(not dx[~largest].any(), "only the largest entries of a window may get a gradient")


@check("max-pool-backward", asks=ONE_OF_EACH, kind=Kind.EDGE)
def gradient_where_sizes_are_one(s: Session) -> None:
    _compare_dx(s, of_one(s), _any_sign)
