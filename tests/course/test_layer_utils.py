"""Do sandwiches compute the same as their layers in turn, with right gradients?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from coursenn import layer_utils, layers
from coursenn.gradient_check import eval_numerical_gradient_array

Array = np.ndarray[Any, np.dtype[Any]]
CONV = {"stride": 1, "pad": 1}
POOL = {"pool_height": 2, "pool_width": 2, "stride": 2}
DENSE = {"x": (4, 2, 3), "w": (6, 5), "b": (5,)}
IMAGES = {"x": (2, 2, 5, 6), "w": (3, 2, 3, 3), "b": (3,)}


def chain(x: Array, *steps: Callable[[Array], Any]) -> Array:
    """Apply forward functions in turn."""
    for step in steps:
        x = step(x)[0]
    return x


def norm(kind: str) -> Callable[..., Any]:
    """Return the sandwich affine - normalization - ReLU in training mode."""
    return lambda x, w, b, gamma, beta: layer_utils.affine_norm_relu_forward(x, w, b, gamma, beta, {"mode": "train"}, kind)


SANDWICHES: dict[str, tuple[Callable[..., Any], Callable[..., Any], dict[str, tuple[int, ...]], Callable[..., Array]]] = {
    "affine_relu": (
        layer_utils.affine_relu_forward,
        layer_utils.affine_relu_backward,
        DENSE,
        lambda x, w, b: chain(x, lambda a: layers.affine_forward(a, w, b), layers.relu_forward),
    ),
    "batchnorm": (
        norm("batchnorm"),
        layer_utils.affine_norm_relu_backward,
        {**DENSE, "gamma": (5,), "beta": (5,)},
        lambda x, w, b, gamma, beta: chain(
            x,
            lambda a: layers.affine_forward(a, w, b),
            lambda a: layers.batchnorm_forward(a, gamma, beta, {"mode": "train"}),
            layers.relu_forward,
        ),
    ),
    "layernorm": (
        norm("layernorm"),
        layer_utils.affine_norm_relu_backward,
        {**DENSE, "gamma": (5,), "beta": (5,)},
        lambda x, w, b, gamma, beta: chain(
            x, lambda a: layers.affine_forward(a, w, b), lambda a: layers.layernorm_forward(a, gamma, beta, {}), layers.relu_forward
        ),
    ),
    "conv_relu": (
        lambda x, w, b: layer_utils.conv_relu_forward(x, w, b, CONV),
        layer_utils.conv_relu_backward,
        IMAGES,
        lambda x, w, b: chain(x, lambda a: layers.conv_forward_naive(a, w, b, CONV), layers.relu_forward),
    ),
    "conv_bn_relu": (
        lambda x, w, b, gamma, beta: layer_utils.conv_bn_relu_forward(x, w, b, gamma, beta, CONV, {"mode": "train"}),
        layer_utils.conv_bn_relu_backward,
        {**IMAGES, "gamma": (3,), "beta": (3,)},
        lambda x, w, b, gamma, beta: chain(
            x,
            lambda a: layers.conv_forward_naive(a, w, b, CONV),
            lambda a: layers.spatial_batchnorm_forward(a, gamma, beta, {"mode": "train"}),
            layers.relu_forward,
        ),
    ),
    "conv_relu_pool": (
        lambda x, w, b: layer_utils.conv_relu_pool_forward(x, w, b, CONV, POOL),
        layer_utils.conv_relu_pool_backward,
        IMAGES,
        lambda x, w, b: chain(
            x,
            lambda a: layers.conv_forward_naive(a, w, b, CONV),
            layers.relu_forward,
            lambda a: layers.max_pool_forward_naive(a, POOL),
        ),
    ),
}


@pytest.mark.parametrize("name", SANDWICHES)
def test_a_sandwich_is_its_layers_in_order(name: str) -> None:
    """Are the values those of the single layers, and the gradients right?"""
    forward, backward, shapes, expected = SANDWICHES[name]
    rng = np.random.default_rng(5)
    arrays = {key: rng.standard_normal(shape) for key, shape in shapes.items()}
    out, cache = forward(**arrays)
    np.testing.assert_allclose(out, expected(**arrays), atol=1e-12)
    dout = rng.standard_normal(out.shape)
    for (key, array), gradient in zip(arrays.items(), backward(dout, cache), strict=True):
        numeric = eval_numerical_gradient_array(lambda a, key=key: forward(**{**arrays, key: a})[0], array.copy(), dout)
        np.testing.assert_allclose(gradient, numeric, atol=1e-6, err_msg=key)


@pytest.mark.parametrize("name", SANDWICHES)
def test_a_sandwich_keeps_precision_and_arguments(name: str) -> None:
    """Does float32 stay float32, and are the caller's arrays unchanged?"""
    forward, backward, shapes, _ = SANDWICHES[name]
    rng = np.random.default_rng(6)
    arrays = {key: rng.standard_normal(shape).astype(np.float32) for key, shape in shapes.items()}
    for array in arrays.values():
        array.flags.writeable = False
    out, cache = forward(**arrays)
    dout = np.ones_like(out)
    dout.flags.writeable = False
    assert {a.dtype for a in (out, *backward(dout, cache))} == {np.dtype(np.float32)}


@pytest.mark.parametrize("kind", ["batch", None, "groupnorm"])
def test_an_unknown_normalization_is_named(kind: Any) -> None:
    """Does the error name the allowed values?"""
    with pytest.raises(ValueError, match=r"'batchnorm'.*'layernorm'"):
        norm(kind)(np.ones((2, 2)), np.ones((2, 2)), np.ones(2), np.ones(2), np.ones(2))


def test_running_averages_reach_the_caller() -> None:
    """Do sandwiches store the running averages in the caller's dictionary?"""
    rng = np.random.default_rng(7)
    dense: dict[str, Any] = {"mode": "train"}
    layer_utils.affine_norm_relu_forward(
        rng.standard_normal((3, 4)), rng.standard_normal((4, 2)), np.zeros(2), np.ones(2), np.zeros(2), dense, "batchnorm"
    )
    images: dict[str, Any] = {"mode": "train"}
    layer_utils.conv_bn_relu_forward(
        rng.standard_normal((2, 1, 4, 4)), rng.standard_normal((3, 1, 3, 3)), np.zeros(3), np.ones(3), np.zeros(3), CONV, images
    )
    assert dense["running_mean"].shape == (2,)
    assert images["running_var"].shape == (3,)
    assert (images["running_var"] > 0).all()
