"""Numeric gradients: values, work in place, what is left behind when the function raises."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from coursenn.gradient_check import eval_numerical_gradient, eval_numerical_gradient_array, grad_check_sparse

Array = np.ndarray[Any, np.dtype[Any]]


@pytest.mark.parametrize("shape", [(), (3,), (2, 3), (2, 1, 3)])
def test_the_gradient_of_a_number(shape: tuple[int, ...]) -> None:
    """Is the gradient right for arrays of any number of dimensions?"""
    x = np.asarray(np.random.default_rng(0).standard_normal(shape))
    np.testing.assert_allclose(eval_numerical_gradient(lambda a: np.sum(a**3), x, verbose=False), 3 * x**2, rtol=1e-5)


def test_the_gradient_of_an_array_is_contracted() -> None:
    """Is the upstream gradient used, and may the function be one of one buffer?"""
    rng = np.random.default_rng(1)
    x, w, dout = rng.standard_normal((2, 3)), rng.standard_normal((3, 4)), rng.standard_normal((2, 4))
    buffer = np.empty((2, 4))
    np.testing.assert_allclose(eval_numerical_gradient_array(lambda a: np.matmul(a, w, out=buffer), x, dout), dout @ w.T, rtol=1e-6)


def test_the_array_itself_moves() -> None:
    """Does a function that ignores its argument see the change, as the notebooks need?"""
    x = np.array([1.0, 2.0])
    np.testing.assert_allclose(eval_numerical_gradient(lambda _: x[0] * x[1], x, verbose=False), [2, 1])
    np.testing.assert_array_equal(x, [1, 2])


def test_entries_are_put_back_when_the_function_raises() -> None:
    """Is the array whole after an error?"""
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
    """Is an integer array refused, where it would give a gradient of zero?"""
    for check in (lambda x: eval_numerical_gradient(np.sum, x), lambda x: eval_numerical_gradient_array(np.sum, x, 1.0)):
        with pytest.raises(ValueError, match="floating-point"):
            check(np.arange(3))


def test_verbose_and_sparse_print(capsys: pytest.CaptureFixture[str]) -> None:
    """Is every entry printed, and a small error for a right gradient?"""
    x = np.array([[1.0, 2.0]])
    eval_numerical_gradient(lambda a: np.sum(a**2), x)
    assert capsys.readouterr().out.startswith("(0, 0) ")
    np.random.seed(0)
    grad_check_sparse(lambda a: np.sum(a**2), x, 2 * x, num_checks=3)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 3
    assert all(float(line.rsplit(" ", 1)[1]) < 1e-8 for line in lines)
