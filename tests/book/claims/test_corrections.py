"""Are the sentences right that were wrong or too strong in an earlier version of the book?"""

from __future__ import annotations

import json
import re

import numpy as np
import pytest

from autograder.paths import REPOSITORY
from coursenn.layers import max_pool_forward_naive, relu_forward, softmax_loss, svm_loss
from tests.book.claims.says import BOOK, says, table


def test_when_the_gradients_of_the_two_losses_vanish() -> None:
    """If the right class leads, is the gradient of the hinge loss zero and that of the softmax loss only small?"""
    for lead in (1.5, 10.0, 30.0):
        scores, labels = np.array([[lead, 0.0]]), np.array([0])
        assert not svm_loss(scores, labels)[1].any()
        assert 0 < abs(softmax_loss(scores, labels)[1]).max() < np.exp(-lead)
    assert says("affine-relu-losses", "The gradient of the softmax loss only becomes small: no finite lead makes it zero.")


def test_a_first_loss_that_comes_from_the_inputs() -> None:
    """Do large inputs increase the first loss, as large weights do?"""
    rng = np.random.default_rng(0)
    x, w, labels = rng.standard_normal((200, 50)), 0.02 * rng.standard_normal((50, 10)), rng.integers(10, size=200)
    assert softmax_loss(x @ w, labels)[0] == pytest.approx(np.log(10), abs=0.05)
    assert softmax_loss(60 * x @ w, labels)[0] > 2 * np.log(10)
    assert says("affine-relu-losses", "means that the first scores are too large, because of the weights or of the inputs")


def test_the_best_step_depends_on_a_layer_through_a_cube_root() -> None:
    """By how much does the best step of a centred difference change if the third derivative is a thousand times as large?"""
    roundoff = np.finfo(float).eps / 2
    steps = [np.cbrt(3 * roundoff / third) for third in (1, 1000)]
    assert steps[0] / steps[1] == pytest.approx(10)
    assert says("gradient-checking", "the layer moves the best step of {eq}`grad-error` only through a cube root")
    assert says("gradient-checking", "Unless $f'''$ is small, no choice of the step")


def test_only_the_first_step_of_rmsprop_is_ten_times_too_long() -> None:
    """How long are the first steps of RMSProp with a decay rate of 0.99 for a constant gradient?"""
    lengths = 1 / np.sqrt(1 - 0.99 ** np.arange(1, 11))
    assert lengths[0] == pytest.approx(10)
    assert lengths[9] < 3.3
    assert says("optimisers", "the very first by a factor of ten at $\\rho = 0.99$")


def test_the_determinant_of_a_nesterov_step() -> None:
    """Where gradient descent converges, is its absolute value below mu, and is it sometimes negative?"""
    mu, curvature = 0.9, np.linspace(0.01, 1.99, 100)
    found = [np.linalg.det([[1 - h, mu * (1 - h)], [-h, mu * (1 - h)]]) for h in curvature]
    assert np.allclose(found, mu * (1 - curvature))
    assert np.abs(found).max() < mu
    assert min(found) < 0
    assert says("optimisers", "For $0 < \\eta h < 2$ its absolute value is below $\\mu$")


def test_thirty_layers_without_the_factor_two() -> None:
    """By how many powers of ten do activations fall if the variance of the weights is one over the width?"""
    assert 30 * np.log10(np.sqrt(2)) == pytest.approx(4.5, abs=0.05)
    assert says("initialisation", "Without the factor two it falls by four and a half.")


def test_why_the_relu_and_max_pooling_commute() -> None:
    """Can the ReLU and pooling change places, but not pooling and a function that decreases somewhere?"""
    x, windows = np.random.default_rng(0).standard_normal((1, 2, 6, 6)), {"pool_height": 2, "pool_width": 2, "stride": 2}

    def pool(x: np.ndarray) -> np.ndarray:
        return max_pool_forward_naive(x, windows)[0]

    assert np.array_equal(pool(relu_forward(x)[0]), relu_forward(pool(x))[0])
    assert not np.allclose(pool(x**2), pool(x) ** 2)
    assert says("convolution", "because the ReLU never decreases, and so keeps the largest entry of a window largest")


def test_which_loss_a_plain_network_ends_with() -> None:
    """Is the final loss above 50 for the scales that the page of experiments names?"""
    sweep = table("bn-weight-scales")
    assert sweep["plain: loss"][sweep["weight scale"] > 0.23].min() > 50 > sweep["plain: loss"][sweep["weight scale"] < 0.23].max()
    assert says("what-you-saw", "From a scale of 0.23 on, its final loss is above 50")


def test_how_many_steps_a_point_of_the_overfitted_loss_is_a_mean_over() -> None:
    """Are the first two points single steps and the others means over two, as the figure's caption says?"""
    recorded = json.loads((REPOSITORY / "course/solutions/recorded/pages/ConvolutionalNetworks.json").read_text(encoding="utf-8"))
    (log,) = [
        "\n".join(part.get("text", "") for part in shown)
        for shown in recorded["results"].values()
        if any("(Iteration 1 / 30)" in part.get("text", "") for part in shown)
    ]
    steps = [float(loss) for loss in re.findall(r"\(Iteration \d+ / 30\) loss: ([\d.]+)", log)]
    shown = table("conv-overfit-epochs")["loss"]
    assert np.allclose(shown[:2], steps[:2], atol=1e-3)
    assert np.allclose(shown[2:], np.reshape(steps[2:], (-1, 2)).mean(axis=1), atol=1e-3)
    assert says("what-you-saw", "one step for the first two points, two for the others")


def test_how_many_works_have_a_version_on_arxiv() -> None:
    """Does about half of the bibliography have a version on arXiv, and does the page say that others may not be free?"""
    entries = re.split(r"^@", (BOOK / "references.bib").read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    assert 0.4 < np.mean(["eprint" in entry for entry in entries]) < 0.6
    assert says("bibliography", "A DOI leads to the publisher, whose version may not be free.")
