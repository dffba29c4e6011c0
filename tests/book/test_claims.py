"""Are the figures that stand in the prose of the chapters those that the reference gives?

A test computes what a sentence claims and asks for the sentence with the figure in it. Whoever changes either one is told.
"""

from __future__ import annotations

import re

import numpy as np
import pytest

from autograder.paths import REPOSITORY
from coursenn.layers import batchnorm_backward, batchnorm_forward

BOOK = REPOSITORY / "book"


def says(page: str, *sentences: str) -> bool:
    """Whether a page holds each of these sentences, wherever its lines are broken."""
    text = re.sub(r"\s+", " ", (BOOK / f"{page}.md").read_text(encoding="utf-8"))
    missing = [sentence for sentence in sentences if re.sub(r"\s+", " ", sentence) not in text]
    assert missing == []
    return True


def angle(one: np.ndarray, other: np.ndarray) -> float:
    """The angle between two arrays, in degrees."""
    return float(np.degrees(np.arccos(np.sum(one * other) / np.linalg.norm(one) / np.linalg.norm(other))))


def test_a_forgotten_mean_inside_a_layer_turns_the_gradient() -> None:
    """By how much does the gradient of a batch normalization turn when the 1/N of its mean is left out?"""
    rng, found = np.random.default_rng(0), []
    for _ in range(1000):
        x, dout = rng.standard_normal((2, 20, 1))
        _, cache = batchnorm_forward(x, np.ones(1), np.zeros(1), {"mode": "train"})
        x_hat, right = (x - x.mean()) / x.std(), batchnorm_backward(dout, cache)[0]
        found.append(angle(dout - dout.sum() - x_hat * np.mean(dout * x_hat), right))
    assert says("notation", "batch normalization of 20 examples", f"typically {np.median(found):.0f} degrees away")


def test_a_reshape_of_a_transposed_array_copies() -> None:
    """Does the page on notation say when numbers move in memory?"""
    x = np.arange(6.0).reshape(2, 3)
    assert np.shares_memory(x, x.T)
    assert not np.shares_memory(x, x.T.reshape(6))
    assert says("notation", "a transposition only relabels axes, and a reshape of a transposed array has to copy")


def test_the_first_gradient_of_the_book() -> None:
    """Does the loss of the example grow by as much as the text says?"""
    a, product = np.array([3.0, 5.0]), 15.05
    assert (a[0] + 0.01) * a[1] == pytest.approx(product)
    assert says("notation", f"grows from {a.prod():.0f} to {product}", f"The two factors, $({a[1]:.0f}, {a[0]:.0f})$")
