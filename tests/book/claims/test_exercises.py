"""Are the numbers in exercises and their solutions right?"""

from __future__ import annotations

import numpy as np
import pytest

from coursenn.im2col import im2col
from tests.book.claims.says import says


def test_powers_of_the_depth() -> None:
    """What are factors of 0.9 and 1.1 after fifty layers?"""
    assert says("initialisation", f"leaves {100 * 0.9**50:.1f} per cent after fifty layers", f"gives {1.1**50:.0f} times as much")


def test_memories_of_averages() -> None:
    """After how many steps is a gradient's weight halved, and how long is the memory of a momentum of 0.99?"""
    halves = [f"{np.log(2) / -np.log(beta):.0f}" for beta in (0.9, 0.99, 0.999)]
    assert says("optimisers", "about {}, {} and {} steps".format(*halves))
    assert says("conventions", f"= {1 / (1 - 0.99):.0f}$ minibatches")


def test_longest_steps() -> None:
    """How long can the steps of Adam and the first step of RMSProp be, in learning rates?"""
    b1, b2 = 0.9, 0.999
    assert 7 < (1 - b1) / np.sqrt((1 - b2) * (1 - b1**2 / b2)) < 7.5
    assert 3 < (1 - b1) / np.sqrt(1 - b2) < 3.3
    assert says("optimisers", "a little above 7 for the usual values", "a little more than 3, in that step")
    assert says("optimisers", f"by a factor of ten at $\\rho = {1 - 1 / 10**2:.2f}$")
    assert says("optimisers", f"too small by a factor of {1 / np.sqrt(1 - b2):.0f} in the first step")


def test_dropout_that_drops_everything() -> None:
    """How often are all of twenty units dropped?"""
    assert says("dropout", f"$0.75^{{20}} \\approx {100 * 0.75**20:.1f}$ per cent")


def test_memory_and_intensity_of_im2col() -> None:
    """How large is the matrix in the exercises, and how many operations are there for each of its numbers?"""
    x = np.zeros((1, 64, 32, 32), np.float32)
    columns = im2col(x, 3, 3, 1, 1)
    assert columns.size == 9 * x.size
    assert says(
        "im2col", f"{64 * x.size:,}".replace(",", "{,}"), f"{64 * x.nbytes / 2**20:.0f} MiB", f"{64 * 4 * columns.size / 2**20:.0f} MiB"
    )
    few, many, thin = (2 * f * k / (f + k) for f, k in ((32, 147), (64, 576), (4, 147)))
    assert says("im2col", f"about {few:.0f} operations per number", f"about {many:.0f}.", f"come down to {thin:.0f}")


def test_offsets_and_tiles() -> None:
    """Is the offset of the exercise right, and do its tiles fit into sixteen registers?"""
    rows, columns, stride, (c, k, l_) = 3, 3, 2, (1, 2, 1)
    offset = ((c * stride + k % stride) * stride + l_ % stride) * rows * columns + k // stride * columns + l_ // stride
    assert says("fast-layers", f"= {offset}$.")
    tiles = [(12, 1), (6, 2), (4, 3), (3, 4)]
    assert {t * v for t, v in tiles} == {12}
    assert [t * v + v for t, v in tiles] == [13, 14, 15, 16]
    assert says("fast-layers", ", ".join(f"$12/{t + v}$" for t, v in tiles[:3]), "The last two need 15 and 16 registers")


def test_weights_of_three_small_filters() -> None:
    """Do three filters of 3 x 3 cover as much as one of 7 x 7, with these numbers of weights?"""
    assert 1 + 3 * (3 - 1) == 7
    assert says("convolution", f"they have ${3 * 9} C^2$ weights in place of ${7 * 7} C^2$")


def test_a_corrected_variance_of_four() -> None:
    """By how much are test outputs reduced by the corrected variance of minibatches of four?"""
    assert np.var(np.arange(4.0), ddof=1) / np.var(np.arange(4.0)) == pytest.approx(4 / 3)
    assert says("conventions", f"$\\sqrt{{3/4}} \\approx {np.sqrt(3 / 4):.2f}$")


def test_the_error_of_an_accuracy() -> None:
    """How uncertain is an accuracy of 0.3 on 1,000 images?"""
    error = np.sqrt(0.3 * 0.7 / 1000)
    assert 0.014 < error < 0.015
    assert says("what-you-saw", "this is a little less than 0.015", "285 or 315")


def test_the_shift_of_the_figure() -> None:
    """By how much is a feature's deviation larger in training than at test time, for the two features of the figure?"""
    level, centred = (np.sqrt(1 + (1 + mean**2)) for mean in (1, 0))
    assert says(
        "dropout", f"about {level:.1f} for a feature whose mean is as large as its spread, and about {centred:.1f} for one of mean zero"
    )
