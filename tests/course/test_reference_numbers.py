"""Does the reference reproduce the numbers that the related courses print?

Every case has the number that it has in the project's list of reference numbers. There are three comparisons: `printed` for
arrays printed with eight decimals, `full` for numbers printed in full, and `below` for errors of numeric gradients, which are
rounding noise and only have a bound. Times and numbers that need CIFAR-10 are not compared.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from coursenn.classifiers.cnn import ThreeLayerConvNet
from coursenn.classifiers.fc_net import FullyConnectedNetImproved
from coursenn.fast_layers import conv_backward_fast, conv_forward_fast, max_pool_backward_fast, max_pool_forward_fast
from coursenn.gradient_check import eval_numerical_gradient, eval_numerical_gradient_array
from coursenn.layer_utils import conv_relu_backward, conv_relu_forward, conv_relu_pool_backward, conv_relu_pool_forward
from coursenn.layers import (
    batchnorm_backward,
    batchnorm_backward_alt,
    batchnorm_forward,
    conv_backward_naive,
    conv_forward_naive,
    dropout_backward,
    dropout_forward,
    layernorm_backward,
    layernorm_forward,
    max_pool_backward_naive,
    max_pool_forward_naive,
    spatial_batchnorm_backward,
    spatial_batchnorm_forward,
    spatial_groupnorm_backward,
    spatial_groupnorm_forward,
)

Array = np.ndarray[Any, np.dtype[Any]]
CASES: dict[str, Callable[[], None]] = {}
POOL = {"pool_height": 2, "pool_width": 2, "stride": 2}


def number(*labels: str) -> Callable[[Callable[[], None]], Callable[[], None]]:
    """Register a function as the case with these numbers."""

    def register(function: Callable[[], None]) -> Callable[[], None]:
        CASES["-".join(labels)] = function
        return function

    return register


def rel_error(x: Any, y: Any) -> float:
    """Return the relative error as the courses define it."""
    return float(np.max(np.abs(x - y) / np.maximum(1e-8, np.abs(x) + np.abs(y))))


def printed(values: Array, text: str) -> None:
    """Assert that eight decimals agree."""
    np.testing.assert_allclose(values, np.array(text.split(), float), rtol=0, atol=5.1e-9)


def full(value: float, expected: float) -> None:
    """Assert that all digits agree, except for rounding in the last ones."""
    np.testing.assert_allclose(value, expected, rtol=1e-12)


def below(errors: dict[str, float], bounds: dict[str, float] | float) -> None:
    """Assert that every error is within its bound."""
    limits = bounds if isinstance(bounds, dict) else dict.fromkeys(errors, bounds)
    assert {k: e for k, e in errors.items() if not e <= limits[k]} == {}


def small_net(seed: int, examples: int, shape: tuple[int, int, int], first: bool = True) -> tuple[Array, ...]:
    """Return the output of a two-layer network with random weights, or its empty input, and the weights."""
    np.random.seed(seed)
    d1, d2, d3 = shape
    x = np.random.randn(examples, d1) if first else np.zeros(0)
    w1, w2 = np.random.randn(d1, d2), np.random.randn(d2, d3)
    return (np.maximum(0, x @ w1) @ w2 if first else x), w1, w2


def gradient_errors(forward: Callable[..., Any], backward: Callable[..., Any], dout: Array, **arrays: Array) -> dict[str, float]:
    """Return the relative error of every gradient, compared with the numeric one."""
    _, cache = forward(**arrays)
    errors = {}
    for (name, array), gradient in zip(arrays.items(), backward(dout, cache), strict=True):
        numeric = eval_numerical_gradient_array(lambda a, name=name: forward(**{**arrays, name: a})[0], array.copy(), dout)
        errors[name] = rel_error(numeric, gradient)
    return errors


def normalization_errors(seed: int, forward: Callable[..., Any], backward: Callable[..., Any]) -> dict[str, float]:
    """Return the errors of a normalization's gradients for 4 x 5 numbers."""
    np.random.seed(seed)
    x, gamma, beta, dout = 5 * np.random.randn(4, 5) + 12, np.random.randn(5), np.random.randn(5), np.random.randn(4, 5)
    return gradient_errors(lambda **a: forward(**a), backward, dout, x=x, gamma=gamma, beta=beta)


def bn_train(**arrays: Array) -> Any:
    """Run batch normalization in training mode."""
    return batchnorm_forward(**arrays, bn_param={"mode": "train"})


def ln(**arrays: Array) -> Any:
    """Run layer normalization with default settings."""
    return layernorm_forward(**arrays, ln_param={})


# ------------------------------------------------------------------ batch normalization


def bn_train_case(seed: int, before: tuple[str, str], after: str, scaled: str) -> None:
    """Compare means and standard deviations before and after, with and without scale and shift."""
    a, _, _ = small_net(seed, 200, (50, 60, 3))
    printed(a.mean(axis=0), before[0])
    printed(a.std(axis=0), before[1])
    out, _ = batchnorm_forward(a, np.ones(3), np.zeros(3), {"mode": "train"})
    below({"mean": float(np.abs(out.mean(axis=0)).max())}, 1e-12)
    printed(out.std(axis=0), after)
    out, _ = batchnorm_forward(a, np.array([1.0, 2.0, 3.0]), np.array([11.0, 12.0, 13.0]), {"mode": "train"})
    printed(out.mean(axis=0), "11 12 13")
    printed(out.std(axis=0), scaled)


@number("1", "2", "3")
def _() -> None:
    bn_train_case(
        231,
        ("-2.3814598 -13.18038246 1.91780462", "27.18502186 34.21455511 37.68611762"),
        "0.99999999 1. 1.",
        "0.99999999 1.99999999 2.99999999",
    )


@number("14")
def _() -> None:
    bn_train_case(
        493,
        ("-10.78452322 16.26772621 -30.25276687", "29.12943373 37.33627641 30.56256822"),
        "0.99999999 1. 0.99999999",
        "0.99999999 1.99999999 2.99999998",
    )


def bn_test_case(seed: int, means: str, stds: str) -> None:
    """Compare the output in test mode after 50 passes in training mode."""
    _, w1, w2 = small_net(seed, 200, (50, 60, 3), first=False)
    bn_param: dict[str, Any] = {"mode": "train"}
    for mode in ["train"] * 50 + ["test"]:
        bn_param["mode"] = mode
        a = np.maximum(0, np.random.randn(200, 50) @ w1) @ w2
        out, _ = batchnorm_forward(a, np.ones(3), np.zeros(3), bn_param)
    printed(out.mean(axis=0), means)
    printed(out.std(axis=0), stds)


@number("4")
def _() -> None:
    bn_test_case(231, "-0.03927354 -0.04349152 -0.10452688", "1.01531428 1.01238373 0.97819988")


@number("15")
def _() -> None:
    bn_test_case(493, "0.02116281 -0.00291808 0.05612367", "1.10717728 1.01804534 0.99964292")


@number("5")
def _() -> None:
    below(normalization_errors(231, bn_train, batchnorm_backward), {"x": 5e-8, "gamma": 1e-8, "beta": 1e-8})


@number("16")
def _() -> None:
    below(normalization_errors(493, bn_train, batchnorm_backward), {"x": 5e-8, "gamma": 1e-8, "beta": 1e-8})


def alt_case(seed: int) -> None:
    """Compare the two backward functions."""
    np.random.seed(seed)
    x, gamma, beta = 5 * np.random.randn(100, 500) + 12, np.random.randn(500), np.random.randn(500)
    dout = np.random.randn(100, 500)
    _, cache = bn_train(x=x, gamma=gamma, beta=beta)
    plain, alt = batchnorm_backward(dout, cache), batchnorm_backward_alt(dout, cache)
    below({name: rel_error(a, b) for name, a, b in zip("xgb", plain, alt, strict=True)}, {"x": 1e-10, "g": 1e-13, "b": 1e-13})


@number("6")
def _() -> None:
    alt_case(231)


@number("17")
def _() -> None:
    alt_case(493)


def fc_case(seed: int, settings: list[dict[str, Any]], losses: list[float], bounds: Callable[[str, int], float]) -> None:
    """Compare initial losses and gradients of networks that are drawn in turn from one random stream."""
    np.random.seed(seed)
    X, y = np.random.randn(2, 15), np.random.randint(10, size=(2,))
    for i, (setting, expected) in enumerate(zip(settings, losses, strict=True)):
        net = FullyConnectedNetImproved([20, 30], input_dim=15, num_classes=10, weight_scale=5e-2, dtype=np.float64, **setting)
        loss, grads = net.loss(X, y)
        full(loss, expected)
        assert sorted(grads) == sorted(net.params)
        errors = {}
        for name in sorted(grads):
            numeric = eval_numerical_gradient(lambda _, net=net: net.loss(X, y)[0], net.params[name], verbose=False, h=1e-5)
            noise = net.normalization == "batchnorm" and name in ("b1", "b2")
            # The true gradient of these biases is zero, so their relative error would only measure noise.
            errors[name] = float(np.abs(numeric - grads[name]).max()) if noise else rel_error(numeric, grads[name])
        below(errors, {name: bounds(name, i) for name in errors})


def bn_bound(name: str, _: int) -> float:
    """Return the bound in section 4 of the list."""
    return 1e-3 if name[0] == "W" else 1e-6


BN_SETTINGS = [{"reg": reg, "normalization": "batchnorm"} for reg in (0, 3.14)]


@number("8", "9", "10", "11")
def _() -> None:
    fc_case(231, BN_SETTINGS, [2.2611955101340957, 6.996533220108303], bn_bound)


@number("18", "19", "20")
def _() -> None:
    # The printed 3.4311320680719732 regularizes only the last layer; a right network gives 7.01.
    fc_case(493, BN_SETTINGS, [2.076971674776514, 7.013903417894838], bn_bound)


# ------------------------------------------------------------------ layer normalization


def ln_case(seed: int, before: tuple[str, str], after: str, scaled: str) -> None:
    """Compare means and standard deviations of each example before and after."""
    a, _, _ = small_net(seed, 4, (50, 60, 3))
    printed(a.mean(axis=1), before[0])
    printed(a.std(axis=1), before[1])
    out, _ = layernorm_forward(a, np.ones(3), np.zeros(3), {"mode": "train"})
    below({"mean": float(np.abs(out.mean(axis=1)).max())}, 1e-12)
    printed(out.std(axis=1), after)
    out, _ = layernorm_forward(a, np.full(3, 3.0), np.full(3, 5.0), {"mode": "train"})
    printed(out.mean(axis=1), "5 5 5 5")
    printed(out.std(axis=1), scaled)


@number("12")
def _() -> None:
    ln_case(
        231,
        ("-59.06673243 -47.60782686 -43.31137368 -26.40991744", "10.07429373 28.39478981 35.28360729 4.01831507"),
        "0.99999995 0.99999999 1. 0.99999969",
        "2.99999985 2.99999998 2.99999999 2.99999907",
    )


@number("21")
def _() -> None:
    ln_case(
        493,
        ("-13.55016261 10.48803421 0.51090326 16.1646569", "10.43227939 44.64705887 61.08455449 28.07932638"),
        "0.99999995 1. 1. 0.99999999",
        "2.99999986 2.99999999 3. 2.99999998",
    )


@number("13")
def _() -> None:
    below(normalization_errors(231, ln, layernorm_backward), {"x": 5e-8, "gamma": 1e-8, "beta": 1e-8})


@number("22")
def _() -> None:
    below(normalization_errors(493, ln, layernorm_backward), {"x": 5e-8, "gamma": 1e-8, "beta": 1e-8})


# ------------------------------------------------------------------ dropout


@number("23")
def _() -> None:
    np.random.seed(493)
    x = np.random.randn(500, 500) + 10
    full(x.mean(), 9.998754292315606)
    prints = {0.25: (10.013822700086228, 0.749592), 0.4: (9.961259703367766, 0.601452), 0.7: (9.983016036268745, 0.3011)}
    for p, (mean, zeros) in prints.items():
        out, _ = dropout_forward(x, {"mode": "train", "p": p})
        full(out.mean(), mean)
        full((out == 0).mean(), zeros)
        test, _ = dropout_forward(x, {"mode": "test", "p": p})
        full(test.mean(), x.mean())
        assert (test != 0).all()


@number("24")
def _() -> None:
    np.random.seed(493)
    x, dout = np.random.randn(10, 10) + 10, np.random.randn(10, 10)
    dropout_param = {"mode": "train", "p": 0.2, "seed": 123}
    errors = gradient_errors(lambda x: dropout_forward(x, dropout_param), lambda d, c: (dropout_backward(d, c),), dout, x=x)
    below(errors, 1e-10)


@number("25", "26", "27", "28")
def _() -> None:
    settings = [{"dropout_keep_ratio": keep, "seed": 123} for keep in (1, 0.75, 0.5)]
    losses = [2.299821914918452, 2.303014228386485, 2.30486036957328]
    fc_case(493, settings, losses, lambda name, i: 5e-5 if (name, i) == ("W2", 0) else 5e-6)


# ------------------------------------------------------------------ convolution and pooling


def ramp(low: float, high: float, shape: tuple[int, ...]) -> Array:
    """Return equally spaced numbers in an array."""
    return np.linspace(low, high, num=int(np.prod(shape))).reshape(shape)


@number("29")
def _() -> None:
    arrays = ramp(-0.1, 0.5, (2, 3, 4, 4)), ramp(-0.2, 0.3, (3, 3, 4, 4)), ramp(-0.1, 0.2, (3,))
    out, _ = conv_forward_naive(*arrays, {"stride": 2, "pad": 1})
    eight_digits = """-0.08759809 -0.10987781 -0.18387192 -0.2109216  0.21027089 0.21661097 0.22847626 0.23004637
        0.50813986 0.54309974 0.64082444 0.67101435 -0.98053589 -1.03143541 -1.19128892 -1.24695841
        0.69108355 0.66880383 0.59480972 0.56776003 2.36270298 2.36904306 2.38090835 2.38247847"""
    assert rel_error(out.ravel(), np.array(eight_digits.split(), float)) == pytest.approx(2.2121476417505994e-08, rel=1e-6)


@number("30")
def _() -> None:
    np.random.seed(493)
    x, w, b = np.random.randn(4, 3, 5, 5), np.random.randn(2, 3, 3, 3), np.random.randn(2)
    dout = np.random.randn(4, 2, 5, 5)
    conv_param = {"stride": 1, "pad": 1}
    for forward, backward in ((conv_forward_naive, conv_backward_naive), (conv_forward_fast, conv_backward_fast)):
        below(gradient_errors(lambda x, w, b, f=forward: f(x, w, b, conv_param), backward, dout, x=x, w=w, b=b), 5e-8)


@number("31")
def _() -> None:
    out, _ = max_pool_forward_naive(ramp(-0.3, 0.4, (2, 3, 4, 4)), POOL)
    eight_digits = """-0.26315789 -0.24842105 -0.20421053 -0.18947368 -0.14526316 -0.13052632 -0.08631579 -0.07157895
        -0.02736842 -0.01263158 0.03157895 0.04631579 0.09052632 0.10526316 0.14947368 0.16421053
        0.20842105 0.22315789 0.26736842 0.28210526 0.32631579 0.34105263 0.38526316 0.4"""
    assert rel_error(out.ravel(), np.array(eight_digits.split(), float)) == pytest.approx(4.1666665157267834e-08, rel=1e-6)


@number("32")
def _() -> None:
    np.random.seed(493)
    x, dout = np.random.randn(3, 2, 8, 8), np.random.randn(3, 2, 4, 4)
    for forward, backward in ((max_pool_forward_naive, max_pool_backward_naive), (max_pool_forward_fast, max_pool_backward_fast)):
        errors = gradient_errors(lambda x, f=forward: f(x, POOL), lambda d, c, g=backward: (g(d, c),), dout, x=x)
        below(errors, 1e-10)


@number("33")
def _() -> None:
    np.random.seed(493)
    x, w, b = np.random.randn(100, 3, 31, 31), np.random.randn(25, 3, 3, 3), np.random.randn(25)
    dout = np.random.randn(100, 25, 16, 16)
    conv_param = {"stride": 2, "pad": 1}
    naive, naive_cache = conv_forward_naive(x, w, b, conv_param)
    fast, fast_cache = conv_forward_fast(x, w, b, conv_param)
    below({"out": rel_error(naive, fast)}, 1e-9)
    pairs = zip("xwb", conv_backward_naive(dout, naive_cache), conv_backward_fast(dout, fast_cache), strict=True)
    below({name: rel_error(a, b) for name, a, b in pairs}, 1e-9)


@number("35")
def _() -> None:
    np.random.seed(493)
    x, dout = np.random.randn(100, 3, 32, 32), np.random.randn(100, 3, 16, 16)
    naive, naive_cache = max_pool_forward_naive(x, POOL)
    fast, fast_cache = max_pool_forward_fast(x, POOL)
    assert rel_error(naive, fast) == 0.0
    assert rel_error(max_pool_backward_naive(dout, naive_cache), max_pool_backward_fast(dout, fast_cache)) == 0.0


@number("37")
def _() -> None:
    np.random.seed(493)
    x, w, b = np.random.randn(2, 3, 16, 16), np.random.randn(3, 3, 3, 3), np.random.randn(3)
    dout = np.random.randn(2, 3, 8, 8)
    conv_param = {"stride": 1, "pad": 1}
    forward = lambda x, w, b: conv_relu_pool_forward(x, w, b, conv_param, POOL)  # noqa: E731
    below(gradient_errors(forward, conv_relu_pool_backward, dout, x=x, w=w, b=b), 1e-6)


@number("38")
def _() -> None:
    np.random.seed(493)
    x, w, b = np.random.randn(2, 3, 8, 8), np.random.randn(3, 3, 3, 3), np.random.randn(3)
    dout = np.random.randn(2, 3, 8, 8)
    conv_param = {"stride": 1, "pad": 1}
    forward = lambda x, w, b: conv_relu_forward(x, w, b, conv_param)  # noqa: E731
    below(gradient_errors(forward, conv_relu_backward, dout, x=x, w=w, b=b), 5e-8)


@number("39")
def _() -> None:
    # The cell has no seed, so only the expected values are known: ln 10 and the mean of the regularization.
    np.random.seed(0)
    net = ThreeLayerConvNet()
    X, y = np.random.randn(50, 3, 32, 32), np.random.randint(10, size=50)
    plain, _ = net.loss(X, y)
    net.reg = 0.5
    regularized, _ = net.loss(X, y)
    assert plain == pytest.approx(np.log(10), abs=1e-4)
    assert regularized - plain == pytest.approx(0.206226, abs=1.6e-3)


@number("40")
def _() -> None:
    np.random.seed(473)
    X, y = np.random.randn(2, 3, 16, 16), np.random.randint(10, size=2)
    net = ThreeLayerConvNet(num_filters=3, filter_size=3, input_dim=(3, 16, 16), hidden_dim=7, dtype=np.float64)
    _, grads = net.loss(X, y)
    numeric = {name: eval_numerical_gradient(lambda _: net.loss(X, y)[0], net.params[name], verbose=False, h=1e-6) for name in grads}
    errors = {name: rel_error(numeric[name], grads[name]) for name in numeric}
    below(errors, 1e-2)
    assert errors["b1"] == pytest.approx(1.672084e-05, rel=0.2), "the random numbers are not those of the seed"


# ------------------------------------------------------------------ normalization of images


@number("41")
def _() -> None:
    np.random.seed(493)
    x = 4 * np.random.randn(2, 3, 4, 5) + 10
    axes = (0, 2, 3)
    printed(x.mean(axis=axes), "9.2630585 9.90177254 9.94773619")
    printed(x.std(axis=axes), "3.57082624 3.61057967 4.35995843")
    out, _ = spatial_batchnorm_forward(x, np.ones(3), np.zeros(3), {"mode": "train"})
    below({"mean": float(np.abs(out.mean(axis=axes)).max())}, 1e-12)
    printed(out.std(axis=axes), "0.99999961 0.99999962 0.99999974")
    out, _ = spatial_batchnorm_forward(x, np.asarray([3, 4, 5]), np.asarray([6, 7, 8]), {"mode": "train"})
    printed(out.mean(axis=axes), "6 7 8")
    printed(out.std(axis=axes), "2.99999882 3.99999847 4.99999868")


@number("42")
def _() -> None:
    np.random.seed(493)
    bn_param: dict[str, Any] = {"mode": "train"}
    for mode in ["train"] * 50 + ["test"]:
        bn_param["mode"] = mode
        x = 2.3 * np.random.randn(10, 4, 11, 12) + 13
        out, _ = spatial_batchnorm_forward(x, np.ones(4), np.zeros(4), bn_param)
    printed(out.mean(axis=(0, 2, 3)), "0.04646792 0.0557893 0.02508963 -0.01599525")
    printed(out.std(axis=(0, 2, 3)), "0.97801211 0.99502029 1.0071852 1.00599827")


@number("43")
def _() -> None:
    np.random.seed(493)
    x, gamma, beta = 5 * np.random.randn(2, 3, 4, 5) + 12, np.random.randn(3), np.random.randn(3)
    dout = np.random.randn(2, 3, 4, 5)
    forward = lambda **a: spatial_batchnorm_forward(**a, bn_param={"mode": "train"})  # noqa: E731
    below(gradient_errors(forward, spatial_batchnorm_backward, dout, x=x, gamma=gamma, beta=beta), 1e-6)


@number("44")
def _() -> None:
    np.random.seed(493)
    x = 4 * np.random.randn(2, 6, 4, 5) + 10
    groups = x.reshape(4, -1)
    printed(groups.mean(axis=1), "10.20725758 9.20112057 10.3034963 9.39619814")
    printed(groups.std(axis=1), "3.83224573 3.85580764 4.51500812 3.82824937")
    out, _ = spatial_groupnorm_forward(x, np.ones((1, 6, 1, 1)), np.zeros((1, 6, 1, 1)), 2, {"mode": "train"})
    below({"mean": float(np.abs(out.reshape(4, -1).mean(axis=1)).max())}, 1e-12)
    printed(out.reshape(4, -1).std(axis=1), "0.99999966 0.99999966 0.99999975 0.99999966")


@number("45")
def _() -> None:
    np.random.seed(493)
    x, gamma, beta = 5 * np.random.randn(2, 6, 4, 5) + 12, np.random.randn(1, 6, 1, 1), np.random.randn(1, 6, 1, 1)
    dout = np.random.randn(2, 6, 4, 5)
    forward = lambda **a: spatial_groupnorm_forward(**a, G=2, gn_param={})  # noqa: E731
    below(gradient_errors(forward, spatial_groupnorm_backward, dout, x=x, gamma=gamma, beta=beta), 1e-6)


TIMES_AND_DATA = {7, 34, 36, 46}
"""Cases that print times or need CIFAR-10."""


@pytest.mark.parametrize("label", CASES)
def test_the_printed_numbers_are_reproduced(label: str) -> None:
    """Does the reference reproduce the numbers of this case?"""
    CASES[label]()


def test_no_number_is_left_out() -> None:
    """Is there a case for every number in the list's first section?"""
    covered = {int(part) for label in CASES for part in label.split("-")}
    assert covered == set(range(1, 47)) - TIMES_AND_DATA
