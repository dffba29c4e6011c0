"""Do the layers follow their definitions, with right gradients, the precision of their inputs, and no changes to the caller's arrays?"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.manifest import Course
from coursenn import layers
from coursenn.gradient_check import eval_numerical_gradient, eval_numerical_gradient_array

Array = np.ndarray[Any, np.dtype[Any]]
SIZE = st.integers(1, 5)
SWEEP = settings(max_examples=30)


@pytest.fixture
def rng() -> np.random.Generator:
    """A new generator for each test."""
    return np.random.default_rng(20)


def assert_gradients(
    forward: Callable[..., Any], backward: Callable[..., Any], rng: np.random.Generator, tol: float = 1e-7, **arrays: Array
) -> None:
    """Compare every gradient with the numeric one, for a random upstream gradient."""
    out, cache = forward(**arrays)
    dout = rng.standard_normal(out.shape)
    gradients = backward(dout, cache)
    gradients = gradients if isinstance(gradients, tuple) else (gradients,)
    assert len(gradients) == len(arrays)
    for (name, array), gradient in zip(arrays.items(), gradients, strict=True):
        numeric = eval_numerical_gradient_array(lambda a, name=name: forward(**{**arrays, name: a})[0], array.copy(), dout)
        assert gradient.shape == array.shape
        np.testing.assert_allclose(gradient, numeric, atol=tol * max(1.0, float(np.abs(numeric).max(initial=0))), err_msg=name)


def away_from_zero(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """Return numbers of either sign, at least 0.1 away from the kink of a ReLU."""
    return rng.choice([-1.0, 1.0], size=shape) * (0.1 + rng.random(shape))


def distinct(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """Return numbers that differ by at least 0.1."""
    return rng.permutation(int(np.prod(shape))).reshape(shape) * 0.1


# ------------------------------------------------------------------ affine, ReLU


@SWEEP
@given(SIZE, st.lists(SIZE, min_size=1, max_size=3), SIZE, st.integers(0, 2**32 - 1))
def test_affine_is_right_for_examples_of_any_shape(n: int, dims: list[int], m: int, seed: int) -> None:
    """Are the value and the gradients right for every number of dimensions?"""
    rng = np.random.default_rng(seed)
    d = int(np.prod(dims))
    x, w, b = rng.standard_normal((n, *dims)), rng.standard_normal((d, m)), rng.standard_normal(m)
    out, _ = layers.affine_forward(x, w, b)
    np.testing.assert_allclose(out, np.einsum("nd,dm->nm", x.reshape(n, d), w) + b)
    assert_gradients(layers.affine_forward, layers.affine_backward, rng, x=x, w=w, b=b)


def test_relu_keeps_positive_entries(rng: np.random.Generator) -> None:
    """Are the value and the gradient those of max(0, x)?"""
    np.testing.assert_array_equal(layers.relu_forward(np.array([-2.0, 0.0, 3.0]))[0], [0, 0, 3])
    assert_gradients(layers.relu_forward, layers.relu_backward, rng, x=away_from_zero(rng, (3, 4, 2)))


def test_relu_passes_no_gradient_at_zero() -> None:
    """Is the gradient at the kink 0?"""
    x = np.array([0.0, -0.0, 1.0])
    np.testing.assert_array_equal(layers.relu_backward(np.ones(3), layers.relu_forward(x)[1]), [0, 0, 1])


# ------------------------------------------------------------------ losses


@pytest.mark.parametrize("loss", [layers.softmax_loss, layers.svm_loss])
def test_losses_have_right_gradients(loss: Any, rng: np.random.Generator) -> None:
    """Is dx the derivative of the loss?"""
    x, y = rng.standard_normal((6, 4)), rng.integers(0, 4, 6)
    numeric = eval_numerical_gradient(lambda x: loss(x, y)[0], x.copy(), verbose=False)
    np.testing.assert_allclose(loss(x, y)[1], numeric, atol=1e-8)


def test_losses_are_means_over_the_examples() -> None:
    """Do the losses have the values of their definitions?"""
    x, y = np.array([[1.0, 2.0, 4.0], [0.0, 0.0, 0.0]]), np.array([1, 2])
    softmax = (-np.log(np.exp(2) / np.exp([1, 2, 4]).sum()) + np.log(3)) / 2
    np.testing.assert_allclose(layers.softmax_loss(x, y)[0], softmax)
    np.testing.assert_allclose(layers.svm_loss(x, y)[0], ((0 + 3) + (1 + 1)) / 2)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("scale", [800.0, -800.0, 1e4, -1e4])
def test_softmax_survives_scores_of_any_size(scale: float, dtype: Any) -> None:
    """Are the loss and the gradient finite and right if exp overflows or every exp underflows?"""
    x, y = scale * np.array([[1, 0, 1], [1, 1, 1]], dtype=dtype), np.array([0, 2])
    loss, dx = layers.softmax_loss(x, y)
    right = [np.log(2), np.log(3)] if scale > 0 else [-scale, np.log(3)]
    np.testing.assert_allclose(loss, np.mean(right), rtol=1e-6)
    assert np.isfinite(dx).all()
    np.testing.assert_allclose(dx.sum(axis=1), 0, atol=1e-7)


# ------------------------------------------------------------------ normalization


def bn(mode: str = "train", **extra: Any) -> Callable[..., Any]:
    """Return batchnorm_forward with a new dictionary at every call."""
    return lambda x, gamma, beta: layers.batchnorm_forward(x, gamma, beta, {"mode": mode, **extra})


def ln(**extra: Any) -> Callable[..., Any]:
    """Return layernorm_forward with these settings."""
    return lambda x, gamma, beta: layers.layernorm_forward(x, gamma, beta, dict(extra))


NORMS = {
    "batchnorm": (bn, layers.batchnorm_backward),
    "batchnorm_alt": (bn, layers.batchnorm_backward_alt),
    "layernorm": (ln, layers.layernorm_backward),
}


@pytest.mark.parametrize("name", NORMS)
@SWEEP
@given(st.integers(2, 6), st.integers(2, 5), st.sampled_from([1e-5, 1e-2, 1.0]), st.integers(0, 2**32 - 1))
def test_norm_gradients_hold_with_every_eps(name: str, n: int, d: int, eps: float, seed: int) -> None:
    """Are the gradients right, even if the variance is near eps?"""
    forward, backward = NORMS[name]
    rng = np.random.default_rng(seed)
    x = np.sqrt(eps) * rng.standard_normal((n, d)) + rng.standard_normal()
    # Here the step of the numeric gradient is not small against x; the error of a forgotten eps would be a half.
    assert_gradients(forward(eps=eps), backward, rng, tol=1e-4, x=x, gamma=rng.standard_normal(d), beta=rng.standard_normal(d))


def test_batchnorm_follows_its_definition(rng: np.random.Generator) -> None:
    """Is the variance a mean over N, and is eps added under the root?"""
    x, gamma, beta = 1e-2 * rng.standard_normal((5, 3)), rng.standard_normal(3), rng.standard_normal(3)
    out, _ = bn(eps=1e-4)(x, gamma, beta)
    np.testing.assert_allclose(out, gamma * (x - x.mean(0)) / np.sqrt(((x - x.mean(0)) ** 2).sum(0) / 5 + 1e-4) + beta)


def test_running_averages_follow_the_momentum(rng: np.random.Generator) -> None:
    """Are both running averages updated as documented, only in training mode, and in new arrays?"""
    x = rng.standard_normal((5, 3))
    before = {"running_mean": np.arange(3.0), "running_var": np.ones(3)}
    param: dict[str, Any] = {"mode": "train", "momentum": 0.7, **before}
    layers.batchnorm_forward(x, np.ones(3), np.zeros(3), param)
    np.testing.assert_allclose(param["running_mean"], 0.7 * np.arange(3) + 0.3 * x.mean(0))
    np.testing.assert_allclose(param["running_var"], 0.7 + 0.3 * x.var(0))
    np.testing.assert_array_equal(before["running_mean"], np.arange(3.0))
    after = {key: param[key].copy() for key in before}
    param["mode"] = "test"
    out, cache = layers.batchnorm_forward(x, np.ones(3), np.zeros(3), param)
    assert cache is None
    np.testing.assert_allclose(out, (x - after["running_mean"]) / np.sqrt(after["running_var"] + 1e-5))
    for key, value in after.items():
        np.testing.assert_array_equal(param[key], value)


def test_test_mode_creates_the_running_averages() -> None:
    """Does a first call in test mode set both keys?"""
    param: dict[str, Any] = {"mode": "test"}
    layers.batchnorm_forward(np.ones((2, 3), np.float32), np.ones(3), np.zeros(3), param)
    assert param["running_mean"].dtype == param["running_var"].dtype == np.float32


def test_layernorm_is_the_same_in_both_modes(rng: np.random.Generator) -> None:
    """Is the mode ignored?"""
    x, gamma, beta = rng.standard_normal((4, 3)), rng.standard_normal(3), rng.standard_normal(3)
    first, second = ln(mode="train")(x, gamma, beta)[0], ln(mode="test")(x, gamma, beta)[0]
    np.testing.assert_array_equal(first, second)
    np.testing.assert_allclose(first, gamma * (x - x.mean(1, keepdims=True)) / np.sqrt(x.var(1, keepdims=True) + 1e-5) + beta)


# ------------------------------------------------------------------ dropout


@pytest.mark.parametrize("p", [0.25, 0.5, 1.0])
def test_dropout_keeps_and_scales(p: float) -> None:
    """Is every entry 0 or x / p, in the right proportion?"""
    np.random.seed(3)
    x = 1 + np.random.rand(100, 100)
    out, _ = layers.dropout_forward(x, {"mode": "train", "p": p})
    kept = out != 0
    np.testing.assert_allclose(out[kept], (x / p)[kept])
    assert abs(kept.mean() - p) < 0.02


def test_dropout_masks_repeat_only_with_a_seed() -> None:
    """Is the mask new at every call unless there is a seed, and does the backward pass use the same mask?"""
    x = np.ones((20, 20))
    param = {"mode": "train", "p": 0.5}
    assert not np.array_equal(layers.dropout_forward(x, param)[0], layers.dropout_forward(x, param)[0])
    param["seed"] = 7
    out, cache = layers.dropout_forward(x, param)
    np.testing.assert_array_equal(out, layers.dropout_forward(x, param)[0])
    np.testing.assert_array_equal(layers.dropout_backward(x, cache), out)


def test_dropout_does_nothing_in_test_mode(rng: np.random.Generator) -> None:
    """Are values and gradients passed on unchanged?"""
    x = rng.standard_normal((3, 4))
    out, cache = layers.dropout_forward(x, {"mode": "test", "p": 0.3})
    np.testing.assert_array_equal(out, x)
    np.testing.assert_array_equal(layers.dropout_backward(2 * x, cache), 2 * x)


@pytest.mark.parametrize("p", [0, -0.1, 1.5])
def test_dropout_refuses_other_probabilities(p: float) -> None:
    """Does a p that is not a keep probability give an error that says so?"""
    with pytest.raises(ValueError, match="keeping"):
        layers.dropout_forward(np.ones(3), {"mode": "train", "p": p})


@pytest.mark.parametrize(
    "call",
    [
        lambda mode: layers.batchnorm_forward(np.ones((2, 2)), np.ones(2), np.ones(2), {"mode": mode}),
        lambda mode: layers.spatial_batchnorm_forward(np.ones((2, 2, 1, 1)), np.ones(2), np.ones(2), {"mode": mode}),
        lambda mode: layers.dropout_forward(np.ones(3), {"mode": mode, "p": 0.5}),
    ],
)
def test_an_unknown_mode_is_named(call: Any) -> None:
    """Does the error name the mode and the allowed ones?"""
    with pytest.raises(ValueError, match=r"'predict'.*'train'.*'test'"):
        call("predict")


# ------------------------------------------------------------------ convolution and pooling


def slow_conv(x: Array, w: Array, b: Array, stride: int, pad: int) -> Array:
    """Return the convolution by its definition, one output at a time."""
    x = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    hh, ww = w.shape[2:]
    shape = len(x), len(w), (x.shape[2] - hh) // stride + 1, (x.shape[3] - ww) // stride + 1
    out = np.zeros(shape)
    for n, f, i, j in np.ndindex(shape):
        out[n, f, i, j] = np.vdot(x[n, :, i * stride : i * stride + hh, j * stride : j * stride + ww], w[f]) + b[f]
    return out


@SWEEP
@given(
    *[st.integers(1, 2)] * 3,
    *[st.integers(3, 6)] * 2,
    *[st.integers(1, 3)] * 2,
    st.integers(1, 3),
    st.integers(0, 2),
    st.integers(0, 2**32 - 1),
)
def test_convolution_of_any_geometry(
    n: int, c: int, f: int, h: int, width: int, hh: int, ww: int, stride: int, pad: int, seed: int
) -> None:
    """Are the value, the size and the gradients right for every stride, padding and filter shape?"""
    rng = np.random.default_rng(seed)
    x, w, b = rng.standard_normal((n, c, h, width)), rng.standard_normal((f, c, hh, ww)), rng.standard_normal(f)
    conv_param = {"stride": stride, "pad": pad}
    out, _ = layers.conv_forward_naive(x, w, b, conv_param)
    np.testing.assert_allclose(out, slow_conv(x, w, b, stride, pad), atol=1e-12)
    assert_gradients(lambda x, w, b: layers.conv_forward_naive(x, w, b, conv_param), layers.conv_backward_naive, rng, x=x, w=w, b=b)


@SWEEP
@given(*[st.integers(1, 2)] * 2, *[st.integers(3, 6)] * 2, *[st.integers(1, 3)] * 3, st.integers(0, 2**32 - 1))
def test_pooling_of_any_geometry(n: int, c: int, h: int, w: int, height: int, width: int, stride: int, seed: int) -> None:
    """Are the value, the size and the gradient right for windows that overlap, leave gaps or are not square?"""
    rng = np.random.default_rng(seed)
    x = distinct(rng, (n, c, h, w)) - 3
    pool_param = {"pool_height": height, "pool_width": width, "stride": stride}
    out, _ = layers.max_pool_forward_naive(x, pool_param)
    assert out.shape == (n, c, (h - height) // stride + 1, (w - width) // stride + 1)
    for a, b, i, j in np.ndindex(out.shape):
        assert out[a, b, i, j] == x[a, b, i * stride : i * stride + height, j * stride : j * stride + width].max()
    assert_gradients(lambda x: layers.max_pool_forward_naive(x, pool_param), layers.max_pool_backward_naive, rng, x=x)


def test_entries_outside_all_windows_get_no_gradient() -> None:
    """Is the gradient 0 for the last rows and columns if no window covers them?"""
    x = np.ones((1, 1, 5, 5))
    _, cache = layers.conv_forward_naive(x, np.ones((1, 1, 2, 2)), np.zeros(1), {"stride": 2, "pad": 0})
    dx, _, _ = layers.conv_backward_naive(np.ones((1, 1, 2, 2)), cache)
    assert (dx[:, :, 4] == 0).all()
    assert (dx[:, :, :, 4] == 0).all()
    assert (dx[:, :, :4, :4] == 1).all()


def test_a_tie_goes_to_the_first_maximum() -> None:
    """Does the first of several maxima, row by row, get the whole gradient?"""
    _, cache = layers.max_pool_forward_naive(np.zeros((1, 1, 2, 2)), {"pool_height": 2, "pool_width": 2, "stride": 2})
    np.testing.assert_array_equal(layers.max_pool_backward_naive(np.ones((1, 1, 1, 1)), cache)[0, 0], [[1, 0], [0, 0]])


def test_a_window_larger_than_the_image_is_an_error() -> None:
    """Does the message give both sizes?"""
    x = np.ones((1, 1, 3, 4))
    with pytest.raises(ValueError, match="6 x 1 does not fit into an image of 5 x 6"):
        layers.conv_forward_naive(x, np.ones((1, 1, 6, 1)), np.zeros(1), {"stride": 1, "pad": 1})
    with pytest.raises(ValueError, match="1 x 5 does not fit into an image of 3 x 4"):
        layers.max_pool_forward_naive(x, {"pool_height": 1, "pool_width": 5, "stride": 1})


# ------------------------------------------------------------------ normalization of images


def test_spatial_batchnorm_normalises_channels(rng: np.random.Generator) -> None:
    """Are the values, running averages and gradients of each channel right?"""
    x, gamma, beta = 3 * rng.standard_normal((2, 3, 4, 5)) + 1, rng.standard_normal(3), rng.standard_normal(3)
    param: dict[str, Any] = {"mode": "train"}
    out, _ = layers.spatial_batchnorm_forward(x, gamma, beta, param)
    axes, wide = (0, 2, 3), (1, 3, 1, 1)
    x_hat = (x - x.mean(axes, keepdims=True)) / np.sqrt(x.var(axes, keepdims=True) + 1e-5)
    np.testing.assert_allclose(out, gamma.reshape(wide) * x_hat + beta.reshape(wide))
    np.testing.assert_allclose(param["running_mean"], 0.1 * x.mean(axes))
    np.testing.assert_allclose(param["running_var"], 0.1 * x.var(axes))
    forward = lambda x, gamma, beta: layers.spatial_batchnorm_forward(x, gamma, beta, {"mode": "train"})  # noqa: E731
    assert_gradients(forward, layers.spatial_batchnorm_backward, rng, x=x, gamma=gamma, beta=beta)


@pytest.mark.parametrize("G", [1, 2, 3, 6])
def test_groupnorm_normalises_groups(G: int, rng: np.random.Generator) -> None:
    """Are values and gradients right, from one group (layer norm) to one channel in each group (instance norm)?"""
    x, wide = 3 * rng.standard_normal((2, 6, 3, 2)) + 1, (1, 6, 1, 1)
    gamma, beta = rng.standard_normal(wide), rng.standard_normal(wide)
    forward = lambda x, gamma, beta: layers.spatial_groupnorm_forward(x, gamma, beta, G, {"eps": 1e-3})  # noqa: E731
    groups = x.reshape(2 * G, -1)
    x_hat = ((groups - groups.mean(1, keepdims=True)) / np.sqrt(groups.var(1, keepdims=True) + 1e-3)).reshape(x.shape)
    np.testing.assert_allclose(forward(x, gamma, beta)[0], gamma * x_hat + beta)
    assert_gradients(forward, layers.spatial_groupnorm_backward, rng, x=x, gamma=gamma, beta=beta)


def test_groups_must_divide_the_channels() -> None:
    """Is a number of groups that does not fit an error?"""
    for G in (0, 4):
        with pytest.raises(ValueError, match="must divide the 6 channels"):
            layers.spatial_groupnorm_forward(np.ones((1, 6, 2, 2)), np.ones((1, 6, 1, 1)), np.zeros((1, 6, 1, 1)), G, {})


# ------------------------------------------------------------------ every layer: precision, the caller's arrays

CONV = {"stride": 2, "pad": 1}
POOL = {"pool_height": 2, "pool_width": 2, "stride": 2}
LAYERS: dict[str, tuple[Callable[..., Any], Callable[..., Any], dict[str, tuple[int, ...]]]] = {
    "affine": (layers.affine_forward, layers.affine_backward, {"x": (3, 2, 2), "w": (4, 5), "b": (5,)}),
    "relu": (layers.relu_forward, layers.relu_backward, {"x": (3, 4)}),
    "batchnorm": (bn(), layers.batchnorm_backward, {"x": (4, 3), "gamma": (3,), "beta": (3,)}),
    "batchnorm alt": (bn(), layers.batchnorm_backward_alt, {"x": (4, 3), "gamma": (3,), "beta": (3,)}),
    "layernorm": (ln(), layers.layernorm_backward, {"x": (4, 3), "gamma": (3,), "beta": (3,)}),
    "dropout": (lambda x: layers.dropout_forward(x, {"mode": "train", "p": 0.6, "seed": 1}), layers.dropout_backward, {"x": (4, 3)}),
    "dropout test": (lambda x: layers.dropout_forward(x, {"mode": "test", "p": 0.6}), layers.dropout_backward, {"x": (4, 3)}),
    "conv": (
        lambda x, w, b: layers.conv_forward_naive(x, w, b, CONV),
        layers.conv_backward_naive,
        {"x": (2, 2, 5, 4), "w": (3, 2, 3, 2), "b": (3,)},
    ),
    "pool": (lambda x: layers.max_pool_forward_naive(x, POOL), layers.max_pool_backward_naive, {"x": (2, 3, 5, 4)}),
    "spatial batchnorm": (
        lambda x, gamma, beta: layers.spatial_batchnorm_forward(x, gamma, beta, {"mode": "train"}),
        layers.spatial_batchnorm_backward,
        {"x": (2, 4, 3, 2), "gamma": (4,), "beta": (4,)},
    ),
    "spatial groupnorm": (
        lambda x, gamma, beta: layers.spatial_groupnorm_forward(x, gamma, beta, 2, {}),
        layers.spatial_groupnorm_backward,
        {"x": (2, 4, 3, 2), "gamma": (1, 4, 1, 1), "beta": (1, 4, 1, 1)},
    ),
}


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", LAYERS)
def test_precision_stays_and_arguments_are_unchanged(name: str, dtype: Any, rng: np.random.Generator) -> None:
    """Does float32 stay float32 in both passes, and are the caller's arrays unchanged?"""
    forward, backward, shapes = LAYERS[name]
    arrays = {key: rng.standard_normal(shape).astype(dtype) for key, shape in shapes.items()}
    for array in arrays.values():
        array.flags.writeable = False
    out, cache = forward(**arrays)
    dout = rng.standard_normal(out.shape).astype(dtype)
    dout.flags.writeable = False
    gradients = backward(dout, cache)
    gradients = gradients if isinstance(gradients, tuple) else (gradients,)
    assert [a.dtype for a in (out, *gradients)] == [dtype] * (1 + len(gradients))
    assert [g.shape for g in gradients] == list(shapes.values())


@pytest.mark.parametrize("loss", [layers.softmax_loss, layers.svm_loss])
def test_losses_keep_precision_and_arguments(loss: Any, rng: np.random.Generator) -> None:
    """Is dx float32 for float32 scores, and are the scores unchanged?"""
    x, y = rng.standard_normal((4, 3)).astype(np.float32), np.array([0, 1, 2, 0])
    x.flags.writeable = y.flags.writeable = False
    value, dx = loss(x, y)
    assert isinstance(value, float)
    assert dx.dtype == np.float32


@pytest.mark.parametrize("name", ["batchnorm", "layernorm", "spatial batchnorm", "spatial groupnorm"])
def test_integer_scales_are_accepted(name: str, rng: np.random.Generator) -> None:
    """Do integer gamma and beta give the results of floats, in the precision of x?"""
    forward, backward, shapes = LAYERS[name]
    x = rng.standard_normal(shapes["x"]).astype(np.float32)
    whole = {key: np.arange(2, 2 + np.prod(shapes[key])).reshape(shapes[key]) for key in ("gamma", "beta")}
    out, cache = forward(x=x, **whole)
    expected, expected_cache = forward(x=x, **{key: array.astype(np.float32) for key, array in whole.items()})
    np.testing.assert_allclose(out, expected, rtol=1e-5)
    dx, expected_dx = backward(out, cache)[0], backward(out, expected_cache)[0]
    np.testing.assert_allclose(dx, expected_dx, rtol=1e-4, atol=1e-5)
    assert out.dtype == dx.dtype == np.float32


def test_running_averages_of_float32_stay_float32(rng: np.random.Generator) -> None:
    """Do the running averages keep the precision of x?"""
    param: dict[str, Any] = {"mode": "train"}
    for _ in range(2):
        layers.batchnorm_forward(rng.standard_normal((4, 3)).astype(np.float32), np.ones(3), np.zeros(3), param)
    assert param["running_mean"].dtype == param["running_var"].dtype == np.float32


# ------------------------------------------------------------------ descriptions


@pytest.mark.tasks
def test_every_task_names_its_place_in_the_book(course: Course) -> None:
    """Does the docstring of each graded function or class name the section of the book that the manifest gives?"""
    for task in course.tasks:
        for function in task.functions:
            module, _, name = f"coursenn.{function}".rpartition(".")
            text = getattr(importlib.import_module(module), name).__doc__
            assert "Source:" in text, function
            assert task.book in text, (function, task.book)
