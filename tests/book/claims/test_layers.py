"""Are the numbers right in the chapters on normalizations, dropout and convolution?"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from autograder.paths import REPOSITORY
from coursenn.im2col import im2col
from coursenn.layers import batchnorm_backward, batchnorm_forward, conv_backward_naive, conv_forward_naive, dropout_forward
from coursenn.optim import adam, sgd
from tests.book.claims.says import says, table


def test_the_three_numbers_at_the_beginning_of_batch_normalization() -> None:
    """Are 1, 3 and 8 normalized as the chapter says?"""
    x = np.array([1.0, 3.0, 8.0])
    hat = (x - x.mean()) / x.std()
    assert x.var() == pytest.approx(26 / 3)
    low, middle, high = (f"{value:.2f}" for value in hat)
    assert says("batch-normalization", f"its root, {x.std():.2f}, the deviations become ${low}$, ${middle}$ and ${high}$")


def test_one_dictionary_for_all_layers_is_a_mixture() -> None:
    """What are the weights of five layers in a shared dictionary, and do unequal widths raise an error?"""
    weights = 0.1 * 0.9 ** np.arange(5) / (1 - 0.9**5)
    assert weights.sum() == pytest.approx(1)
    assert says("batch-normalization", f"the weights lie between {weights.min():.2f} and {weights.max():.2f}")
    param: dict[str, object] = {"mode": "train"}
    batchnorm_forward(np.ones((2, 3)), np.ones(3), np.zeros(3), param)
    with pytest.raises(ValueError, match="broadcast"):
        batchnorm_forward(np.ones((2, 4)), np.ones(4), np.zeros(4), param)
    assert says("batch-normalization", "If their widths differ, the second layer raises an error")


def test_gamma_and_beta_undo_only_one_minibatch() -> None:
    """Do gamma and beta that undo the normalization of a minibatch restore only this one?"""
    rng = np.random.default_rng(0)
    x, other = rng.standard_normal((2, 8, 3)) * [1, 2, 3] + [0, 1, -1]
    gamma, beta = np.sqrt(x.var(axis=0) + 1e-5), x.mean(axis=0)
    same, changed = (batchnorm_forward(a, gamma, beta, {"mode": "train"})[0] for a in (x, other))
    assert np.allclose(same, x)
    assert abs(changed - other).max() > 0.1
    assert says("batch-normalization", "(This one only:")


def test_constants_of_the_compiled_layers() -> None:
    """Are the blocks, the tiles, the gap between threads and the length of the file those of the chapter?"""
    source = (REPOSITORY / "course/src/coursenn/fast_kernels.h").read_text(encoding="utf-8")
    assert 550 < source.count("\n") < 650
    assert says("fast-layers", "about six hundred lines of C")
    (block,), (apart,) = re.findall(r"#define BLOCK (\d+)", source), re.findall(r"#define APART \(\(idx\)\((\d+) /", source)
    assert says("fast-layers", f"taken in blocks of {block},", f"Here {apart} bytes lie between them")
    assert {f"{rows} \\times 2" for rows in re.findall(r"#define ROWS (\d)", source)} == {r"8 \times 2", r"6 \times 2"}
    assert says("fast-layers", "the tiles are $8 \\times 2$ and $6 \\times 2$")


def test_the_package_shortens_the_waiting_of_threads() -> None:
    """Does the package set the two variables as the chapter says, unless the user has set them?"""
    settings = {
        name: value for name, value in os.environ.items() if name not in ("OPENBLAS_THREAD_TIMEOUT", "GOMP_SPINCOUNT", "OMP_WAIT_POLICY")
    }
    program = "import coursenn, os; print(os.environ['OPENBLAS_THREAD_TIMEOUT'], os.environ['GOMP_SPINCOUNT'])"
    for own, expected in (({}, "4 10000"), ({"OPENBLAS_THREAD_TIMEOUT": "9", "GOMP_SPINCOUNT": "8"}, "9 8")):
        done = subprocess.run([sys.executable, "-c", program], env=settings | own, capture_output=True, text=True, check=True)
        assert done.stdout.strip() == expected
    assert says("fast-layers", "`OPENBLAS_THREAD_TIMEOUT=4` and `GOMP_SPINCOUNT=10000`", "a value that you have set stays")


def test_relative_steps_of_scaled_weights() -> None:
    """How do the first steps of descent and of Adam depend on the scale of weights before a normalization?"""
    rng = np.random.default_rng(0)
    h, w, dout = rng.standard_normal((20, 6)), rng.standard_normal((6, 4)), rng.standard_normal((20, 4))

    def step(rule: Callable[..., Any], a: float) -> float:
        """Return the length of the first step from the weights ``a w``, relative to them."""
        _, cache = batchnorm_forward(h @ (a * w), np.ones(4), np.zeros(4), {"mode": "train", "eps": 1e-20})
        moved, _ = rule(a * w, h.T @ batchnorm_backward(dout, cache)[0], {"learning_rate": 1e-4})
        return float(np.linalg.norm(moved - a * w) / np.linalg.norm(a * w))

    assert step(sgd, 100) / step(sgd, 1) == pytest.approx(1e-4, rel=1e-6)
    assert step(adam, 100) / step(adam, 1) == pytest.approx(1e-2, rel=1e-4)
    assert says("batch-normalization", "| gradient descent | $\\propto 1/a$ | $\\propto 1/a$ | $\\propto 1/a^2$ |")
    assert says("batch-normalization", "a hundred times as large turn a hundred times as slowly")


def test_how_much_the_last_ten_minibatches_weigh() -> None:
    """What share of a running average comes from the last ten minibatches?"""
    assert says("batch-normalization", f"the last ten minibatches have {100 * (1 - 0.9**10):.0f} per cent of the weight")


def test_cells_of_four_small_images() -> None:
    """How many means does each of three normalizations take of four images with six channels, and over how many numbers?"""
    x = np.arange(4 * 6 * 8 * 8.0).reshape(4, 6, 8, 8)
    batch, layer, group = x.transpose(1, 0, 2, 3).reshape(6, -1), x.reshape(4, -1), x.reshape(8, -1)
    assert says(
        "layer-and-group-normalization",
        f"are {x.size:,} numbers",
        f"{len(batch)} means of them, each of {batch.shape[1]} numbers",
        f"{len(layer)} means of {layer.shape[1]} numbers",
        f"two groups {len(group)} means of {group.shape[1]}",
    )


def test_pixels_of_an_image_are_alike() -> None:
    """How much does a channel's mean over one image scatter, compared with a mean over independent numbers?"""
    single = table("conv-batch-statistics")["scatter of the mean"][0]
    assert says("layer-and-group-normalization", f"scatters by {single:.2f} of the channel", f"would scatter by {1 / 16:.2f}")


def test_dropout_through_an_affine_layer() -> None:
    """Is the ratio of the variances in training and at test time the same after an affine layer as for a single unit?"""
    for keep, ratio in ((0.5, 2.5), (0.75, 1.5)):
        found = []
        for seed in range(4):
            rng = np.random.default_rng(seed)
            h, w = np.maximum(rng.standard_normal((4000, 100)), 0), rng.standard_normal((100, 50))
            dropped = dropout_forward(h, {"mode": "train", "p": keep, "seed": seed})[0]
            found.append([np.mean((dropped @ w).var(axis=0) / (h @ w).var(axis=0)), np.mean(dropped.var(axis=0) / h.var(axis=0))])
        layer, unit = np.mean(found, axis=0)
        assert layer == pytest.approx(unit, rel=0.03)
        assert f"{layer:.1f}" == str(ratio)
    assert says("dropout", "does not soften the effect", "is 2.5 times as large in training", "at $p = 0.75$ it is 1.5 times as large")


def test_the_network_that_overfits() -> None:
    """Are the two accuracies at the beginning of the chapter on dropout the recorded ones?"""
    run = table("dropout-single-run")
    assert says(
        "dropout", f"classifies {100 * run['train acc'][0]:.0f} per cent of them", f"and {100 * run['val acc'][0]:.0f} per cent of new ones"
    )


def test_the_row_of_pixels_at_the_beginning_of_convolution() -> None:
    """Does the layer compute what the text computes by hand?"""
    row, weights = np.array([1.0, 2, 4, 8]), np.array([1.0, 0, -1])
    out = conv_forward_naive(row.reshape(1, 1, 1, 4), weights.reshape(1, 1, 1, 3), np.zeros(1), {"stride": 1, "pad": 0})[0].ravel()
    assert says("convolution", f"$1 - 4 = {out[0]:.0f}$ and $2 - 8 = {out[1]:.0f}$")
    columns = im2col(row.reshape(1, 1, 1, 4), 1, 3, 1, 0)
    assert says(
        "im2col", f"the columns $({', '.join(f'{v:.0f}' for v in columns[:, 0])})$ and $({', '.join(f'{v:.0f}' for v in columns[:, 1])})$"
    )


def test_adding_into_overlapping_windows() -> None:
    """Is assigning instead of adding right only if windows overlap in neither direction?"""
    for size, right in (((2, 3), False), ((3, 2), False), ((2, 2), True)):
        x, w = np.zeros((1, 1, 6, 6)), np.ones((1, 1, *size))
        y, cache = conv_forward_naive(x, w, np.zeros(1), {"stride": 2, "pad": 0})
        assert bool(conv_backward_naive(np.ones_like(y), cache)[0].max() == 1) == right
    assert says("convolution", "for $S \\ge H_f$ and $S \\ge W_f$")


def test_assigning_with_two_filters() -> None:
    """Does assigning lose a filter's share even if no windows overlap?"""
    x, w = np.zeros((1, 1, 4, 4)), np.stack([np.ones((1, 2, 2)), 2 * np.ones((1, 2, 2))])
    y, cache = conv_forward_naive(x, w, np.zeros(2), {"stride": 2, "pad": 0})
    assigned = np.zeros_like(x)
    for f in range(2):
        for i, j in np.ndindex(2, 2):
            assigned[0, :, 2 * i : 2 * i + 2, 2 * j : 2 * j + 2] = w[f]
    assert np.all(conv_backward_naive(np.ones_like(y), cache)[0] == 3)
    assert np.all(assigned == 2)
    assert says("convolution", "one filter, or a sum over the filters before")


def test_a_filter_must_fit() -> None:
    """Does the formula for the output's size need a filter that fits into the image?"""
    assert 1 + (4 + 2 * 0 - 7) // 2 < 1
    assert says("convolution", "$H_f \\le H + 2P$")


def test_which_loops_are_above_the_ceiling() -> None:
    """Which loops in the table of the roofline are faster than numpy's product?"""
    recorded = table("fast-roofline")
    rates = dict(zip(recorded["what"], recorded["GFLOP/s"], strict=True))
    ceiling = rates["numpy's product of matrices"]
    assert min(rates["conv 7x7"], rates["conv 3x3 deep"]) > ceiling > rates["conv 3x3 stride 2"]
    assert says("fast-layers", "in the table the loops of the larger convolutions are")


def test_what_the_steps_gain_in_all() -> None:
    """Are the shares at the beginning of the chapters on fast layers those of the recorded table?"""
    times = table("fast-tricks")
    before, after = (dict(zip(times["trick"], times[column], strict=True)) for column in ("before, ms", "after, ms"))
    best, product = after["wider vectors: avx512"], after["a matrix product over laid-out windows"]
    assert best / product == pytest.approx(1 / 3, rel=0.3)
    assert before["a matrix product over laid-out windows"] / best == pytest.approx(100, rel=0.4)
    assert before["a matrix product over laid-out windows"] == pytest.approx(500, rel=0.3)
    assert says("fast-layers", "they take a third of its time")
    assert says("im2col", "about a hundredth of that")


def test_operations_for_each_byte() -> None:
    """How many operations does a product of two large matrices do for each byte?"""
    n = 1024
    assert says("fast-layers", "moves 12 bytes for one operation", f"does {2 * n**3 / (3 * 4 * n**2):.0f} operations for each byte")
