"""Does the page's gradient checker compute what the course's does, and is it wrong in the cases that the chapter names?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from coursenn.gradient_check import eval_numerical_gradient_array
from coursenn.layers import affine_backward, affine_forward, batchnorm_backward, batchnorm_forward, relu_backward, relu_forward
from tests.book.interactive.conftest import Evaluate

pytestmark = [pytest.mark.xdist_group("book"), pytest.mark.browser]
PAGE = "gradient-check-lies"
Array = np.ndarray[Any, Any]
Inputs = dict[str, Any]


def reference(layer: str, inputs: Inputs, kind: type = np.float64) -> tuple[Callable[[Array], Array], Callable[[Array], Array]]:
    """Return a layer's forward pass and right backward pass at the page's input, in a number format."""
    x = np.array(inputs["x"], kind)
    if layer == "ReLU":
        return lambda v: relu_forward(v)[0], lambda g: relu_backward(g, relu_forward(x)[1])
    if layer == "affine":
        w, b = np.array(inputs["w"], kind), np.array(inputs["b"], kind)
        return lambda v: affine_forward(v, w, b)[0], lambda g: affine_backward(g, affine_forward(x, w, b)[1])[0]
    ones, param = np.ones(3, kind), {"mode": "train", "eps": inputs["eps"]}
    return (
        lambda v: batchnorm_forward(v, ones, 0 * ones, dict(param))[0],
        lambda g: batchnorm_backward(g, batchnorm_forward(x, ones, 0 * ones, dict(param))[1])[0],
    )


BACKWARD = """([layer, name, precision, g]) => {
    const R = PRECISIONS[precision], p = DATA[layer], round = a => map2(a, R);
    return LAYERS[layer].backward[name](round(p.x), round(g), {...p, w: p.w && round(p.w)}, R);
}"""
FORWARD = """([layer, precision]) => {
    const R = PRECISIONS[precision], p = DATA[layer], round = a => map2(a, R);
    return LAYERS[layer].forward(round(p.x), {...p, w: p.w && round(p.w), b: p.b && p.b.map(R)}, R);
}"""
NUMERIC = """([layer, h]) => {
    const p = DATA[layer], R = PRECISIONS.float64;
    return numericGradient(x => LAYERS[layer].forward(x, p, R), p.x, p.upstream, h, R);
}"""


@pytest.mark.parametrize("layer", ["batch norm", "ReLU", "affine"])
def test_layers_equal_the_reference(evaluate: Evaluate, numbers: Callable[[str], Any], layer: str) -> None:
    """Are outputs, gradients and numeric gradients those of the reference, in either number format?"""
    inputs = numbers(PAGE)[layer]
    for precision, kind, rtol in (("float64", np.float64, 1e-12), ("float32", np.float32, 2e-5)):
        forward, backward = reference(layer, inputs, kind)
        x, g = np.array(inputs["x"], kind), np.array(inputs["upstream"], kind)
        out = np.array(evaluate(PAGE, FORWARD, [layer, precision]))
        np.testing.assert_allclose(out, forward(x), rtol=rtol, atol=rtol)
        assert precision == "float64" or (out == out.astype(np.float32)).all(), "every number must be a float32"
        found = evaluate(PAGE, BACKWARD, [layer, "nothing", precision, g.tolist()])
        wanted = backward(g)
        np.testing.assert_allclose(found, wanted, rtol=rtol, atol=rtol * abs(wanted).max())
    forward, _ = reference(layer, inputs)
    x, g = np.array(inputs["x"]), np.array(inputs["upstream"])
    for h in (1e-2, 1e-4):
        numeric = eval_numerical_gradient_array(forward, x.copy(), g, h=h)
        np.testing.assert_allclose(evaluate(PAGE, NUMERIC, [layer, h]), numeric, rtol=1e-6, atol=1e-8 * abs(numeric).max())


def test_mistakes_do_what_their_names_say(evaluate: Evaluate, numbers: Callable[[str], Any]) -> None:
    """Is each wrong gradient that of the reference with the named mistake, such as a constant mean or variance?"""
    inputs = numbers(PAGE)["batch norm"]
    x, g, eps = np.array(inputs["x"]), np.array(inputs["upstream"]), inputs["eps"]

    def held(mean: bool, variance: bool) -> Array:
        found = np.empty_like(x)
        for place in np.ndindex(x.shape):
            moved = x.astype(complex)
            moved[place] += 1e-30j
            running = {
                "running_mean": x.mean(axis=0) if mean else moved.mean(axis=0),
                "running_var": x.var(axis=0) if variance else ((moved - moved.mean(axis=0)) ** 2).mean(axis=0),
            }
            out = batchnorm_forward(moved, np.ones(3), np.zeros(3), {"mode": "test", "eps": eps, **running})[0]
            found[place] = (g * out).sum().imag / 1e-30
        return found

    _, right = reference("batch norm", inputs)
    without = batchnorm_forward(x, np.ones(3), np.zeros(3), {"mode": "train", "eps": 1e-300})[1]
    wanted = {
        "returns zeros": 0 * g,
        "ignores upstream": right(np.ones_like(g)),
        "no mean path": held(True, False),
        "no variance path": held(False, True),
        "neither path": held(True, True),
        "eps forgotten": batchnorm_backward(g, without)[0],
        "an extra 1/N": right(g) / 6,
    }
    for name, gradient in wanted.items():
        found = evaluate(PAGE, BACKWARD, ["batch norm", name, "float64", g.tolist()])
        np.testing.assert_allclose(found, gradient, rtol=1e-8, atol=1e-9 * abs(right(g)).max(), err_msg=name)


def verdicts(evaluate: Evaluate, **settings: Any) -> dict[str, bool]:
    """Return for each version whether it passes a check."""
    chosen = {"layer": "batch norm", "loss": "random", "precision": "float64", "rule": "scaled", "h": 1e-6, "rtol": 1e-5, "atol": 1e-7}
    errors = evaluate(PAGE, "settings => check(settings, DATA)", chosen | settings)
    return {name: error is not None and error <= 1 for name, error in errors.items()}


def test_only_a_random_upstream_gradient_and_a_scaled_rule_are_right(evaluate: Evaluate) -> None:
    """Do zeros pass with the sum as the loss, and does right code fail with a relative rule, as the chapter says?"""
    truth = verdicts(evaluate)
    assert truth.pop("nothing")
    assert not any(truth.values())
    assert verdicts(evaluate, loss="sum of y")["returns zeros"]
    assert not verdicts(evaluate, loss="sum of y", rule="relative")["nothing"]
    assert all(verdicts(evaluate, loss="sum of y", h=h)["returns zeros"] for h in (1e-2, 1e-4, 1e-6)), "a smaller step does not help"


def test_wrong_steps_and_low_precision_reject_right_code(evaluate: Evaluate) -> None:
    """Is right code rejected in float32, with a large step at a kink and with a tiny step, but not in a linear layer?"""
    assert not any(verdicts(evaluate, precision="float32", h=10.0**-k)["nothing"] for k in range(1, 9))
    assert all(verdicts(evaluate, precision="float32", h=h, rtol=1e-3)["nothing"] for h in (1e-4, 1e-5))
    assert not verdicts(evaluate, layer="affine", h=1e-12)["nothing"]
    assert not verdicts(evaluate, layer="ReLU", h=1e-2)["nothing"]
    assert verdicts(evaluate, layer="ReLU", h=1e-5)["nothing"]
    # In a linear layer there is no truncation error, so larger steps are better.
    linear = [verdicts(evaluate, layer="affine", precision="float32", h=10.0**-k)["nothing"] for k in range(7)]
    assert linear == [True, True, True, False, False, False, False]


def test_convenient_losses_hide_mistakes_of_simple_layers(evaluate: Evaluate) -> None:
    """Is an ignored upstream gradient found only with a random one, and a missing mask missed with a sum of squares?"""
    for layer in ("ReLU", "affine"):
        assert verdicts(evaluate, layer=layer, loss="sum of y", h=1e-5)["ignores upstream"]
        assert not verdicts(evaluate, layer=layer, loss="random", h=1e-5)["ignores upstream"]
    assert verdicts(evaluate, layer="ReLU", loss="sum of y\u00b2", h=1e-5)["lets all through"]
    assert verdicts(evaluate, layer="affine", loss="sum of y", h=1e-5)["one row for all"]
    assert not any(found for name, found in verdicts(evaluate, layer="affine", h=1e-5).items() if name != "nothing")
