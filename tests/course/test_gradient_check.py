"""Are numeric gradients right, and is the array unchanged afterwards?"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from coursenn import gradient_check, layers
from coursenn.gradient_check import (
    directional_error,
    eval_numerical_gradient,
    eval_numerical_gradient_array,
    eval_numerical_gradient_stacked,
    grad_check_sparse,
)

Array = np.ndarray[Any, np.dtype[Any]]


@pytest.mark.parametrize("shape", [(), (3,), (2, 3), (2, 1, 3)])
def test_the_gradient_of_a_number(shape: tuple[int, ...]) -> None:
    """Is the gradient right for arrays of any number of dimensions?"""
    x = np.asarray(np.random.default_rng(0).standard_normal(shape))
    np.testing.assert_allclose(eval_numerical_gradient(lambda a: np.sum(a**3), x, verbose=False), 3 * x**2, rtol=1e-5)


def test_the_gradient_of_an_array_is_contracted() -> None:
    """Is the upstream gradient used, and may the function return the same buffer at every call?"""
    rng = np.random.default_rng(1)
    x, w, dout = rng.standard_normal((2, 3)), rng.standard_normal((3, 4)), rng.standard_normal((2, 4))
    buffer = np.empty((2, 4))
    np.testing.assert_allclose(eval_numerical_gradient_array(lambda a: np.matmul(a, w, out=buffer), x, dout), dout @ w.T, rtol=1e-6)


def test_the_array_itself_is_changed() -> None:
    """Does a function that ignores its argument see the change, as the notebooks require?"""
    x = np.array([1.0, 2.0])
    np.testing.assert_allclose(eval_numerical_gradient(lambda _: x[0] * x[1], x, verbose=False), [2, 1])
    np.testing.assert_array_equal(x, [1, 2])


def test_entries_are_restored_if_the_function_raises() -> None:
    """Is the array as before after an error?"""
    x = np.array([1.0, 2.0, 3.0])

    def raises_below(a: Array) -> Any:
        if a[1] < 2:
            raise RuntimeError("stop")
        return a.sum()

    with pytest.raises(RuntimeError, match="stop"):
        eval_numerical_gradient(raises_below, x, verbose=False)
    with pytest.raises(RuntimeError, match="stop"):
        eval_numerical_gradient_array(raises_below, x, 1.0)
    np.testing.assert_array_equal(x, [1, 2, 3])


def test_integers_cannot_be_perturbed() -> None:
    """Is an integer array, whose gradient would be zero, refused?"""
    for check in (lambda x: eval_numerical_gradient(np.sum, x), lambda x: eval_numerical_gradient_array(np.sum, x, 1.0)):
        with pytest.raises(ValueError, match="floating-point"):
            check(np.arange(3))


def test_verbose_and_sparse_print(capsys: pytest.CaptureFixture[str]) -> None:
    """Is every entry printed, with a small error for a right gradient?"""
    x = np.array([[1.0, 2.0]])
    eval_numerical_gradient(lambda a: np.sum(a**2), x)
    assert capsys.readouterr().out.startswith("(0, 0) ")
    np.random.seed(0)
    grad_check_sparse(lambda a: np.sum(a**2), x, 2 * x, num_checks=3)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 3
    assert all(float(line.rsplit(" ", 1)[1]) < 1e-8 for line in lines)


def test_does_a_direction_tell_right_from_wrong() -> None:
    """Is the error tiny for a right gradient and large for zeros and a wrong factor, with six calls for 24 entries?"""
    rng = np.random.default_rng(3)
    x, dout = rng.standard_normal((4, 6)), rng.standard_normal((4, 6))
    gamma, beta, calls = rng.standard_normal(6), rng.standard_normal(6), []

    def f(a: Array) -> Array:
        calls.append(1)
        return np.asarray(layers.batchnorm_forward(a, gamma, beta, {"mode": "train"})[0])

    dx = layers.batchnorm_backward(dout, layers.batchnorm_forward(x, gamma, beta, {"mode": "train"})[1])[0]
    before = x.copy()
    assert directional_error(f, x, dout, dx) < 1e-7
    assert len(calls) == 6
    np.testing.assert_array_equal(x, before)
    for wrong in (np.zeros_like(dx), 1.01 * dx, -dx):
        assert directional_error(f, x, dout, wrong) > 1e-3
    assert np.isnan(directional_error(f, x, dout, np.full_like(dx, np.nan)))
    assert directional_error(lambda a: np.zeros_like(a), x, dout, np.zeros_like(x)) == 0
    with pytest.raises(ValueError, match="shape of x"):
        directional_error(f, x, dout, dx[:1])
    with pytest.raises(ValueError, match="directions"):
        directional_error(f, x, dout, dx, directions=0)


def test_is_the_array_restored_after_an_error_along_a_direction() -> None:
    """Is the array as before if f raises?"""
    x = np.ones(3)
    with pytest.raises(ZeroDivisionError):
        directional_error(lambda _: 1 / 0, x, 1, x)
    np.testing.assert_array_equal(x, 1)


@pytest.mark.parametrize("limit", [1, 60, 2**21])
def test_does_a_stack_give_the_gradient_of_single_steps(limit: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Is the stacked gradient the same for any size of the stack, with fewer calls?"""
    monkeypatch.setattr(gradient_check, "STACK", limit)
    rng = np.random.default_rng(4)
    x, w, b = rng.standard_normal((3, 2, 4, 4)), rng.standard_normal((2, 2, 3, 3)), rng.standard_normal(2)
    dout, calls = rng.standard_normal((3, 2, 4, 4)), []

    def f(a: Array) -> Array:
        calls.append(len(a))
        return np.asarray(layers.conv_forward_naive(a, w, b, {"stride": 1, "pad": 1})[0])

    single = eval_numerical_gradient_array(f, x, dout)
    assert len(calls) == 2 * x.size
    calls.clear()
    np.testing.assert_allclose(eval_numerical_gradient_stacked(f, x, dout), single, rtol=1e-6, atol=1e-8)
    assert len(calls) <= (5 if limit > 60 else 36)


@pytest.mark.parametrize("shape", [(4, 3), (1, 3), (5,)])
def test_does_a_layer_that_mixes_examples_still_get_its_gradient(shape: tuple[int, ...]) -> None:
    """Are single steps used if a stack of batches would change the layer's statistics?"""
    rng = np.random.default_rng(5)
    x, dout = rng.standard_normal(shape), rng.standard_normal(shape)

    def f(a: Array) -> Array:
        return np.asarray((a - a.mean(axis=0)) ** 2 + a)

    np.testing.assert_allclose(eval_numerical_gradient_stacked(f, x, dout), eval_numerical_gradient_array(f, x, dout), atol=1e-9)
