"""Do the model answers agree with the recorded tables, and does the book leave the questions to the reader?"""

from __future__ import annotations

import functools
import re

import numpy as np
import pytest

from autograder.generate.notebooks import asked_questions
from autograder.manifest import load_course
from coursenn.classifiers.fc_net import FullyConnectedNet
from coursenn.embedded_data import draw_images
from tests.book.claims.says import BOOK, short, spread_of, table

COURSE = load_course()
QUESTIONS = [question.id for question in COURSE.questions]
# The facts that answer each part of a question: the model answer has all of them, and no section of the book may.
KEYS: dict[str, list[tuple[str, ...]]] = {
    "fc-rel-error": [
        (r"true gradient is (exactly )?(zero|0)", r"noise (by|over|with) noise", r"closer to the kink|next to the kink", r"seven digits"),
        (r"one entry is off|single entry is off", r"same factor", r"[Cc]hange the step|vary the step"),
    ],
    "fc-deep-init": [
        (r"five(-layer network| layers)", r"13 (weight )?scales|two of (the )?thirteen"),
        (r"s \* sqrt\(D / 2\)|7 s\b|7 per cent", r"s\^3|cube of", r"s\^5|fifth power"),
    ],
    "fc-update-rules": [
        (r"10 steps|ten times", r"5e-2|0\.05", r"change sign|alternat"),
        (r"120 steps", r"0\.12\b", r"1\.2\b"),
        (r"Only partly|[Nn]ot far", r"tunes? the rate of (every|each) rule|(every|each) rule tuned"),
    ],
    "fc-fair-comparison": [
        (r"about half of it|half of the improvement", r"\*together\*|cannot be divided|which of the two"),
        (r"twice the larger spread|twice the spread", r"(shrink|narrow)s? the gap"),
        (r"longer budget|finer search|more seeds",),
    ],
    "bn-weight-scale": [
        (r"3 of (the )?20 scales|three of (the )?twenty scales", r"7 of them|seven of them"),
        (r"eps\b|\\epsilon", r"2\.5e-7|2\.5 \\cdot 10\^\{-7\}|quarter of a millionth"),
        (r"1 / a\b|1/a\b", r"adam divides the size|Adam divides the size"),
    ],
    "bn-batch-size": [
        (r"a few dozen examples|some dozens", r"very small (ones|minibatches)"),
        (r"only the \*gap\*|only the gap", r"gap closes|gap goes away"),
    ],
    "bn-preprocessing": [
        (r"3 is like batch|mean image[^.]*like batch", r"2 is like layer|sum[^.]*like layer", r"4 is neither|threshold[^.]*neither"),
    ],
    "ln-when-not": [(r"few features", r"degrees of freedom|position and size", r"D = 1|one feature\b", r"D = 2|two features\b")],
    "dropout-scale": [
        (r"mean out, train", r"2\.5, 4 and 7"),
        (r"1/p\$ times as large|too large by (a factor of )?\$?1/p", r"p\^\{-[LK]\}|factors multiply"),
    ],
    "dropout-regularizer": [
        (r"learnt by heart", r"gap to the validation accuracy (shrinks|is smaller)"),
        (r"single epoch is (one noisy measurement|a noisy)|last epoch is (one|a) noisy",),
    ],
    "conv-backward-is-conv": [
        (r"\(3 0 0 0\)|\(3, 0, 0, 0\)", r"\(2 3 0 0\)|\(2, 3, 0, 0\)", r"the same in both directions|symmetric"),
        (r"7 x 3|7 \\times 3|seven rows and three columns", r"\(0 0 3\)|\(0, 0, 3\)"),
    ],
    "conv-parameters": [
        (r"4,704", r"100,663,296|hundred million", r"[Ll]ocal(ly)? connect", r"[Ss]hared? weights|same weights|same filter"),
        (r"4,096,000|largest array is W2|most (of the )?weights are in (W2|the first affine)",),
    ],
    "conv-group-norm-batch": [
        (r"1/sqrt\(2\)|root of two", r"half of the single-image value|half of that of single images"),
        (r"sets the scale for all|then sets the scale|large channel decides", r"day or night|brightness is the question"),
    ],
}
# A part of an answer in other words than ours, which the keys must recognise as well.
OTHERWISE = {
    "fc-deep-init": "A layer leaves 7 per cent of its input: scores go with the cube of the scale here and with the fifth power there.",
    "fc-update-rules": "Momentum acts like ten times the rate, 0.05, except for components that alternate.",
    "fc-fair-comparison": "The longer training explains half of the improvement; which of the two brought the rest is open.",
    "bn-weight-scale": "On the left the variance is a quarter of a millionth, and $\\epsilon$ takes over.",
    "bn-batch-size": "Between batch sizes only the gap to the plain network counts, and that gap goes away.",
    "bn-preprocessing": "Less the mean image: like batch normalization. Over the sum: like layer normalization. The threshold is neither.",
    "ln-when-not": "With few features the two degrees of freedom are most of them: one feature becomes a constant, two features a sign.",
    "dropout-scale": "At test time the inputs of the next layer are too large by a factor of $1/p$, and the factors multiply.",
    "dropout-regularizer": "The last epoch is a noisy one.",
    "conv-backward-is-conv": "With seven pixels the transpose has seven rows and three columns, and ends with (0, 0, 3).",
    "conv-parameters": "4,704 weights do the work of a hundred million: outputs are locally connected and share weights.",
    "conv-group-norm-batch": "With one group a large channel decides; with as many as channels it is bad if brightness is the question.",
}


@functools.cache
def answers() -> dict[str, str]:
    """Return every model answer, on one line."""
    found = {name: r.answer for notebook in COURSE.notebooks for name, r in asked_questions(COURSE, notebook).items()}
    return {name: re.sub(r"\s+", " ", text) for name, text in found.items()}


def quotes(question: str, *texts: str) -> bool:
    """Return whether a model answer contains each of these texts."""
    missing = [text for text in texts if text not in answers()[question]]
    assert missing == []
    return True


def sections() -> list[tuple[str, str]]:
    """Return every section of the public chapters: its place, and its text on one line."""
    found = []
    for path in sorted(BOOK.glob("*.md")):
        for part in re.split(r"^(?=##)", path.read_text(encoding="utf-8"), flags=re.MULTILINE):
            found.append((f"{path.stem}: {part.partition(chr(10))[0]}", re.sub(r"\s+", " ", part)))
    return found


def test_every_question_has_keys() -> None:
    """Does each question of the course have keys, and do all keys belong to a question?"""
    assert sorted(KEYS) == sorted(QUESTIONS)


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_model_answer_has_all_keys(question: str) -> None:
    """Does the model answer contain all keys, so that the search of the book looks for the right facts?"""
    assert [key for part in KEYS[question] for key in part if not re.search(key, answers()[question])] == []


def answers_a_part(question: str, text: str) -> bool:
    """Return whether a text contains all facts that answer one part of a question."""
    return any(all(re.search(key, text) for key in part) for part in KEYS[question])


@pytest.mark.parametrize("question", OTHERWISE)
def test_an_answer_in_other_words_is_recognised(question: str) -> None:
    """Do the keys recognise a part of the answer in other words?"""
    assert answers_a_part(question, OTHERWISE[question])


@pytest.mark.parametrize("question", QUESTIONS)
def test_no_section_of_the_book_answers_a_question(question: str) -> None:
    """Is every section of the chapters free of all facts that answer one part of a question?"""
    assert [where for where, text in sections() if answers_a_part(question, text)] == []


def test_no_chapter_repeats_a_model_answer() -> None:
    """Do chapters and answers never share ten words in a row?"""
    words = {where: re.findall(r"\w+", text.lower()) for where, text in sections()}
    runs = {tuple(found[i : i + 10]): where for where, found in words.items() for i in range(len(found) - 9)}
    repeated = []
    for question, text in answers().items():
        found = re.findall(r"\w+", text.lower())
        repeated += [
            f"{question}, {runs[run]}: {' '.join(run)}" for i in range(len(found) - 9) if (run := tuple(found[i : i + 10])) in runs
        ]
    assert repeated == []


def test_gradient_cases() -> None:
    """Are the errors in the answer those of the recorded table?"""
    cases = table("fc-gradient-cases")
    b, c, d, e = range(1, 5)
    relative, absolute = cases["relative error"], cases["absolute error"]
    assert f"{relative[e]:.3f}" == f"{relative[d]:.3f}"
    assert quotes("fc-rel-error", f"({relative[e]:.3f} both)", f"({relative[b]:.3f})", f"error of {absolute[c]:.2f}")
    assert quotes("fc-rel-error", f"errors of some tenths ({absolute[e]:.2f} here)")
    assert 0.2 < absolute[e] < 1


def test_depth_and_scale() -> None:
    """Are the counts, the ranges of scales and the growth of the scores those of the recorded table?"""
    sweep = table("fc-depth-and-scale")
    scale = sweep["weight scale"]
    good = {layers: scale[sweep[f"{layers}: accuracy"] == 1] for layers in (3, 5)}
    assert quotes("fc-deep-init", f"{len(good[5])} bring it to accuracy 1.0, and {len(good[3])} the three-layer network")
    assert quotes("fc-deep-init", f"begins at {good[5].min():.3f} instead of {good[3].min():.3f}")
    ends = [int(np.argmin(abs(scale - value))) for value in (0.01, 0.1)]
    for layers, power in ((3, 3), (5, 5)):
        low, high = sweep[f"{layers}: scores"][ends]
        assert np.log10(high / low) == pytest.approx(power, abs=0.05)


def test_update_rules() -> None:
    """Are the accuracies of the four rules those of the two recorded tables, and are the numbers of steps right?"""
    chosen, rates = table("fc-update-rules"), table("fc-learning-rates")
    sgd, momentum, rmsprop, adam = range(4)
    # The last line of the table names the order.
    train, val = (chosen[column][:4].astype(float) for column in ("train acc", "val acc"))
    ahead = f"by {short(train[adam] - train[sgd])} of sgd but only by {short(train[adam] - train[momentum])} of sgd with momentum"
    assert quotes("fc-update-rules", ahead, f"by {short(val[adam] - val[momentum])} on validation images")
    once, ten = rates["rate"], rates["rate * 10"]
    assert quotes("fc-update-rules", f"reaches {short(ten[sgd], 3)} in three epochs; momentum reaches {short(once[momentum], 3)}")
    assert quotes("fc-update-rules", f"reaches only {short(ten[adam], 3)}", f"({short(ten[rmsprop], 3)} against {short(once[adam], 3)})")
    best = [short(max(rates[column][rule] for column in ("rate / 10", "rate", "rate * 10")), 3) for rule in (adam, rmsprop, momentum, sgd)]
    assert quotes("fc-update-rules", "adam reaches {}, rmsprop {}, momentum {} and plain sgd {}".format(*best))
    assert sorted(once)[-1] == once[adam]
    assert ten[adam] + 0.1 < min(ten[rmsprop], ten[sgd])
    assert ten[rmsprop] > once[rmsprop] - 0.02
    assert 3 * (4000 // 100) == 120
    assert sum(1e-4 / np.sqrt(1 - 0.99**t) for t in range(1, 121)) == pytest.approx(0.0227, abs=1e-4)
    assert quotes("fc-update-rules", "0.12 is more than twice the size of the first weights, 0.05")


def ahead(one: tuple[float, float], other: tuple[float, float]) -> tuple[float, float]:
    """Return by how much a mean is ahead of another, and the larger of their deviations."""
    return one[0] - other[0], max(one[1], other[1])


def test_fair_comparison() -> None:
    """Are the shares of the improvement, the differences and their spreads those of the recorded tables?"""
    budget = table("fc-same-budget")
    for column in ("validation", "test"):
        base, improved, plain = budget[column]
        assert (plain - base) / (improved - base) == pytest.approx(0.5, abs=0.05)
        assert quotes("fc-fair-comparison", short(improved - base, 3), short(plain - base, 3), short(improved - plain, 3))
    fair = table("fc-equal-budgets")
    plain, norm, dropout, both = ({c: spread_of(fair[c][i]) for c in ("train", "best validation", "test")} for i in range(4))
    gains = {column: [ahead(kind[column], plain[column]) for kind in (norm, both)] for column in ("best validation", "test")}
    alone, together = ([f"by {short(gains[column][i][0], 3)}" for column in gains] for i in range(2))
    assert quotes("fc-fair-comparison", f"{alone[0]} on validation and {alone[1]} on test images, and both together {together[0]} and")
    assert quotes("fc-fair-comparison", f"and {together[1].removeprefix('by ')}: each less than twice")
    for column in ("best validation", "test"):
        assert all(0 < gain < 2 * spread for gain, spread in gains[column])
        lost, spread = ahead(plain[column], dropout[column])
        assert quotes("fc-fair-comparison", f"by {short(lost, 3)} on both, little more than a spread")
        assert 0 < lost < 1.5 * spread
        lead, spread = ahead(both[column], dropout[column])
        assert quotes("fc-fair-comparison", f"by {short(lead, 3)} on")
        assert lead > 2 * spread
        apart, spread = ahead(both[column], norm[column])
        assert abs(apart) < spread
    gaps = [short(kind["train"][0] - kind["best validation"][0]) for kind in (norm, both)]
    assert quotes(
        "fc-fair-comparison", f"from {gaps[0]} to {gaps[1]}", f"({short(dropout['train'][0])} against {short(plain['train'][0])})"
    )


def test_weight_scales() -> None:
    """Are the ranges of scales, the losses and the spreads of the layers those of the recorded tables?"""
    sweep, layers = table("bn-weight-scales"), table("bn-layer-spreads")
    scale = sweep["weight scale"]
    plain, norm = (scale[sweep[f"{kind}: val"] > 0.3] for kind in ("plain", "bn"))
    assert quotes("bn-weight-scale", f"only from {plain.min():.3f} to {plain.max():.3f}, at {len(plain)} of 20 scales")
    assert quotes("bn-weight-scale", f"at {len(norm)} of them, from {norm.min():.3f} to {norm.max():.3f}")
    low = scale < 0.0131
    assert sweep["plain: loss"][low].min() > 2
    highest = max(sweep["plain: val"][low].max(), sweep["plain: train"][low].max())
    assert quotes("bn-weight-scale", f"its accuracies are at most about {highest:.2f}")
    broken = sweep["plain: loss"][np.argmin(abs(scale - 0.2336))]
    assert quotes("bn-weight-scale", f"its loss is {broken:.0f} and grows to 2e7")
    assert sweep["plain: loss"].max() == pytest.approx(2e7, rel=0.05)
    assert quotes("bn-weight-scale", f"({short(sweep['plain: val'].max(), 3)} against {short(sweep['bn: val'].max(), 3)})")
    shrunk = layers["bn 0.0001"]
    assert quotes("bn-weight-scale", f"{shrunk[1]:.2f}, {shrunk[2]:.3f}, ... {shrunk[-1]:.0e}".replace("e-0", "e-"))


def test_the_first_loss_at_weights_of_size_one() -> None:
    """With batch normalization and weights of size 1, is the first loss in the answer's range for most draws?"""
    images, y = draw_images(300, seed=0)
    x, losses = (images - images.mean(axis=0))[:50], []
    for seed in range(20):
        np.random.seed(seed)
        net = FullyConnectedNet([50] * 7, weight_scale=1.0, normalization="batchnorm")
        losses.append(net.loss(x, y[:50])[0])
    assert quotes("bn-weight-scale", "a first loss between 7 and 9 for most draws")
    assert np.mean([6.5 < loss < 9 for loss in losses]) > 0.7
    assert 7 < np.mean(losses) < 8.5


def test_batch_sizes() -> None:
    """Are the accuracies and the gaps those of the recorded tables?"""
    epochs, updates, noise = table("bn-batch-sizes"), table("bn-equal-updates"), table("bn-batch-statistics")
    plain, five, ten, fifty = epochs["train, last"]
    assert quotes("bn-batch-size", f"{short(fifty)}, {short(ten)} and {short(five)} on training images")
    assert quotes("bn-batch-size", f"({short(five)} against {short(plain)})")
    without, within = epochs["val, last"][:2]
    assert quotes("bn-batch-size", f"({short(within)} against {short(without)})")
    assert abs(without - within) < 2 * np.sqrt(2 * without * (1 - without) / 1000)
    sides = {
        part: [[spread_of(updates[f"{kind}: {part}"][i]) for kind in ("plain", "batchnorm")] for i in range(3)] for part in ("train", "val")
    }
    gap = {part: [one[0] - other[0] for one, other in rows] for part, rows in sides.items()}
    assert quotes(
        "bn-batch-size", f"by {short(gap['train'][0] + 1e-9)} on training images", f"by {short(gap['val'][0])} on validation images"
    )
    assert quotes("bn-batch-size", f"at 10 it is {short(gap['train'][1])} behind on training images and level")
    assert gap["train"][0] > 3 * max(deviation for _, deviation in sides["train"][0])
    assert 1.3 < gap["val"][0] / max(deviation for _, deviation in sides["val"][0]) < 1.7
    assert gap["val"][1] < sides["val"][1][1][1]
    for part in ("train", "val"):
        assert abs(gap[part][2]) < max(deviation for _, deviation in sides[part][2])
    means, stds, spreads = (noise[c] for c in ("error of the mean", "mean of the std", "spread of the std"))
    assert quotes("bn-batch-size", f"off by {means[1]:.2f}", f"too small by {100 * (1 - stds[1]):.0f}%", f"spread of {spreads[1]:.2f}")
    assert quotes("bn-batch-size", f"it is {means[3]:.2f}, {100 * (1 - stds[3]):.0f}% and {spreads[3]:.2f}")


def test_three_experiments_with_layer_normalization() -> None:
    """Are the numbers of the three experiments those of the recorded tables?"""
    deep, few, shrunk = table("ln-deep"), table("ln-few-features"), table("ln-shrunk-weights")
    assert quotes("ln-when-not", f"shrink to {deep['plain'][-1]:.0e}".replace("e-0", "e-"))
    assert few["different outputs"][0] == 1
    assert few["different outputs"][1] < 12
    assert few["size of the gradient"][1] < 1e-3
    change = shrunk["change"] / shrunk["size after"]
    assert change[2] == pytest.approx(1e-3, rel=0.3)
    assert change[3] == pytest.approx(0.1, rel=0.3)
    assert quotes("ln-when-not", "by one part in a thousand", "one part in ten")


def test_dropout_numbers() -> None:
    """Are the accuracies, the gap and the spreads those of the recorded tables?"""
    run, seeds = table("dropout-single-run"), table("dropout-seeds")
    assert quotes("dropout-regularizer", f"reaches {short(run['train acc'][0])}", f"ends at {short(run['train acc'][1])}")
    means, deviations = zip(*(spread_of(v) for v in seeds["val, mean"]), strict=True)
    assert quotes("dropout-regularizer", f"{short(means[1], 3)} against {short(means[0], 3)} over five seeds")
    assert quotes("dropout-regularizer", f"the means differ by {short(means[1] - means[0], 3)}, with spreads of")
    assert quotes("dropout-regularizer", f"{short(deviations[1], 3)} and {short(deviations[0], 3)}")
    assert quotes("dropout-regularizer", f"({short(run['val acc'][1], 3)} with dropout, {short(run['val acc'][0], 3)} without)")


def test_the_matrices_of_a_convolution() -> None:
    """Are the answer's rows those of the matrices?"""
    w, dout = np.array([1, 2, 3]), np.eye(4)
    unflipped = np.array([np.correlate(np.pad(column, 2), w, "valid") for column in dout]).T
    assert quotes("conv-backward-is-conv", *(f"({' '.join(str(int(v)) for v in row)})" for row in unflipped[:2]))
    transpose = np.zeros((7, 3), int)
    for i in range(3):
        transpose[2 * i : 2 * i + 3, i] = w
    assert quotes("conv-backward-is-conv", "7 x 3", *(f"({' '.join(map(str, transpose[row]))})" for row in (6, 4)))
    six = transpose[:6, :2]
    assert quotes("conv-backward-is-conv", *(f"row {row} " for row in np.flatnonzero((six > 0).sum(axis=1) != 1)))


def test_scatter_of_small_batches() -> None:
    """Is the scatter of the mean that of the recorded table?"""
    scatter = table("conv-batch-statistics")
    single, two = scatter["scatter of the mean"][:2]
    assert two / single == pytest.approx(1 / np.sqrt(2), rel=0.06)
    assert scatter["one image fixed"][1] / single == pytest.approx(0.5, rel=0.1)
    fixed = scatter["one image fixed"][1]
    assert quotes(
        "conv-group-norm-batch", f"by {short(two)} of a standard", f"against {short(single)} for", f"by {short(fixed)}, about half"
    )
