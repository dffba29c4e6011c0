"""Are the numbers right in the chapters on notation, conventions, gradient checking, affine layers, update rules and initialisation?"""

from __future__ import annotations

import itertools
import math
import re

import numpy as np
import pytest

from autograder.checking import RTOL
from coursenn.layers import batchnorm_backward, batchnorm_forward, softmax_loss
from coursenn.optim import adam
from tests.book.claims.says import BOOK, angle, power_of_ten, says


def test_a_forgotten_mean_inside_a_layer_turns_the_gradient() -> None:
    """By which angle does the gradient of a batch normalization turn if the 1/N of its mean is left out?"""
    rng, found = np.random.default_rng(0), []
    for _ in range(1000):
        x, dout = rng.standard_normal((2, 20, 1))
        _, cache = batchnorm_forward(x, np.ones(1), np.zeros(1), {"mode": "train"})
        x_hat, right = (x - x.mean()) / x.std(), batchnorm_backward(dout, cache)[0]
        found.append(angle(dout - dout.sum() - x_hat * np.mean(dout * x_hat), right))
    assert says("notation", "batch normalization of 20 examples", f"typically {np.median(found):.0f} degrees away")


def test_a_reshape_of_a_transposed_array_copies() -> None:
    """Does a transposition share memory, and a reshape of a transposed array not?"""
    x = np.arange(6.0).reshape(2, 3)
    assert np.shares_memory(x, x.T)
    assert not np.shares_memory(x, x.T.reshape(6))
    assert says("notation", "a transposition only relabels axes, and a reshape of a transposed array has to copy")


def test_the_first_gradient_of_the_book() -> None:
    """Is the change of the example's loss the one in the text?"""
    a, product = np.array([3.0, 5.0]), 15.05
    assert (a[0] + 0.01) * a[1] == pytest.approx(product)
    assert says("notation", f"grows from {a.prod():.0f} to {product}", f"The two factors, $({a[1]:.0f}, {a[0]:.0f})$")


def test_the_slope_of_a_cube() -> None:
    """Are the two differences at the beginning of the chapter on gradient checking right?"""
    for h, found in ((0.1, 12.01), (0.01, 12.0001)):
        assert ((2 + h) ** 3 - (2 - h) ** 3) / (2 * h) == pytest.approx(found, abs=1e-9)
        assert says("gradient-checking", f"{found:g}")


def test_the_best_step_and_its_error_in_a_layer() -> None:
    """Are the best steps, their errors and those of a batch normalization those of the chapter?"""
    sentences = []
    for dtype in (np.float64, np.float32):
        roundoff = np.finfo(dtype).eps / 2
        step = float(np.cbrt(3 * roundoff))
        sentences += [power_of_ten(step), power_of_ten(step**2 / 2)]
        errors = []
        for seed in range(20):
            x, dout, direction = np.random.default_rng(seed).standard_normal((3, 20, 4))
            _, cache = batchnorm_forward(x, np.ones(4), np.zeros(4), {"mode": "train"})
            exact = np.sum(batchnorm_backward(dout, cache)[0] * direction)
            moved = [(x + sign * step * direction).astype(dtype) for sign in (1, -1)]
            up, down = (batchnorm_forward(a, np.ones(4, dtype), np.zeros(4, dtype), {"mode": "train"})[0] for a in moved)
            errors.append(abs((float(np.sum(dout.astype(dtype) * up)) - float(np.sum(dout.astype(dtype) * down))) / (2 * step) - exact))
        assert 3 < np.median(errors) / (step**2 / 2) < 30
    assert says("gradient-checking", *sentences, "are about ten times as large")


def test_how_often_a_random_direction_misses_an_error() -> None:
    """How often does a random direction miss an error of a hundred tolerances, and how often do three directions?"""
    once = math.erf(0.01 / math.sqrt(2))
    assert says("gradient-checking", f"in {100 * once:.1f} per cent of all draws", "three in a row do in one of two million")
    assert 1 / once**3 == pytest.approx(2e6, rel=0.1)


def test_the_place_of_epsilon_hides_at_variance_one() -> None:
    """How much do the two places of epsilon differ if the variance is 1?"""
    assert abs(1 / np.sqrt(1 + 1e-5) - 1 / (1 + 1e-5)) == pytest.approx(5e-6, rel=0.01)
    assert says("gradient-checking", "by 5 parts in a million only")


def test_when_exchanged_columns_are_missed() -> None:
    """Does the direction in the solution miss exchanged columns that are not equal, while a random one finds them?"""
    rng = np.random.default_rng(0)
    (a, b), v = rng.standard_normal((2, 5)), rng.standard_normal((2, 5))
    gap = a - b
    hidden = np.array([v[0], v[0] - (np.eye(5)[1] * gap[0] - np.eye(5)[0] * gap[1])])
    error = np.array([a - b, b - a])
    assert abs(np.sum(error * hidden)) < 1e-12 < abs(np.sum(error * v))
    assert not np.allclose(hidden[0], hidden[1])
    assert says("gradient-checking", "$v_1 - v_2$ is perpendicular to $a - b$")


def test_the_tolerance_is_that_of_the_checks() -> None:
    """Is the chapter's relative tolerance the one of the hidden checks?"""
    assert says("gradient-checking", f"Against values of the reference rtol is $10^{{{math.log10(RTOL):.0f}}}$")


def test_how_long_the_start_of_a_running_average_counts() -> None:
    """What share of a running average is its start, after the steps that the page on conventions names?"""
    short, long = (f"{100 * momentum**steps:.1f} per cent after {steps}" for momentum, steps in ((0.9, 50), (0.99, 500)))
    assert says("conventions", f"is down to {short} minibatches at $m = 0.9$, and to {long} at $m = 0.99$.")
    assert says("conventions", f"by a factor of {1 / np.sqrt(1 - 0.999):.0f} in the first step at $\\beta_2 = 0.999$")


def test_where_keras_puts_the_padding() -> None:
    """Does Keras pad 32 rows only below, and 33 rows above and below?"""
    for size, above in ((32, 0), (33, 1)):
        total = (-(-size // 2) - 1) * 2 + 3 - size
        assert total // 2 == above
        assert total - total // 2 == 1
    assert says("conventions", "with no padding above and one row below", "For 33 rows the padding is 1 and 1")


def test_what_a_gradient_costs() -> None:
    """Are the number of parameters and the cost of the first network in the chapter on affine layers right?"""
    sizes = [3072, 100, 10]
    parameters = sum(a * b + b for a, b in itertools.pairwise(sizes))
    assert says("affine-relu-losses", f"has {parameters:,} parameters", f"takes {2 * parameters:,} forward passes")
    products = [a * b for a, b in itertools.pairwise(sizes)]
    assert 3 - products[0] / sum(products) == pytest.approx(2, abs=0.01)
    assert says("affine-relu-losses", "for the price of about two", "at most as much as three forward passes")


def test_a_forgotten_mean_over_the_examples() -> None:
    """Does a factor of the whole gradient change neither its direction nor the steps of Adam, unless there is a penalty?"""
    rng, n = np.random.default_rng(0), 50
    w, data = rng.standard_normal((2, 20))
    assert angle(data, n * data) == pytest.approx(0, abs=1e-5)
    assert angle(data + w, n * data + w) > 20
    steps = [adam(w, gradient, {"learning_rate": 0.1})[0] - w for gradient in (data, n * data)]
    assert np.allclose(*steps, rtol=1e-6)
    assert says("notation", "with a learning rate that is $N$ times smaller", "With a penalty the two parts")


def test_two_large_scores() -> None:
    """Are the logarithms of the example's probabilities right, and do its exponentials overflow?"""
    with np.errstate(over="ignore"):
        assert np.isinf(np.exp([1000.0, 998.0])).all()
    losses = [softmax_loss(np.array([[1000.0, 998.0]]), np.array([label]))[0] for label in (0, 1)]
    assert says("affine-relu-losses", f"= {np.log1p(np.exp(-2.0)):.3f}$", f"are $-{losses[0]:.3f}$ and $-{losses[1]:.3f}$")


def test_how_far_a_single_gradient_moves_a_weight_under_adam() -> None:
    """Does a single gradient after many zeros move a weight by about ten times its first step?"""
    w, config, steps = np.zeros(1), {"learning_rate": 1.0, "t": 10**6}, []
    for g in (1.0, *np.zeros(500)):
        moved, config = adam(w, np.array([g]), config)
        steps.append(w[0] - moved[0])
        w = moved
    assert sum(steps) / steps[0] == pytest.approx(10, rel=0.02)
    assert says("optimisers", f"by about {sum(steps):.0f} $\\eta$ in all, ten times its first step")


def test_how_large_steps_of_adam_are_for_noise() -> None:
    """How large is a step of Adam for gradients whose mean is zero?"""
    rng, w, config, steps = np.random.default_rng(0), np.zeros(2000), {"learning_rate": 1.0, "t": 10**6, "v": np.ones(2000)}, []
    for _ in range(200):
        moved, config = adam(w, rng.standard_normal(2000), config)
        steps.append(np.abs(moved - w).mean())
        w = moved
    assert says("optimisers", f"it is about {np.mean(steps[100:]):.2f} on average", "by less than a fifth of the rate")
    assert np.mean(steps[100:]) < 0.2


def test_the_valley_of_the_figure() -> None:
    """Are the two rules after thirty steps where the figure's description says?"""
    from optimiser_paths import path

    from coursenn.optim import sgd, sgd_momentum

    plain, swinging = path(sgd), path(sgd_momentum, momentum=0.8)
    assert 1 - plain[-1, 0] / plain[0, 0] == pytest.approx(2 / 3, abs=0.03)
    assert np.all(plain[1:, 1] * plain[:-1, 1] < 0)
    assert np.abs(swinging[-1]).max() < 0.2
    assert says("optimisers", "has come two thirds of the way after thirty steps")


def test_steps_without_a_correction() -> None:
    """Are the first, the largest and the last step without correction those of the figure's description?"""
    t = np.arange(1, 1001)
    size = (1 - 0.9**t) / np.sqrt(1 - 0.999**t)
    assert size[0] == pytest.approx(3, abs=0.3)
    assert 6 < size.max() < 7
    assert says("optimisers", f"is still {size[-1]:.1f} times the learning rate after a thousand steps")


def test_how_much_of_the_distance_a_step_removes() -> None:
    """How much of the distance does a step remove at a condition number of 100?"""
    plain, momentum = 99 / 101, 9 / 11
    assert says("optimisers", "At $\\kappa = 100$ a step removes two per cent", f"removes {100 * (1 - momentum):.0f} per cent")
    assert 1 - plain == pytest.approx(0.02, rel=0.02)


def test_the_scales_at_the_beginning_of_the_chapter_on_initialisation() -> None:
    """By how many powers of ten do activations shrink and grow in thirty layers at half and at twice the scale?"""
    assert says("initialisation", f"standard deviation {np.sqrt(2 / 100):.2f} work", "shrink by nine powers of ten", "grow by as many")
    for factor in (0.5, 2):
        assert abs(30 * np.log10(factor)) == pytest.approx(9, abs=0.1)


def test_one_letter_has_one_meaning() -> None:
    """Is L always the loss and never a number of layers?"""
    found = []
    for path in sorted(BOOK.glob("*.md")):
        text = path.read_text(encoding="utf-8")
        found += [f"{path.stem}: {hit}" for hit in re.findall(r"\^\{L\}|\w_L\b|\$L\$ layers|\w_\{L", text)]
    assert found == []
