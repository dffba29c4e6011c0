"""Are the errors on the page of numeric derivatives those of the reference's layer, for each rule and number format?"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from coursenn.layers import batchnorm_backward, batchnorm_forward
from tests.book.interactive.conftest import FOLDER, READOUT, Evaluate
from tests.tabs import Visit

pytestmark = [pytest.mark.xdist_group("book"), pytest.mark.browser]
PAGE = "gradient-error"
SAMPLE = "([mean, spread, seed]) => sample({ examples, features, directions, mean, spread, seed })"
ERRORS = """([mean, spread, seed, precision]) =>
    derivativeErrors(sample({ examples, features, directions, mean, spread, seed }), eps, precision, steps)"""
UNIT = {"float64": np.finfo(np.float64).eps / 2, "float32": np.finfo(np.float32).eps / 2}
Array = np.ndarray[Any, Any]


@pytest.fixture(scope="module")
def by_reference() -> Callable[..., dict[str, list[float]]]:
    """The function that computes the errors of the reference's layer for the still picture."""
    spec = importlib.util.spec_from_file_location("gradient_error_data", FOLDER / PAGE / "data.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.errors


def drawn(evaluate: Evaluate, mean: float, spread: float, seed: int) -> tuple[Array, Array, Array]:
    """Return the page's random input and upstream gradient of shape (N, D), and its directions."""
    made = evaluate(PAGE, SAMPLE, [mean, spread, seed])
    # The page stores arrays feature by feature.
    return np.array(made["x"]).T, np.array(made["upstream"]).T, np.array(made["directions"]).transpose(0, 2, 1)


@pytest.mark.parametrize(("mean", "spread"), [(0, 1), (100, 1), (0, 0.01)])
def test_loss_and_derivative_equal_the_reference(evaluate: Evaluate, mean: float, spread: float) -> None:
    """Are the loss, its derivative along a direction and its imaginary part those of the reference?"""
    x, upstream, directions = drawn(evaluate, mean, spread, 3)
    ones, param = np.ones(4), {"mode": "train", "eps": 1e-5}
    out, cache = batchnorm_forward(x, ones, 0 * ones, dict(param))
    columns = [x.T.tolist(), upstream.T.tolist()]
    assert evaluate(PAGE, "([x, u]) => loss(x, u, eps, PRECISIONS.float64)", columns) == pytest.approx((upstream * out).sum(), rel=1e-9)
    exact = (batchnorm_backward(upstream, cache)[0] * directions[0]).sum()
    found = evaluate(PAGE, "([x, u, v]) => exactDerivative(x, u, v, eps)", [*columns, directions[0].T.tolist()])
    assert found == pytest.approx(exact, rel=1e-8)
    step = 1e-2 * spread
    turned, _ = batchnorm_forward(x + 1j * step * directions[0], ones + 0j, 0j * ones, dict(param))
    argument = [*columns, (step * directions[0]).T.tolist()]
    found = evaluate(PAGE, "([x, u, y]) => imaginaryLoss(x, y, u, eps, PRECISIONS.float64)", argument)
    assert found == pytest.approx((upstream * turned).sum().imag, rel=1e-8)


@pytest.mark.parametrize("precision", ["float64", "float32"])
@pytest.mark.parametrize(("mean", "spread"), [(0, 1), (100, 1), (0, 0.01)])
def test_errors_equal_those_of_the_reference(
    evaluate: Evaluate, by_reference: Callable[..., dict[str, list[float]]], mean: float, spread: float, precision: str
) -> None:
    """Are the errors of large steps those of the reference, and the rounding errors of small steps of the same size?"""
    found = evaluate(PAGE, ERRORS, [mean, spread, 3, precision])
    wanted = by_reference(*drawn(evaluate, mean, spread, 3), precision)
    steps = np.array(evaluate(PAGE, "() => steps"))
    assert list(found) == list(wanted)
    for rule, errors in wanted.items():
        ours, theirs = np.array(found[rule]), np.array(errors)
        # Rounding errors are relative to the size of x in x + h and to 1 in the loss; the reference adds in another order.
        rounding = UNIT[precision] * max(1, mean) if rule == "complex step" else UNIT[precision] * max(1, mean) / steps * max(spread, 0.1)
        # An error as large as the derivative depends on the last digit.
        bent = (theirs > 1e3 * rounding) & (theirs < 0.5)
        assert bent.sum() >= 3, rule
        np.testing.assert_allclose(ours[bent], theirs[bent], rtol=0.05, err_msg=rule)
        # The other errors are rounding errors, also of the derivative used for comparison, and no digit of them agrees.
        rounded = ~bent & (theirs < 0.5)
        if rule == "complex step":
            assert max(np.median(ours[rounded]), np.median(theirs[rounded])) < 20 * UNIT[precision] * max(1, mean)
        else:
            assert 1 / 3 < np.median(ours[rounded] / theirs[rounded]) < 3, rule


def test_errors_follow_their_power_of_the_step(evaluate: Evaluate) -> None:
    """Do the errors of differences fall with their power of h, and those of the complex step to the roundoff?"""
    steps = np.array(evaluate(PAGE, "() => steps"))
    assert evaluate(PAGE, "() => ROUNDOFF") == UNIT
    for name, unit in UNIT.items():
        errors = evaluate(PAGE, ERRORS, [0, 1, 1, name])
        if name == "float64":
            bent = (steps >= 1e-4) & (steps <= 2e-2)
            for rule, order in (("forward", 1), ("central", 2), ("complex step", 2)):
                slope = np.polyfit(np.log(steps[bent]), np.log(np.array(errors[rule])[bent]), 1)[0]
                assert slope == pytest.approx(order, abs=0.1), rule
        assert errors["complex step"][4] < 10 * unit
        # Smaller steps are rounded away in x + h, and larger ones have truncation errors.
        rounding = (steps > 10 * unit) & (steps < 1e4 * unit)
        assert 0.01 * unit < np.median((np.array(errors["central"]) * steps)[rounding]) < 100 * unit


def test_large_and_close_numbers_cost_accuracy(desk: Visit) -> None:
    """Is the central difference less accurate around 100, and its best step smaller for close numbers, unlike the complex step?"""
    page = desk.open(f"{PAGE}.html")
    best = """() => Object.fromEntries(rules.map(rule => { const least = Math.min(...curves[rule]);
        return [rule, [least, steps[curves[rule].lastIndexOf(least)]]]; }))"""
    found = {}
    for name in ("standard", "far", "close"):
        page.locator(f"#input-{name}").check(force=True)
        found[name] = page.evaluate(best)
    assert found["far"]["central"][0] > 5 * found["standard"]["central"][0]
    assert found["close"]["central"][1] < found["standard"]["central"][1] / 10
    assert found["close"]["complex step"][0] < 1e-13
    before = page.evaluate(READOUT)
    page.locator("#again").click()
    assert page.evaluate(READOUT) != before
    assert "Draw 2" in page.evaluate(READOUT)
