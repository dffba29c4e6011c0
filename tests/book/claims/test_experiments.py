"""Does the page of experiments describe each recorded table correctly?"""

from __future__ import annotations

import re

import numpy as np
import pytest

from tests.book.claims.says import BOOK, says, short, spread_of, table

PAGE = "what-you-saw"


SECTIONS = re.split(r"^(?=### )", (BOOK / f"{PAGE}.md").read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]


@pytest.mark.parametrize("section", SECTIONS, ids=lambda text: text[4:].partition("\n")[0])
def test_every_experiment_has_a_guess_a_result_and_an_explanation(section: str) -> None:
    """Does each experiment ask for a guess, then show a table or a figure, and then explain it?"""
    section = section.partition("\n## ")[0]
    asked = section.index("*What would you expect?*")
    shown = min(section.find(mark) for mark in ("{literalinclude}", "{figure}") if mark in section)
    seen = max(section.find(words) for words in ("*What came out.*", "*Where to look.*"))
    assert asked < shown < seen


@pytest.mark.parametrize(
    "named",
    [
        "with and without batch normalization|with batch normalization and without|once with batch normalization",
        "recorded/bn-weight-scales",
        "recorded/bn-batch-sizes",
        "recorded/ln-batch-sizes",
        "recorded/dropout-epochs",
        "figures/saw_dropout_ensemble",
        "recorded/conv-overfit",
        "recorded/fc-fifty",
        "recorded/conv-naive-and-fast",
        "recorded/conv-filters",
        "figures/saw_edges",
    ],
)
def test_no_experiment_is_missing(named: str) -> None:
    """Does the page contain each of its experiments?"""
    assert any(re.search(named, section) for section in SECTIONS)


def test_gradient_cases_and_steps() -> None:
    """Are the errors of the gradients, and the ends and slopes of the curve, as the page says?"""
    cases, steps = table("fc-gradient-cases"), table("fc-step-sizes")
    absolute, relative = cases["absolute error"], cases["relative error"]
    a, b, c, d, e = range(5)
    assert absolute.argmax() == d
    assert relative[a] < 1e-8 < 0.5 * relative[d] < min(relative[b], relative[e])
    assert max(relative[b], relative[e]) < 1.5 * relative[d] < relative[c]
    assert says(PAGE, f"largest *absolute* error, {absolute[d]:.1f}; but its *relative* error, {relative[d]:.3f}")
    errors = dict(zip(steps["step"], steps["absolute error"], strict=True))
    best = min(errors, key=lambda step: errors[step])
    assert says(
        PAGE,
        f"down to {errors[best]:.0e} at a step of 1e-5".replace("e-0", "e-"),
        f"up to {errors[1e-11]:.0e} at a step".replace("e-0", "e-"),
    )
    assert errors[1e-1] / errors[1e-2] == pytest.approx(100, rel=0.05)
    assert (errors[1e-11] / errors[1e-6]) ** 0.2 == pytest.approx(10, rel=0.3)


def test_depth_and_rules() -> None:
    """Are the numbers of good scales and the orders of the rules those of the recorded tables?"""
    sweep = table("fc-depth-and-scale")
    counts = [int(np.sum(sweep[f"{layers}: accuracy"] == 1)) for layers in (3, 5)]
    assert counts == [6, 2]
    assert says(PAGE, "an accuracy of 1 at six scales in a row, five layers at two")
    assert np.isnan(sweep["5: loss"][-1])
    chosen, rates = table("fc-update-rules"), table("fc-learning-rates")
    names = ["sgd", "momentum", "rmsprop", "adam"]
    order = [names[i] for i in np.argsort(-chosen["train acc"][:4].astype(float))]
    assert order == ["adam", "momentum", "rmsprop", "sgd"]
    slow, once, fast = (rates[column] for column in ("rate / 10", "rate", "rate * 10"))
    assert slow[1] - slow[2] > once[1] - once[2]
    assert [names[i] for i in np.argsort(-fast)][:2] == ["rmsprop", "sgd"]
    assert fast[0] > max(fast[1], fast[3]) + 0.1


def test_budgets() -> None:
    """Are the accuracies of the networks those of the recorded tables?"""
    base, improved, plain = table("fc-same-budget")["validation"]
    assert says(PAGE, f"from {short(base, 3)} to {short(plain, 3)} on validation images, and the improved one is at {short(improved, 3)}")
    grid = table("fc-baseline")["best val acc"]
    assert says(PAGE, f"accuracies lie between {short(grid.min(), 3)} and {short(grid.max(), 3)}.")
    (small_high, large_high), (small_low, large_low) = grid.reshape(2, 2)
    assert says(PAGE, f"the larger scale is ahead, by {short(large_high - small_high, 3)} and {short(large_low - small_low, 3)};")
    apart = max(abs(small_high - small_low), abs(large_high - large_low))
    assert says(PAGE, f"the two rates differ by {short(apart, 3)} or less.")
    assert base == grid.max()
    assert says(PAGE, f"{{eq}}`accuracy-error` of about {short(np.sqrt(base * (1 - base) / 1000), 3)}:")
    fifty = table("fc-fifty")
    assert list(fifty["train acc"]) == [1, 1]
    assert says(PAGE, "they get {} and {} right".format(*(short(value, 3) for value in fifty["val acc"])))
    fair = table("fc-equal-budgets")
    ends = []
    for column in ("train", "best validation"):
        means = [spread_of(entry)[0] for entry in fair[column]]
        ends.append(f"{short(min(means))} and {short(max(means))}")
    assert says(PAGE, f"lie between {ends[0]}, and the validation accuracies between {ends[1]}")
    for column in ("best validation", "test"):
        means = [spread_of(entry)[0] for entry in fair[column]]
        assert means[2] == min(means) > 0.395
        assert max(means) < 0.475


def test_normalizations() -> None:
    """Are the accuracies, the gaps and the counts those of the recorded tables?"""
    sweep = table("bn-weight-scales")
    scale, norm = sweep["weight scale"], sweep["bn: val"]
    assert says(PAGE, f"is between {short(norm.min())} and {short(norm.max())}, and highest at a scale between 0.01 and 0.1")
    assert 0.01 < scale[norm.argmax()] < 0.1
    assert sum(sweep["plain: val"] > 0.3) == 3
    assert sweep["plain: loss"][scale > 0.23].min() > 50
    updates = table("ln-equal-updates")
    mean = {
        kind: {part: np.array([spread_of(v)[0] for v in updates[f"{kind}: {part}"]]) for part in ("train", "val")}
        for kind in ("plain", "batchnorm", "layernorm")
    }
    behind = mean["plain"]["train"] - mean["batchnorm"]["train"]
    assert says(PAGE, "by {} on training images, with 10 by {}, and with 50 by {}.".format(*(short(gap, 3) for gap in behind)))
    apart = max(np.abs(mean["plain"][part] - mean["layernorm"][part]).max() for part in ("train", "val"))
    assert says(PAGE, f"by at most {short(apart, 3)} at every batch size")
    deep, few, shrunk = table("ln-deep"), table("ln-few-features"), table("ln-shrunk-weights")
    counts = dict(zip(few["features"], few["different outputs"], strict=True))
    assert says(
        PAGE,
        f"falls to {deep['plain'][-1]:.1e}".replace("e-0", "e-"),
        f"two features give {counts[2]:.0f} different outputs, with ten features {counts[10]:,.0f}",
    )
    assert (shrunk["change"] / shrunk["size after"])[-1] == pytest.approx(0.1, rel=0.2)


def test_a_deep_network() -> None:
    """Is the normalized network ahead by as much as the page says, and do the two tables agree?"""
    end, curves = table("bn-deep"), table("bn-deep-epochs")
    assert [curves[f"{kind}: train"][-1] for kind in end["run"]] == list(end["train acc"])
    lead = curves["batchnorm: val"] - curves["plain: val"]
    assert says(PAGE, "{} against {} at the end".format(*(short(value, 3) for value in end["train acc"])))
    assert says(PAGE, f"the lead is {short(lead[2], 3)} after two epochs and {short(lead[-1], 3)} after ten")
    assert int(np.sum(lead[3:-1] < 0)) == 3
    assert says(PAGE, "after three of the epochs in between the plain network is ahead")


def test_filters_and_edges() -> None:
    """Do the sentences describe the recorded filters and edges, and do the figures show them?"""
    from saw_edges import responses
    from saw_filters import filters

    seen, recorded = responses()[1], table("conv-edges")
    assert np.allclose(recorded["largest"], [image.max() for picture in seen for image in picture], rtol=1e-3)
    edges = recorded["mean"][recorded["filter"] == "edges"]
    assert set(np.round(edges)) == {130}
    assert says(PAGE, "becomes the grey of its offset, 128: the means are 130")
    flat = np.mean(np.abs(seen[:, 1] - 128) < 30)
    assert flat > 0.85
    assert table("conv-filters")["smallest"][0] > 0.001
    assert says(PAGE, "The seventh of the first row is blue above and orange below, and the one under it the other way round")
    blue_over_red = filters().astype(float)[..., 2] - filters()[..., 0]
    for place, sign in ((6, 1), (14, -1)):
        assert sign * blue_over_red[place, :2].mean() > 50
        assert sign * blue_over_red[place, -2:].mean() < -50
    rough = np.abs(np.diff(filters().astype(float).mean(axis=-1), axis=2)).mean(axis=(1, 2))
    assert says(PAGE, "A few are still noisy, as the first of the last row")
    assert rough[24] > np.median(rough)


def test_naive_and_fast() -> None:
    """Are the speed-ups and the differences those of the recorded table?"""
    race, fused = table("conv-naive-and-fast"), table("conv-fused")
    assert says(PAGE, "is {:.0f} times as fast forward and {:.0f} times backward".format(*race["speed-up"][:2]))
    assert max(race["difference"][:2]) < 1e-9
    assert list(race["difference"][2:]) == [0, 0]
    assert 1 < fused["speed-up"][0] < 1.5
    assert says(PAGE, f"backward it is {fused['speed-up'][1]:.1f} times as fast in this run")


def test_a_hundred_images() -> None:
    """Are the last accuracies and the jump of the loss those of the recorded tables?"""
    curves, end = table("conv-overfit-epochs"), table("conv-overfit")
    assert says(PAGE, f"rises to {short(curves['train'][-1])}, while the validation accuracy ends at {short(curves['val'][-1], 3)}.")
    assert says(PAGE, f"the loss jumps from {curves['loss'][0]:.2f} to {curves['loss'][1]:.2f}")
    assert end["train acc"][0] == curves["train"][-1]


def test_dropout_over_the_epochs() -> None:
    """Are the curves those of the single run, with the gap and the order that the figure's description gives?"""
    curves, run = table("dropout-epochs"), table("dropout-single-run")
    for keep, last in zip(("1", "0.25"), run["val acc"], strict=False):
        assert curves[f"keep {keep}: val"][-1] == float(last)
    apart = (curves["keep 1: train"] - curves["keep 0.25: train"])[5:]
    assert apart.mean() == pytest.approx(0.15, abs=0.01)
    assert np.mean(curves["keep 0.25: val"] > curves["keep 1: val"]) > 0.7
    assert min(curves["keep 0.25: val"][5:].mean(), curves["keep 1: val"][5:].mean()) > 0.28


@pytest.mark.slow
def test_averages_of_masks() -> None:
    """How accurate are averages over 1, 8 and 64 masks, compared with test mode, in the figure?"""
    from saw_dropout_ensemble import MASKS, accuracies

    found, test = accuracies()
    means = dict(zip(MASKS, found.mean(axis=1), strict=True))
    for number, share in ((1, 0.27), (8, 0.34), (64, 0.36)):
        # On another processor, the networks are trained with other rounding.
        assert means[number] == pytest.approx(share, abs=0.03)
    assert abs(means[64] - test) < 0.015
    assert says(PAGE, "is right for .27 of the images, an average over 8 masks for .34 and one over 64 for .36", "has .36 too")


def test_dropout_and_convolution() -> None:
    """Are the accuracies, the means and the scatter those of the recorded tables?"""
    run, means = table("dropout-single-run"), table("dropout-means")
    assert says(PAGE, f"{short(run['val acc'][0], 3)} against {short(run['val acc'][1], 3)}.")
    assert max(np.abs(means[column] - 10).max() for column in ("mean in", "mean out, train", "mean out, test")) == pytest.approx(
        0.04, abs=0.005
    )
    scatter = table("conv-batch-statistics")["scatter of the mean"]
    assert says(PAGE, f"over two images scatters by {scatter[1]:.2f} of its standard deviation", f"would scatter by {512**-0.5:.3f}")
    both = table("conv-against-fully-connected")
    assert says(PAGE, "It reaches {} on validation images, against {}.".format(*(short(v, 3) for v in both["val acc"][:2].astype(float))))
