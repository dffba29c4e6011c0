"""Hidden checks of naive max pooling, forward and backward.

All entries of an input differ, so there is no tie in any window. Each check turns one knob:
windows that overlap, are not square, or do not fit, and inputs below zero.
"""

from __future__ import annotations

from dataclasses import dataclass

from autograder.checking import Array, Session, check

FORWARD = "layers.max_pool_forward_naive"
BACKWARD = "layers.max_pool_backward_naive"
WINDOWS = "Windows may overlap, leave gaps and be non-square; windows that do not fit are dropped."
GRADIENT = "The gradient of each output goes to the largest entry of its window, and where windows overlap the gradients add up."


@dataclass(frozen=True)
class Sizes:
    """One pooling: images (N, C, H, W), windows (height, width), stride."""

    image: tuple[int, int, int, int]
    window: tuple[int, int]
    stride: int

    @property
    def param(self) -> dict[str, int]:
        return {"pool_height": self.window[0], "pool_width": self.window[1], "stride": self.stride}

    @property
    def output(self) -> tuple[int, int, int, int]:
        n, channels, *sides = self.image
        height, width = (1 + (side - w) // self.stride for side, w in zip(sides, self.window, strict=True))
        return n, channels, height, width


TILES = (Sizes((2, 3, 4, 4), (2, 2), 2), Sizes((3, 2, 9, 6), (3, 3), 3))
OVERLAPPING = (Sizes((2, 3, 6, 6), (2, 2), 1), Sizes((2, 3, 7, 7), (3, 3), 2))
NOT_SQUARE = (Sizes((2, 3, 4, 6), (2, 3), 2), Sizes((2, 3, 8, 5), (4, 2), 1), Sizes((2, 3, 3, 7), (1, 3), 2))
NOT_FITTING = (Sizes((2, 3, 5, 5), (2, 2), 2), Sizes((2, 3, 7, 8), (2, 2), 3))


def _compare_out(s: Session, *configurations: Sizes, shift: float = 0.0) -> None:
    for sizes in configurations:
        out, _ = s.call(FORWARD, s.draw.distinct(sizes.image) + shift, sizes.param).unpack(2)
        s.compare("out", out)


def _compare_dx(s: Session, *configurations: Sizes, shift: float = 0.0) -> None:
    for sizes in configurations:
        x: Array = s.draw.distinct(sizes.image) + shift
        _, cache = s.call(FORWARD, x, sizes.param).unpack(2)
        s.compare("dx", s.call(BACKWARD, s.draw.normal(sizes.output), cache))


@check("max-pool-forward", asks="Each output is the largest entry of its window, in each channel on its own.", weight=1.5)
def takes_the_maximum_of_each_window(s: Session) -> None:
    _compare_out(s, *TILES)


@check("max-pool-forward", asks=WINDOWS)
def windows_may_overlap(s: Session) -> None:
    _compare_out(s, *OVERLAPPING)


@check("max-pool-forward", asks=WINDOWS)
def images_and_windows_need_not_be_square(s: Session) -> None:
    _compare_out(s, *NOT_SQUARE)


@check("max-pool-forward", asks=WINDOWS, weight=0.5)
def leaves_out_windows_that_do_not_fit(s: Session) -> None:
    _compare_out(s, *NOT_FITTING)


@check("max-pool-forward", asks="Windows of negative numbers only have a negative maximum.", weight=0.5)
def entries_may_all_be_negative(s: Session) -> None:
    _compare_out(s, TILES[0], shift=-50.0)


@check("max-pool-backward", asks=GRADIENT, weight=1.5)
def gradient_goes_to_the_maximum(s: Session) -> None:
    _compare_dx(s, *TILES)


@check("max-pool-backward", asks=GRADIENT)
def overlapping_windows_add_up(s: Session) -> None:
    _compare_dx(s, *OVERLAPPING)


@check("max-pool-backward", asks=GRADIENT)
def gradient_for_images_and_windows_not_square(s: Session) -> None:
    _compare_dx(s, *NOT_SQUARE)


@check("max-pool-backward", asks="Entries that are in no window get gradient zero.", weight=0.5)
def no_gradient_where_no_window_reached(s: Session) -> None:
    _compare_dx(s, *NOT_FITTING)


@check("max-pool-backward", asks=GRADIENT, weight=0.5)
def gradient_for_negative_entries(s: Session) -> None:
    _compare_dx(s, TILES[0], shift=-50.0)
