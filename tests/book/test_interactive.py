"""Do the pages to play with show the reference's numbers, and can everybody operate them?"""

from __future__ import annotations

import importlib.resources
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograder.generate.drawings import make_interactives
from autograder.manifest import Course
from autograder.paths import REPOSITORY
from autograder.publish.serve import serving
from coursenn.layers import batchnorm_backward, batchnorm_backward_alt, batchnorm_forward, conv_forward_naive
from tests.book.conftest import Visit
from tests.book.test_browser import TAGS, UNREACHABLE

pytestmark = [pytest.mark.xdist_group("book"), pytest.mark.browser]
FOLDER = REPOSITORY / "book" / "interactive"
NAMES = sorted(path.parent.name for path in FOLDER.glob("*/data.py"))
MAX_BYTES = 300_000
# The same for a mouse and a keyboard, and large enough for a finger.
SMALL_TARGETS = """[...document.querySelectorAll('button, select, input')]
    .filter(e => { const box = e.getBoundingClientRect(); return box.width < 24 || box.height < 24; })
    .map(e => e.outerHTML.slice(0, 120))"""
READOUT = "document.getElementById('readout').textContent"


@pytest.fixture(scope="module")
def made(course: Course) -> Path:
    """The folder with all pages made."""
    make_interactives(course)
    return FOLDER


@pytest.fixture
def numbers(made: Path) -> Callable[[str], Any]:
    """What a page holds, read from the page itself."""

    def read(name: str) -> Any:
        found = re.search(r'<script id="data"[^>]*>(.*?)</script>', (made / f"{name}.html").read_text(encoding="utf-8"), re.DOTALL)
        assert found
        return json.loads(found[1])

    return read


@pytest.fixture(scope="module")
def alone(made: Path) -> Iterator[str]:
    """The pages without the book around them, on loopback."""
    with serving(made) as address:
        yield address


@pytest.fixture
def tab(chromium: Any, alone: str) -> Iterator[Visit]:
    """A tab as wide as a phone, so that the narrow layout is the one that is checked."""
    found = Visit(chromium, alone, viewport={"width": 375, "height": 700})
    yield found
    found.close()


@pytest.mark.parametrize("name", NAMES)
def test_a_page_stands_alone(made: Path, name: str) -> None:
    """Is each page one small file with a picture for print, shown by exactly one chapter?"""
    assert (made / f"{name}.html").stat().st_size < MAX_BYTES
    assert (made / f"{name}.svg").stat().st_size < MAX_BYTES
    chapters = [path for path in FOLDER.parent.glob("*.md") if f"interactive/{name}.svg" in path.read_text(encoding="utf-8")]
    assert len(chapters) == 1


@pytest.mark.parametrize("name", NAMES)
def test_everybody_can_operate_it(tab: Visit, name: str) -> None:
    """Does each control react to the keyboard and say so, with no error, request or axe violation, on a phone, light and dark?"""
    page = tab.open(f"{name}.html")
    start = page.evaluate(READOUT)
    assert len(start) > 40, "the readout says in words what is shown"
    dead = []
    for control in page.locator("button, select, input").all():
        identity = control.get_attribute("id")
        keys = ["Enter"] if control.evaluate("e => e.tagName") == "BUTTON" else ["ArrowRight", "ArrowLeft", "ArrowDown", "ArrowUp"]
        before = page.evaluate(READOUT)
        control.focus()
        for key in keys:
            page.keyboard.press(key)
            if page.evaluate(READOUT) != before:
                break
        else:
            dead.append(identity)
    assert not dead
    assert page.evaluate(UNREACHABLE) == []
    assert page.evaluate(SMALL_TARGETS) == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), "pushed sideways"
    page.evaluate(importlib.resources.files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8"))
    for theme in ("light", "dark"):
        page.evaluate("name => theme(name)", theme)
        result = page.evaluate("tags => axe.run(document, {runOnly: {type: 'tag', values: tags}, resultTypes: ['violations']})", TAGS)
        assert [f"{theme}: {v['id']}: {v['nodes'][0]['html'][:160]}" for v in result["violations"]] == []
    assert not tab.errors
    assert not tab.outside


def test_convolution_stepper_shows_the_layer(numbers: Callable[[str], Any]) -> None:
    """Do products add up to the reference's outputs, and shares to the gradient that is the adjoint of the forward pass?"""
    data = numbers("convolution-stepper")
    image = np.array(data["image"])
    for case in data["settings"]:
        w, param = np.array(case["filter"]), {"stride": case["stride"], "pad": case["pad"]}
        out = conv_forward_naive(image[None, None], w[None, None], np.zeros(1), param)[0]
        np.testing.assert_array_equal(case["out"], out.ravel())
        np.testing.assert_array_equal(np.sum(case["products"], axis=1), out.ravel())
        np.testing.assert_array_equal(case["shares"], [u * w.ravel() for u in case["upstream"]])
        # <upstream, conv(image)> = <dx, image> = <dw, w>, after each output.
        for t in range(out.size):
            sent = np.dot(case["upstream"][: t + 1], case["out"][: t + 1])
            assert sent == np.sum(np.array(case["dx"][t]) * image) == np.sum(np.array(case["dw"][t]) * w)


def test_im2col_shows_windows_and_counts(numbers: Callable[[str], Any]) -> None:
    """Is each column the window that a loop cuts out, and each count the number of windows that hold the pixel?"""
    data = numbers("im2col-overlaps")
    for case in data["settings"]:
        size, stride, pad, side = (case[key] for key in ("size", "stride", "pad", "side"))
        padded = np.pad(np.array(data["image"]), pad)
        counts = np.zeros_like(padded)
        for t, column in enumerate(np.transpose(case["cols"])):
            row, left = t // side * stride, t % side * stride
            np.testing.assert_array_equal(column, padded[row : row + size, left : left + size].ravel())
            counts[row : row + size, left : left + size] += 1
        inner = slice(pad, len(padded) - pad)
        np.testing.assert_array_equal(case["counts"], counts[inner, inner])
        np.testing.assert_array_equal(case["back"], (counts * padded)[inner, inner])
        n, c, h, _ = data["layer"]
        assert case["bytes"] == [4 * n * c * h * h, 4 * n * c * size**2 * (1 + (h + 2 * pad - size) // stride) ** 2]


def test_gradient_errors_follow_the_law(numbers: Callable[[str], Any]) -> None:
    """Do the errors of differences fall with the power of h that the law says, and reach the roundoff with the complex step?"""
    data = numbers("gradient-error")
    steps = np.array(data["steps"])
    bent = (steps >= 1e-4) & (steps <= 2e-2)
    for rule, order in (("forward", 1), ("central", 2), ("complex step", 2)):
        errors = np.array(data["errors"]["float64"][rule])
        slope = np.polyfit(np.log(steps[bent]), np.log(errors[bent]), 1)[0]
        assert slope == pytest.approx(order, abs=0.1), rule
    for name, unit in data["unit"].items():
        assert unit == np.finfo(name).eps / 2
        assert data["errors"][name]["complex step"][4] < 10 * unit
        # Smaller steps are lost in x + h, larger ones bend.
        rounding = (steps > 10 * unit) & (steps < 1e4 * unit)
        rounded = np.array(data["errors"][name]["central"]) * steps
        assert 0.01 * unit < np.median(rounded[rounding]) < 100 * unit


def test_normalised_entries_share_what_the_axes_say(numbers: Callable[[str], Any]) -> None:
    """Are the means and deviations that were read from the reference's outputs those of numpy over the axes of each definition?"""
    data = numbers("norm-axes")
    x = np.array(data["x"])
    axes = {"batch": 0, "spatial batch": (0, 2, 3), "layer": (1, 2, 3), "instance": (2, 3)}
    halves = x.reshape(3, 2, 2, 2, 2)
    for name, norm in data["norms"].items():
        split, over = (halves, (2, 3, 4)) if name == "group, G = 2" else (x, axes[name])
        for statistic, wanted in (("mean", split.mean(over, keepdims=True)), ("std", np.sqrt(split.var(over, keepdims=True) + 1e-5))):
            wanted = np.broadcast_to(wanted, split.shape).reshape(x.shape)
            np.testing.assert_allclose(
                np.array(norm[statistic])[np.array(norm["member"])], wanted, atol=2e-6, err_msg=f"{name} {statistic}"
            )
        assert np.bincount(np.ravel(norm["member"])).tolist() == [norm["size"]] * len(norm["mean"])


def test_only_a_random_upstream_and_a_scaled_rule_tell_the_truth(numbers: Callable[[str], Any]) -> None:
    """Do the verdicts show what the chapter says, and are the errors of some wrong gradients those of their formulas?"""
    data = numbers("gradient-check-lies")
    rule, bug = {name: k for k, name in enumerate(data["rules"])}, {name: k for k, name in enumerate(data["bugs"])}
    passes = {loss: np.array(errors) <= 1 for loss, errors in data["errors"].items()}
    assert passes["random upstream"][:, rule["scaled"]].tolist() == [True] + [False] * (len(bug) - 1)
    assert passes["sum of y"][bug["returns zeros"], rule["scaled"]]
    assert not passes["sum of y"][bug["none"], rule["relative"]]
    rng = np.random.default_rng(7)
    x = rng.standard_normal((6, 3)) * [1.0, 3.0, 0.005] + [0.5, -2.0, 0.0]
    upstream, std = rng.standard_normal(x.shape), np.sqrt(x.var(0) + 1e-5)
    right = np.empty_like(x)
    for place in np.ndindex(x.shape):
        moved = x.astype(complex)
        moved[place] += 1e-30j
        right[place] = np.imag((upstream * batchnorm_forward(moved, np.ones(3), np.zeros(3), {"mode": "train"})[0]).sum()) / 1e-30
    allowed = data["atol"] + data["rtol"] * abs(right).max()
    wrong = {"returns zeros": 0, "neither path": upstream / std, "an extra 1/N": right / 6}
    for name, gradient in wrong.items():
        shown = data["errors"]["random upstream"][bug[name]][rule["scaled"]]
        assert shown == pytest.approx(abs(gradient - right).max() / allowed, rel=1e-3), name


def test_activations_grow_by_the_gain_of_each_layer(numbers: Callable[[str], Any]) -> None:
    """Are the sizes of one network those of plain matrix products, and the others' theirs times a power of the gain?"""
    data = numbers("init-depth")
    gains, n = np.array(data["gains"]), data["units"]
    rng = np.random.default_rng(3)
    h = {"affine": rng.standard_normal((100, n))}
    h["affine, ReLU"] = h["affine"]
    for layer in range(1, 31):
        w = rng.standard_normal((n, n)) / np.sqrt(n)
        for name in h:
            h[name] = h[name] @ w if name == "affine" else np.maximum(h[name] @ w, 0)
            sizes = np.array(data["sizes"][name])[:, layer]
            np.testing.assert_allclose(sizes, np.sqrt(np.mean(h[name] ** 2)) * gains**layer, rtol=2e-3)
    normed = np.array(data["sizes"]["affine, batch norm, ReLU"])[:, 1:]
    np.testing.assert_allclose(normed, np.sqrt(0.5), rtol=0.05)


def test_the_loss_starts_down_with_the_slope_of_its_gradient(numbers: Callable[[str], Any]) -> None:
    """Does the loss fall at first by the step times the squared length of the gradient, for each network?"""
    data = numbers("loss-along-gradient")
    step = data["steps"][0]
    for curves in data["losses"].values():
        for curve in curves:
            fallen = curve["start"] - curve["along"][0]
            assert fallen == pytest.approx(step * curve["length"] ** 2, rel=0.1, abs=1e-7)


def test_every_node_of_the_graph_has_its_gradient(numbers: Callable[[str], Any]) -> None:
    """Do values follow from each other along the arrows, gradients by the chain rule, and do the last ones meet the reference?"""
    data = numbers("batchnorm-graph")
    value = {node["key"]: np.array(node["value"]) for node in data["nodes"]}
    gradient = {node["key"]: np.array(node["gradient"]) for node in data["nodes"]}
    y, cache = batchnorm_forward(value["x"][:, None], value["gamma"], value["beta"], {"mode": "train", "eps": data["eps"]})
    np.testing.assert_allclose(value["y"], y.ravel(), atol=1e-8)
    for key, wanted in zip(("x", "gamma", "beta"), batchnorm_backward(gradient["y"][:, None], cache), strict=True):
        np.testing.assert_allclose(gradient[key], wanted.ravel(), atol=1e-8, err_msg=key)
    follows = {
        "mean": value["x"].mean(),
        "diff": value["x"] - value["mean"],
        "square": value["diff"] ** 2,
        "var": value["square"].mean(),
        "root": np.sqrt(value["var"] + data["eps"]),
        "hat": value["diff"] / value["root"],
        "scaled": value["gamma"] * value["hat"],
    }
    root = value["root"]
    chain = {
        "scaled": gradient["y"],
        "hat": gradient["scaled"] * value["gamma"],
        "root": -np.sum(gradient["hat"] * value["diff"]) / root**2,
        "var": gradient["root"] / (2 * root),
        "square": np.repeat(gradient["var"] / 3, 3),
        "diff": gradient["hat"] / root + 2 * value["diff"] * gradient["square"],
        "mean": -gradient["diff"].sum(),
        "x": gradient["diff"] + gradient["mean"] / 3,
    }
    for shown, wanted in ((value, follows), (gradient, chain)):
        for key, array in wanted.items():
            np.testing.assert_allclose(shown[key], np.ravel(array), atol=1e-7, err_msg=key)


def test_the_projection_leaves_a_right_angle(numbers: Callable[[str], Any]) -> None:
    """Do the parts add up, is what is left at a right angle to both directions, and is it the reference's gradient?"""
    data = numbers("batchnorm-projection")
    hat, x = np.array(data["hat"]), np.array(data["x"])
    np.testing.assert_allclose(hat, (x - x.mean()) / x.std(), atol=1e-8)
    for name, case in data["cases"].items():
        g, ones, along, rest, dx = (np.array(case[key]) for key in ("gradient", "ones", "hat", "rest", "dx"))
        np.testing.assert_allclose(ones + along + rest, g, atol=1e-7, err_msg=name)
        assert rest @ np.ones(3) == pytest.approx(0, abs=1e-7)
        assert rest @ hat == pytest.approx(0, abs=1e-7)
        np.testing.assert_allclose(ones, g.mean(), atol=1e-8)
        _, cache = batchnorm_forward(x[:, None], np.ones(1), np.zeros(1), {"mode": "train", "eps": 1e-12})
        np.testing.assert_allclose(dx, batchnorm_backward_alt(g[:, None], cache)[0].ravel(), atol=1e-8)


def test_the_cases_of_the_projection_do_what_their_labels_say(numbers: Callable[[str], Any]) -> None:
    """Does nothing survive of what lies in the plane, and everything of what is at a right angle to it?"""
    data = numbers("batchnorm-projection")
    kept = {name: np.linalg.norm(case["rest"]) / np.linalg.norm(case["gradient"]) for name, case in data["cases"].items()}
    assert kept.pop("the same for all") == pytest.approx(0, abs=1e-7)
    assert kept.pop("half of the feature") == pytest.approx(0, abs=1e-7)
    assert kept.pop("at a right angle to both") == pytest.approx(1, abs=1e-7)
    assert data["cases"]["half of the feature"]["gradient"] == [x / 2 for x in data["x"]]
    assert all(0.05 < share < 0.95 for share in kept.values()), "a mixture loses a part and keeps a part"


def test_test_mode_is_the_geometric_mean_of_the_ensemble(numbers: Callable[[str], Any]) -> None:
    """Are the three rows probabilities, with the chapter's equality between the last two and a gap to the average?"""
    for p, case in numbers("dropout-masks")["keeps"].items():
        rows = case["ensemble"]
        np.testing.assert_allclose([sum(row) for row in rows.values()], 1, atol=1e-8)
        np.testing.assert_allclose(rows["geometric mean of all"], rows["test mode"], atol=1e-8)
        gap = np.abs(np.subtract(rows["average of all"], rows["test mode"])).max()
        assert gap > 0.01 if float(p) < 1 else gap < 1e-8


def test_dropout_masks_average_to_the_input(numbers: Callable[[str], Any]) -> None:
    """Is every output 0 or x/p, and are mean and variance over all masks those of the formulas?"""
    data = numbers("dropout-masks")
    x, w = np.array(data["x"]), np.array(data["w"])
    assert data["z"] == pytest.approx(x @ w)
    for p, case in ((float(key), value) for key, value in data["keeps"].items()):
        outputs = np.array(case["outputs"])
        assert np.all((outputs == 0) | (abs(outputs - x / p) < 1e-5))
        np.testing.assert_allclose(case["means"][-1], outputs.mean(axis=0), atol=1e-5)
        assert case["mean"] == pytest.approx(x @ w, abs=1e-5)
        assert case["variance"] == pytest.approx((1 - p) / p * np.sum((x * w) ** 2), abs=1e-4)
        assert sum(case["sums"]["chances"]) == pytest.approx(1)
