"""Are the numbers and the figures of the chapter on the whole network right?"""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from coursenn.embedded_data import draw_images
from coursenn.layers import softmax_loss
from coursenn.optim import adam, rmsprop, sgd
from tests.book.claims import says as _figures_on_the_path  # noqa: F401
from tests.book.claims.says import says

from overfitting import EPOCHS, histories  # isort: skip
from residual_depth import DEPTH, sizes  # isort: skip
from schedules import RATES, WARM, distances, first_losses  # isort: skip

PAGE = "whole-network"


def test_two_layers_in_numbers() -> None:
    """Are the probability and the loss of the example right?"""
    wrong = 1 / (1 + np.exp(-2.0))
    assert says(PAGE, f"whose probability is {wrong:.2f}", f"$-\\log {1 - wrong:.2f} = {-np.log(1 - wrong):.2f}$")
    small, large = (softmax_loss(a * np.array([[1.0, -1.0]]), np.array([1]))[0] for a in (1, 1000))
    assert says(PAGE, f"= {small - 2:.3f} + 2 = {small:.3f}$", f"+ 2000 = {large:.0f}$")


def test_the_inactive_unit() -> None:
    """Is there a gradient for the inactive unit, and none for an active unit that adds the same to both scores?"""
    x, w2 = np.array([1.0, 2.0]), np.array([[0.5, -0.5], [1.0, -0.5]])
    p = 1 / (1 + np.exp(-2.0))
    assert says(PAGE, f"The gradient {w2[1] @ [p, -p]:.2f} comes back to it")
    active = x @ np.array([[1.0, -1.0], [0.5, 1.0]])
    assert np.array_equal(active, [2.0, 1.0])
    s = active @ np.array([[0.5, -0.5], [1.0, 1.0]])
    p = np.exp(s) / np.exp(s).sum()
    assert (p - [0, 1]) @ [1.0, 1.0] == pytest.approx(0, abs=1e-12)


def test_what_a_gradient_costs_in_a_shallow_network() -> None:
    """Does a gradient of the network with 3,072, 100 and 10 units cost about two forward passes?"""
    n = [3072, 100, 10]
    cost = 3 - n[0] * n[1] / (n[0] * n[1] + n[1] * n[2])
    assert says(PAGE, f"and it is {cost:.3f}.")
    products = [2 * 100 * a * b for a, b in itertools.pairwise(n)]
    forward, whole = sum(products), 2 * sum(products) + products[1]
    assert says(
        PAGE, f"takes {forward / 1e6:.1f} million multiplications and additions", f"the hidden layer {products[1] / 1e6:.1f} million"
    )
    assert says(PAGE, f"{whole / 1e6:.0f} million in all, twice the forward pass, for 308,000 derivatives")
    assert whole / forward == pytest.approx(cost)


def test_how_much_a_mean_limits_the_rate() -> None:
    """By how much does the largest eigenvalue fall if the mean image is subtracted, and does scaling keep its share?"""
    images, _ = draw_images(500, seed=3)
    x = images.reshape(500, -1).astype(float)
    centred = x - x.mean(axis=0)
    values = [np.linalg.eigvalsh(a @ a.T) for a in (x, centred, centred / x.std(axis=0))]
    assert says(PAGE, f"eigenvalue {values[0][-1] / values[1][-1]:.0f} times smaller")
    shares = [v[-1] / v.sum() for v in values]
    assert shares[1] == pytest.approx(shares[2], abs=0.01)
    assert shares[0] > 0.8
    assert says(PAGE, f"a number of size {np.hypot(10, 10):.0f}")


def test_noise_and_first_steps() -> None:
    """Do the distances and the jump follow the formulas, and does noisy descent stay at this distance?"""
    for eta in (0.1, 0.01):
        assert says(PAGE, f"{np.sqrt(eta / (2 - eta)):.2f}")
    rng, w, seen = np.random.default_rng(0), np.zeros(2000), []
    for step in range(200):
        w, _ = sgd(w, w + rng.standard_normal(2000), {"learning_rate": 0.1})
        seen += [np.mean(w**2)] if step > 100 else []
    assert np.sqrt(np.mean(seen)) == pytest.approx(0.23, abs=0.01)
    assert says(PAGE, f"one step changes each output by {0.001 * 3072 * 60:.0f}")


def test_the_first_step_of_two_rules() -> None:
    """Is every weight changed by the learning rate under Adam, and by ten times the rate under RMSProp?"""
    w, g = np.zeros(5), np.array([1e-3, -0.1, 1.0, 20.0, -300.0])
    for rule, steps in ((adam, 1), (rmsprop, 10)):
        assert np.allclose(np.abs(rule(w, g, {"learning_rate": 0.1})[0]), 0.1 * steps, rtol=1e-4)
    assert says(PAGE, "so every weight moves by the full rate", "Under RMSProp it moves ten times as far")


def test_what_a_schedule_gains() -> None:
    """Are the ends and the crossings of the figure's three curves where its description says?"""
    fast, slow, falling = (distances(rate) for rate in RATES.values())
    assert says(PAGE, "falls to 0.23 within fifty steps")
    assert np.all(np.abs(fast[50:] - 0.23) < 0.03)
    assert slow[400] > 0.15
    assert slow[-1] == pytest.approx(0.07, abs=0.01)
    assert falling[300] == pytest.approx(0.07, abs=0.015)
    assert falling[50] < 0.3


def test_what_a_warm_up_gains() -> None:
    """Does the loss jump only without a warm-up, and not at a third of the rate?"""
    full, warmed = first_losses(0), first_losses(WARM)
    assert says(
        PAGE, f"from {full[0]:.1f} to {full[:4].max():.1f} within four steps", "With a warm-up over twenty steps it stays below 2.6"
    )
    assert warmed.max() < 2.6
    assert says(PAGE, f"it is {warmed[-10:].mean():.2f} on average, against {full[-10:].mean():.2f}.")
    assert max(first_losses(warm, rate=1e-3).max() for warm in (0, WARM)) < 2.6


@pytest.mark.slow
def test_the_curves_of_overfitting() -> None:
    """Is the loss on new images smallest early and larger at the end, while the accuracy stays the same?"""
    found = histories()
    train, new = found["loss"].T
    assert new.argmin() < EPOCHS / 5
    assert new[-1] > 1.3 * new.min()
    assert train[-1] < 0.1
    accuracy = found["accuracy"]
    assert accuracy[-1, 0] == 1
    late = accuracy[EPOCHS // 2 :, 1]
    assert np.ptp(late) < 0.03
    assert late.mean() == pytest.approx(0.3, abs=0.03)


def test_gradients_through_fifty_blocks() -> None:
    """By which factors do gradients grow in the backward pass, and activations in the forward pass?"""
    layers, blocks, normalized = (sizes(kind) for kind in ("layers", "blocks", "normalized blocks"))
    assert DEPTH == 50
    assert np.sqrt(layers[1][-1]) == pytest.approx(11_000, rel=0.1)
    assert np.sqrt(normalized[1][-1]) == pytest.approx(17, rel=0.05)
    assert np.sqrt(blocks[1][-1]) > 3e7
    assert normalized[0][-1] == pytest.approx(1 + DEPTH, rel=0.05)
    assert says(PAGE, "by a factor of 11,000 through fifty layers", "by a factor of 17 through fifty normalized residual blocks")
    assert says(PAGE, "more than 30 million")
