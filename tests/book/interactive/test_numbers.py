"""Do the functions of the interactive pages, called in the browser, compute what the reference computes?"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from coursenn import optim
from coursenn.im2col import col2im, im2col
from coursenn.layer_utils import affine_norm_relu_forward, affine_relu_forward
from coursenn.layers import (
    affine_forward,
    batchnorm_backward,
    batchnorm_forward,
    conv_backward_naive,
    conv_forward_naive,
    dropout_forward,
    layernorm_forward,
    softmax_loss,
    spatial_batchnorm_forward,
    spatial_groupnorm_forward,
)
from tests.book.interactive.conftest import READOUT, Evaluate
from tests.tabs import Visit

pytestmark = [pytest.mark.xdist_group("book"), pytest.mark.browser]
Array = np.ndarray[Any, Any]


def in_test_mode(x: Array, mean: Array, var: Array, gamma: float, beta: float, eps: float) -> Array:
    """Return the layer's output for given statistics, arrays of one entry that may be complex."""
    param = {"mode": "test", "eps": eps, "running_mean": mean, "running_var": var}
    ones = np.ones(1)
    return batchnorm_forward(x[:, None].astype(complex), gamma * ones, beta * ones, param)[0][:, 0]


@pytest.mark.parametrize(("n", "eps", "spread"), [(3, 0.1, 3.0), (5, 1e-5, 1.0), (4, 1e-5, 3e-3), (2, 0.5, 1.0)])
def test_every_node_of_the_graph(evaluate: Evaluate, n: int, eps: float, spread: float) -> None:
    """Are the value and the gradient of each node those of the reference, even if the variance is as small as eps?"""
    rng = np.random.default_rng(n)
    x, upstream = spread * rng.standard_normal(n) + 1, rng.standard_normal(n)
    gamma, beta = 1.7, -0.4
    settings = {"x": x.tolist(), "gamma": gamma, "beta": beta, "eps": eps, "upstream": upstream.tolist()}
    found = evaluate("batchnorm-graph", "settings => batchnorm(settings)", settings)
    param = {"mode": "train", "eps": eps, "momentum": 0.0}
    y, cache = batchnorm_forward(x[:, None], np.array([gamma]), np.array([beta]), param)
    np.testing.assert_allclose(found["value"]["y"], y.ravel(), rtol=1e-10)
    np.testing.assert_allclose(found["value"]["mean"], param["running_mean"], rtol=1e-12)
    np.testing.assert_allclose(found["value"]["var"], param["running_var"], rtol=1e-10)
    for key, wanted in zip(("x", "gamma", "beta"), batchnorm_backward(upstream[:, None], cache), strict=True):
        np.testing.assert_allclose(found["gradient"][key], wanted.ravel(), rtol=1e-8, atol=1e-9, err_msg=key)
    # Gradients of inner nodes: a complex step through test mode, in which the mean and the variance are given.
    mean, var, step = x.mean(keepdims=True), x.var(keepdims=True), 1e-30j
    by_var = (upstream * in_test_mode(x, mean, var + step, gamma, beta, eps)).sum().imag / 1e-30
    by_mean = (upstream * in_test_mode(x, mean + step, ((x - mean - step) ** 2).mean(keepdims=True), gamma, beta, eps)).sum().imag / 1e-30
    assert found["gradient"]["var"][0] == pytest.approx(by_var, rel=1e-9)
    assert found["gradient"]["mean"][0] == pytest.approx(by_mean, rel=1e-9, abs=1e-9)
    for source in ("x", "diff"):
        shares = [np.array(share) for arrow, share in found["along"].items() if arrow.startswith(f"{source}-")]
        assert len(shares) == 2
        np.testing.assert_allclose(sum(shares), found["gradient"][source], atol=1e-12)


def test_the_graph_shows_what_it_computes(desk: Visit) -> None:
    """Does the table show the reference's gradient, to two digits, after a number is typed?"""
    page = desk.open("batchnorm-graph.html")
    page.locator("#x-1").fill("-2.5")
    page.locator("#upstream-0").fill("4")
    x, upstream = np.array([1.0, -2.5, 8.0])[:, None], np.array([4.0, -2.0, 3.0])[:, None]
    _, cache = batchnorm_forward(x, np.array([2.0]), np.array([1.0]), {"mode": "train", "eps": 0.1})
    shown = page.locator("tr:has(#node-x) td").all_inner_texts()[-3:]
    wanted = batchnorm_backward(upstream, cache)[0].ravel()
    assert [float(text.replace("\u2212", "-")) for text in shown] == [float(f"{v:.2f}") for v in wanted]


def test_dragging_changes_the_gradient(desk: Visit) -> None:
    """Does the arrow follow the pointer, and does the table then show the reference's gradient?"""
    page = desk.open("batchnorm-graph.html")
    box = page.locator("#space .handle circle").nth(1).bounding_box()
    assert box
    here = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.move(*here)
    page.mouse.down()
    page.mouse.move(here[0] + 30, here[1] + 12, steps=3)
    there = page.locator("#space .handle circle").nth(1).bounding_box()
    page.mouse.up()
    assert there["x"] - box["x"] == pytest.approx(30, abs=2)
    assert there["y"] - box["y"] == pytest.approx(12, abs=2)
    now = page.evaluate("now")
    assert now["upstream"] != [1, -2, 3]
    _, cache = batchnorm_forward(np.array(now["x"])[:, None], np.array([2.0]), np.array([1.0]), {"mode": "train", "eps": 0.1})
    shown = [float(text.replace("\u2212", "-")) for text in page.locator("tr:has(#node-x) td").all_inner_texts()[-3:]]
    np.testing.assert_allclose(shown, batchnorm_backward(np.array(now["upstream"])[:, None], cache)[0].ravel(), atol=0.006)


def test_the_projection_is_the_gradient(evaluate: Evaluate) -> None:
    """Is the remaining vector at a right angle to both directions, and, divided by the deviation, the reference's gradient?"""
    x, g = np.array([-1.0, 0.5, 3.0]), np.array([1.8, -0.4, 0.6])
    hat = (x - x.mean()) / x.std()
    parts = evaluate("batchnorm-projection", "([g, hat]) => takeApart(g, hat)", [g.tolist(), hat.tolist()])
    rest = np.array(parts["rest"])
    np.testing.assert_allclose(np.add(parts["ones"], parts["along"]) + rest, g, atol=1e-12)
    assert rest.sum() == pytest.approx(0, abs=1e-12)
    assert rest @ hat == pytest.approx(0, abs=1e-12)
    _, cache = batchnorm_forward(x[:, None], np.ones(1), np.zeros(1), {"mode": "train", "eps": 1e-14})
    np.testing.assert_allclose(rest / x.std(), batchnorm_backward(g[:, None], cache)[0].ravel(), atol=1e-9)


def test_the_cases_of_the_projection_do_what_their_labels_say(evaluate: Evaluate) -> None:
    """For any x, does nothing remain of vectors in the plane, and everything of vectors at a right angle to it?"""
    for x in ([-1.0, 0.5, 3.0], [1.0, 3.0, 8.0], [2.0, -2.0, 0.1]):
        cases = evaluate("batchnorm-projection", "x => cases(x)", x)
        hat = ((np.array(x) - np.mean(x)) / np.std(x)).tolist()
        kept = {}
        for name, g in cases.items():
            rest = evaluate("batchnorm-projection", "([g, hat]) => takeApart(g, hat).rest", [g, hat])
            kept[name] = np.linalg.norm(rest) / np.linalg.norm(g)
        assert kept["the same for all"] == pytest.approx(0, abs=1e-12)
        assert kept["half of the feature"] == pytest.approx(0, abs=1e-12)
        assert kept["at a right angle to both"] == pytest.approx(1)
        assert 0.05 < kept["a mixture"] < 0.95


@pytest.mark.parametrize("channels", [1, 3])
def test_convolutions(evaluate: Evaluate, channels: int) -> None:
    """Are the output and the gradients those of the reference for each stride and padding on the page?"""
    rng = np.random.default_rng(channels)
    x, w = rng.integers(-3, 4, (channels, 6, 6)), rng.integers(-2, 3, (channels, 3, 3))
    for stride, pad in itertools.product((1, 2, 3), (0, 1)):
        out, cache = conv_forward_naive(x[None].astype(float), w[None].astype(float), np.array([0.5]), {"stride": stride, "pad": pad})
        upstream = rng.integers(-3, 4, out.shape).astype(float)
        gradients = conv_backward_naive(upstream, cache)
        argument = [x.tolist(), w.tolist(), stride, pad, upstream[0, 0].tolist()]
        found = evaluate("convolution-stepper", "([x, w, s, p, g]) => [convolve(x, w, 0.5, s, p), convolveBack(x, w, s, p, g)]", argument)
        np.testing.assert_array_equal(found[0], out[0, 0])
        for key, wanted in zip(("dx", "dw"), gradients, strict=False):
            np.testing.assert_array_equal(found[1][key], wanted[0])
        assert found[1]["db"] == gradients[2][0]


def test_the_terms_of_a_cell_add_up(evaluate: Evaluate) -> None:
    """Do the terms shown for an output, a pixel or a weight add up to the reference's number?"""
    page = "convolution-stepper"
    evaluate(page, "() => { channels('3'); pad('1'); stride('2'); choose('out', 0, 1, 1); }")
    state = evaluate(page, "() => [now.channels, now.filter, now.upstream.slice(0, 3).map(row => row.slice(0, 3))]")
    x, w, g = (np.array(part, float) for part in state)
    out, cache = conv_forward_naive(x[None], w[None], np.zeros(1), {"stride": 2, "pad": 1})
    dx, dw, _ = conv_backward_naive(g[None, None], cache)
    gathered = evaluate(page, "() => relations().partial.reduce((a, b) => a + b, 0)")
    assert gathered == out[0, 0, 1, 1]
    terms = "([kind, c, r, s, other]) => { choose(kind, c, r, s); return relations().terms.reduce((sum, t) => sum + t.g * t[other], 0); }"
    assert evaluate(page, terms, ["image", 0, 3, 4, "w"]) == dx[0, 0, 2, 3]
    assert evaluate(page, terms, ["filter", 2, 0, 2, "x"]) == dw[0, 2, 0, 2]


def test_the_grids_show_the_layer(desk: Visit) -> None:
    """Do the grids show the numbers of the reference, forward and backward?"""
    page = desk.open("convolution-stepper.html")

    def shown(box: str) -> list[list[float]]:
        rows = page.locator(f"{box} > [role=row]").all()
        return [[float(t.replace("\u2212", "-") or 0) for t in row.locator("[role=gridcell]").all_inner_texts()] for row in rows]

    x, w = (np.array(part, float)[0] for part in page.evaluate("[now.channels, now.filter]"))
    out, cache = conv_forward_naive(x[None, None], w[None, None], np.zeros(1), {"stride": 1, "pad": 1})
    assert shown("#out") == out[0, 0].tolist()
    page.evaluate("way('backward'); draw()")
    dx, dw, _ = conv_backward_naive(np.array(shown("#out"))[None, None], cache)
    np.testing.assert_array_equal(np.array(shown("#image"))[1:-1, 1:-1], dx[0, 0])
    assert shown("#planes [role=grid]") == dw[0, 0].tolist()


@pytest.mark.parametrize(("size", "stride", "pad"), [(3, 1, 0), (3, 1, 1), (3, 2, 1), (2, 3, 0), (2, 1, 1)])
def test_windows_as_columns(evaluate: Evaluate, size: int, stride: int, pad: int) -> None:
    """Are im2col and col2im those of the reference, and is the size in bytes that of its array?"""
    x = np.random.default_rng(0).integers(0, 9, (6, 6)).astype(float)
    cols = im2col(x[None, None], size, size, stride, pad)
    found = evaluate("im2col-overlaps", "([x, k, s, p]) => im2col(x, k, s, p)", [x.tolist(), size, stride, pad])
    np.testing.assert_array_equal(found, cols)
    back = evaluate("im2col-overlaps", "([cols, k, s, p]) => col2im(cols, 6, k, s, p)", [cols.tolist(), size, stride, pad])
    np.testing.assert_array_equal(back, col2im(cols, (1, 1, 6, 6), size, size, stride, pad)[0, 0])
    layer = np.zeros((50, 3, 32, 32), np.float32)
    evaluate("im2col-overlaps", "([k, s, p]) => { size(k); stride(s); pad(p); draw(); }", [size, stride, pad])
    said = evaluate("im2col-overlaps", "() => document.getElementById('readout').textContent")
    assert f"its matrix {im2col(layer, size, size, stride, pad).nbytes / 1024:.0f} KiB" in said


def test_normalizations_over_their_axes(evaluate: Evaluate, numbers: Callable[[str], Any]) -> None:
    """Are the values for the axes of each normalization those of the reference?"""
    x = np.array(numbers("norm-axes")["x"])
    flat, ones = x.reshape(3, 16), np.ones(16)
    channel = np.ones((1, 4, 1, 1))
    wanted = {
        ("N", 1): batchnorm_forward(flat, ones, 0 * ones, {"mode": "train"})[0].reshape(x.shape),
        ("NHW", 1): spatial_batchnorm_forward(x, np.ones(4), np.zeros(4), {"mode": "train"})[0],
        ("CHW", 1): layernorm_forward(flat, ones, 0 * ones, {})[0].reshape(x.shape),
        ("CHW", 2): spatial_groupnorm_forward(x, channel, 0 * channel, 2, {})[0],
        ("HW", 1): spatial_groupnorm_forward(x, channel, 0 * channel, 4, {})[0],
    }
    for (axes, groups), values in wanted.items():
        over = {axis: axis in axes for axis in "NCHW"}
        found = evaluate("norm-axes", "([x, over, G]) => normalize(x, over, G, 1e-5).normalized", [x.tolist(), over, groups])
        np.testing.assert_allclose(found, values, atol=1e-9, err_msg=f"{axes} {groups}")
        name = evaluate("norm-axes", "([over, G]) => called(over, G)", [over, groups])
        assert "normalization" in name


def test_dropout(evaluate: Evaluate, numbers: Callable[[str], Any]) -> None:
    """Are outputs those of the reference with the same mask, and do the mean and the variance over all masks follow the formulas?"""
    data = numbers("dropout-masks")
    x, w, scores = (np.array(data[key]) for key in ("x", "w", "V"))
    for p in (0.05, 0.5, 0.8, 1.0):
        out, _ = dropout_forward(x, {"mode": "train", "p": p, "seed": 3})
        found = evaluate("dropout-masks", "([x, mask, p]) => dropped(x, mask, p)", [x.tolist(), (out != 0).astype(int).tolist(), p])
        np.testing.assert_allclose(found, out, rtol=1e-12)
        exact = evaluate("dropout-masks", "([x, w, p]) => distribution(x, w, p)", [x.tolist(), w.tolist(), p])
        assert sum(s["chance"] for s in exact["sums"]) == pytest.approx(1)
        assert exact["mean"] == pytest.approx(x @ w)
        assert exact["variance"] == pytest.approx((1 - p) / p * np.sum((x * w) ** 2), abs=1e-9)
        rows = evaluate("dropout-masks", "([x, V, p]) => ensemble(x, V, p)", [x.tolist(), scores.tolist(), p])
        masks = np.array(list(itertools.product([0, 1], repeat=6)))
        chances = p ** masks.sum(1) * (1 - p) ** (6 - masks.sum(1))
        members = np.array([[np.exp(-softmax_loss((row * x / p @ scores)[None], np.array([c]))[0]) for c in range(3)] for row in masks])
        np.testing.assert_allclose(rows["average"], chances @ members, atol=1e-9)
        np.testing.assert_allclose(rows["geometric"], rows["test"], atol=1e-9)


def test_drawn_masks_keep_a_share_of_p(evaluate: Evaluate) -> None:
    """Does the page's generator keep each unit with a probability of about p?"""
    kept = evaluate("dropout-masks", "() => { const r = generator(5); return Array.from({length: 6000}, () => (r() < 0.3 ? 1 : 0)); }")
    np.testing.assert_allclose(np.reshape(kept, (1000, 6)).mean(axis=0), 0.3, atol=0.06)


@pytest.mark.parametrize("turn", [0, 30])
def test_update_rules(evaluate: Evaluate, numbers: Callable[[str], Any], turn: int) -> None:
    """Does each rule visit the same points as the reference, also in a rotated valley?"""
    data = numbers("optimiser-valley")
    rules = {"gradient descent": optim.sgd, "momentum": optim.sgd_momentum, "RMSProp": optim.rmsprop, "Adam": optim.adam}
    called = {"rate": "learning_rate", "second": "beta2"}
    memory = {"momentum": "momentum", "RMSProp": "decay_rate", "Adam": "beta1"}
    angle = np.radians(turn)
    axes = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    curvature = axes @ np.diag([1.0, data["curvature"]]) @ axes.T
    for name, rule in rules.items():
        settings = data["settings"][name]
        path = "([rule, settings, k, turn, start]) => descend(rule, settings, valley(k, turn), start, 40)"
        found = evaluate("optimiser-valley", path, [name, settings, data["curvature"], turn, data["start"]])
        config: Any = {memory[name] if key == "memory" else called[key]: value for key, value in settings.items()}
        points = [np.array(data["start"])]
        for _ in range(40):
            moved, config = rule(points[-1], curvature @ points[-1], config)
            points.append(moved)
        np.testing.assert_allclose(found, points, rtol=1e-7, atol=1e-9, err_msg=name)
        losses = evaluate("optimiser-valley", "([path, k, turn]) => path.map(valley(k, turn).loss)", [found, data["curvature"], turn])
        np.testing.assert_allclose(losses, [p @ curvature @ p / 2 for p in points], rtol=1e-7, atol=1e-12)


def test_rotating_the_valley_slows_rules_that_scale_each_weight(desk: Visit) -> None:
    """If valley and start are rotated, do gradient descent and momentum end at the same loss, and RMSProp and Adam at a higher one?"""
    page = desk.open("optimiser-valley.html")
    ends = """by => { return Object.fromEntries(names.map(name => {
        const where = valley(50, by), path = descend(name, now.settings[name], where, turned(DATA.start, by), 30);
        return [name, where.loss(path[30])]; })); }"""
    before, after = page.evaluate(ends, 0), page.evaluate(ends, 45)
    for name in ("gradient descent", "momentum"):
        assert after[name] == pytest.approx(before[name], rel=1e-6), name
    for name in ("RMSProp", "Adam"):
        assert after[name] > 2 * before[name], name
    page.locator("#turn-30").check(force=True)
    assert page.evaluate("now.start") == pytest.approx(page.evaluate("turned(DATA.start, 30)"))


@pytest.mark.parametrize(("units", "gain"), [(8, 0.5), (16, 1.0), (12, 2.0)])
def test_activations_through_depth(evaluate: Evaluate, numbers: Callable[[str], Any], units: int, gain: float) -> None:
    """Are the sizes of the activations those of the reference's layers with the page's weights?"""
    eps, examples = numbers("init-depth")["eps"], 10
    made = {"units": units, "depth": 5, "examples": examples, "seed": 3}
    net = evaluate("init-depth", "made => { const net = network(made); return [[...net.input], net.weights.map(w => [...w])]; }", made)
    start, weights = np.reshape(net[0], (examples, units)), [np.reshape(w, (units, units)) for w in net[1]]
    one, none = np.ones(units), np.zeros(units)
    stacks: dict[str, Callable[[Array, Array], Array]] = {
        "affine": lambda h, w: affine_forward(h, w, none)[0],
        "affine, ReLU": lambda h, w: affine_relu_forward(h, w, none)[0],
        "affine, batch norm, ReLU": lambda h, w: affine_norm_relu_forward(
            h, w, none, one, none, {"mode": "train", "eps": eps}, "batchnorm"
        )[0],
    }
    assert evaluate("init-depth", "() => Object.keys(STACKS)") == list(stacks)
    for name, layer in stacks.items():
        h, wanted = start, [np.sqrt(np.mean(start**2))]
        for w in weights:
            h = layer(h, gain * w)
            wanted.append(np.sqrt(np.mean(h**2)))
        found = evaluate("init-depth", "([made, name, gain, eps]) => sizes(network(made), name, gain, eps)", [made, name, gain, eps])
        np.testing.assert_allclose(found, wanted, rtol=1e-10, err_msg=name)


def test_the_scale_decides_over_depth(desk: Visit) -> None:
    """Do activations keep their size at a scale of 1 without ReLU, of the root of 2 with it, and of any with batch normalization?"""
    page = desk.open("init-depth.html")
    page.locator("#units-128").check(force=True)
    ends = {
        gain: page.evaluate("gain => names.map(name => sizes(net, name, gain, DATA.eps)[depth])", gain) for gain in (0.5, 1.0, 2**0.5, 2.0)
    }
    assert 0.1 < ends[1.0][0] < 10
    assert 0.1 < ends[2**0.5][1] < 10
    assert max(ends[0.5][:2]) < 1e-7
    assert min(ends[2.0][:2]) > 1e3
    np.testing.assert_allclose([found[2] for found in ends.values()], np.sqrt(0.5), rtol=0.1)
    before = page.evaluate(READOUT)
    page.locator("#again").click()
    assert page.evaluate(READOUT) != before
    assert "Draw 2 of the weights" in page.evaluate(READOUT)


def test_wide_layers_depend_less_on_chance(evaluate: Evaluate) -> None:
    """Does the size after thirty layers vary less between draws of the weights if layers are wide?"""
    ends = """units => Array.from({length: 10}, (_, seed) => {
        const net = network({units, depth: 30, examples: 20, seed});
        return Math.log10(sizes(net, "affine, ReLU", Math.SQRT2, 1e-5)[30]); })"""
    narrow, wide = (np.std(evaluate("init-depth", ends, units)) for units in (16, 128))
    assert narrow > 0.3
    assert wide < narrow / 2


def test_drawn_numbers_are_normal(evaluate: Evaluate) -> None:
    """Do the page's random numbers have mean 0, variance 1 and the fourth moment of a normal distribution?"""
    drawn = np.array(evaluate("init-depth", "() => Array.from({length: 20000}, normal(4))"))
    assert abs(drawn.mean()) < 0.03
    assert drawn.var() == pytest.approx(1, abs=0.04)
    assert np.mean(drawn**4) == pytest.approx(3, abs=0.3)
