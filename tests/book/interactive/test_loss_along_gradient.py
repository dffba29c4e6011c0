"""Is the network on the page of steps along the gradient the reference's, and does it show what the chapter says?"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from coursenn.classifiers.fc_net import FullyConnectedNet
from tests.book.interactive.conftest import READOUT, Evaluate
from tests.tabs import Visit

pytestmark = [pytest.mark.xdist_group("book"), pytest.mark.browser]
PAGE = "loss-along-gradient"
NORMS = {"none": None, "batch": "batchnorm", "layer": "layernorm"}
SMALL = {"examples": 7, "features": 5, "classes": 3, "units": 6, "seed": 4}
MADE = """([made, norm, scale]) => {
    const net = sample(made), params = parameters(net, norm, scale);
    // Numbers other than 1 and 0, so that these parameters have an effect as well.
    for (const name of Object.keys(params)) if (!name.startsWith('W')) params[name] = params[name].map((v, i) => v + (i % 3) / 5 - 0.1);
    const plain = of => Object.fromEntries(Object.entries(of).map(([name, v]) => [name, [...v]]));
    const found = networkLoss(net, norm, params, eps, true);
    return {x: [...net.x], y: net.y, params: plain(params), loss: found.loss, gradients: plain(found.gradients)}; }"""
ALONG = "([made, norm, scale, steps]) => alongGradient(sample(made), norm, scale, eps, steps)"
START = """([made, norm, scale]) => {
    const net = sample(made), params = Object.entries(parameters(net, norm, scale)).map(([name, v]) => [name, [...v]]);
    return {x: [...net.x], y: net.y, params: Object.fromEntries(params)}; }"""


def network(made: dict[str, int], norm: str, page: dict[str, Any]) -> tuple[FullyConnectedNet, tuple[Any, Any]]:
    """Return the reference's network with the page's parameters, and the page's examples with their labels."""
    net = FullyConnectedNet(
        [made["units"]] * made["depth"],
        input_dim=made["features"],
        num_classes=made["classes"],
        normalization=NORMS[norm],
        dtype=np.float64,
    )
    assert page["params"].keys() == net.params.keys()
    net.params = {name: np.reshape(page["params"][name], value.shape) for name, value in net.params.items()}
    return net, (np.reshape(page["x"], (made["examples"], made["features"])), np.array(page["y"]))


@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize("depth", [1, 3])
def test_loss_and_gradients_equal_the_reference(evaluate: Evaluate, norm: str, depth: int) -> None:
    """Are the loss and the gradient of each parameter those of the reference's network with the same parameters?"""
    made = {**SMALL, "depth": depth}
    page = evaluate(PAGE, MADE, [made, norm, 0.7])
    net, examples = network(made, norm, page)
    loss, gradients = net.loss(*examples)
    assert page["loss"] == pytest.approx(loss, rel=1e-10)
    for name, wanted in gradients.items():
        np.testing.assert_allclose(np.reshape(page["gradients"][name], wanted.shape), wanted, rtol=1e-7, atol=1e-9, err_msg=name)


@pytest.mark.parametrize("norm", NORMS)
def test_losses_along_the_gradient_equal_the_reference(evaluate: Evaluate, norm: str) -> None:
    """Are the losses after three steps and the length of the gradient those of the reference?"""
    made, steps = {**SMALL, "depth": 2}, [1e-3, 0.1, 3.0]
    page = evaluate(PAGE, START, [made, norm, 0.4])
    net, examples = network(made, norm, page)
    loss, gradients = net.loss(*examples)
    start, wanted = dict(net.params), []
    for step in steps:
        net.params = {name: value - step * gradients[name] for name, value in start.items()}
        wanted.append(net.loss(*examples)[0])
    found = evaluate(PAGE, ALONG, [made, norm, 0.4, steps])
    assert found["start"] == pytest.approx(loss, rel=1e-10)
    assert found["length"] == pytest.approx(np.sqrt(sum((g**2).sum() for g in gradients.values())), rel=1e-8)
    np.testing.assert_allclose(found["along"], wanted, rtol=1e-7)


def test_the_loss_first_falls_with_the_slope_of_its_gradient(desk: Visit) -> None:
    """For a short step, does the loss of each network fall by the step times the squared length of the gradient?"""
    page = desk.open(f"{PAGE}.html")
    for scale in page.evaluate("DATA.scales"):
        page.locator(f"[id='scale-{scale}']").check(force=True)
        for curve in page.evaluate("Object.values(curves)"):
            fallen = curve["start"] - curve["along"][0]
            assert fallen == pytest.approx(1e-4 * curve["length"] ** 2, rel=0.1, abs=1e-7)


def test_the_best_steps_are_the_same_for_other_draws(desk: Visit) -> None:
    """Is the best step about 1 with batch normalization at each scale, and very short without it for large weights?"""
    page = desk.open(f"{PAGE}.html")
    best = "name => steps[curves[name].along.indexOf(Math.min(...curves[name].along.filter(Number.isFinite)))]"
    for draw in (1, 2):
        assert f"Draw {draw}" in page.evaluate(READOUT)
        for scale in (0.1, 0.2, 0.4):
            page.locator(f"[id='scale-{scale}']").check(force=True)
            assert 0.2 < page.evaluate(best, "batch") < 2
        page.locator("[id='scale-0.8']").check(force=True)
        assert page.evaluate(best, "none") < 0.01
        page.locator("#again").click()
