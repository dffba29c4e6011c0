"""Are the gradients, shapes and types of the convolutional network right?"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from coursenn.classifiers.cnn import ThreeLayerConvNet
from coursenn.gradient_check import eval_numerical_gradient
from coursenn.layers import softmax_loss

Array = np.ndarray[Any, np.dtype[Any]]


def make(**kwargs: Any) -> ThreeLayerConvNet:
    """Return a small network from a fixed seed."""
    np.random.seed(4)
    small = {"input_dim": (2, 6, 5), "num_filters": 3, "filter_size": 3, "hidden_dim": 4, "num_classes": 3}
    return ThreeLayerConvNet(**{**small, "weight_scale": 0.3, "dtype": np.float64, **kwargs})


def batch() -> tuple[Array, Array]:
    """Return small images and their labels."""
    rng = np.random.default_rng(2)
    return rng.standard_normal((4, 2, 6, 5)), rng.integers(0, 3, 4)


@pytest.mark.parametrize("reg", [0.0, 0.7])
def test_gradients_hold_for_images_with_an_odd_side(reg: float) -> None:
    """Is every gradient right, even if pooling drops a column?"""
    net, (X, y) = make(reg=reg), batch()
    _, grads = net.loss(X, y)
    assert set(grads) == set(net.params)
    for name, gradient in grads.items():
        numeric = eval_numerical_gradient(lambda _: net.loss(X, y)[0], net.params[name], verbose=False)
        np.testing.assert_allclose(gradient, numeric, atol=1e-7, err_msg=name)


def test_parameters_at_the_start() -> None:
    """Are the shapes and the drawn weights as documented?"""
    net = make()
    np.random.seed(4)
    for i, shape in enumerate([(3, 2, 3, 3), (3 * 3 * 2, 4), (4, 3)], start=1):
        np.testing.assert_array_equal(net.params[f"W{i}"], 0.3 * np.random.randn(*shape))
        assert not net.params[f"b{i}"].any()
    assert sum(w.size for w in ThreeLayerConvNet().params.values()) == 4704 + 819200 + 1000 + 32 + 100 + 10


def test_regularization_can_be_set_later() -> None:
    """Is the regularization half of reg times the sum of all squared weights, without the biases?"""
    net, (X, y) = make(), batch()
    for name in ("b1", "b2", "b3"):
        net.params[name] += 0.1
    net.reg = 0.5
    expected = softmax_loss(net.loss(X), y)[0] + 0.25 * sum(np.sum(net.params[n] ** 2) for n in ("W1", "W2", "W3"))
    np.testing.assert_allclose(net.loss(X, y)[0], expected)


def test_float32_stays_and_arguments_are_unchanged() -> None:
    """Is everything float32 for images of another type, and is no argument changed?"""
    net, (X, y) = make(dtype=np.float32, reg=np.float64(0.1)), batch()
    for array in (X, y, *net.params.values()):
        array.flags.writeable = False
    _, grads = net.loss(X, y)
    assert {a.dtype for a in (*net.params.values(), *grads.values(), net.loss(X))} == {np.dtype(np.float32)}


def test_an_even_filter_is_an_error() -> None:
    """Does the message say what to do?"""
    with pytest.raises(ValueError, match="must be odd"):
        make(filter_size=4)
