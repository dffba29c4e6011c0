"""Does the microscope name the place of the catalogue's mistakes in the reference, whose steps have names?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from autograder.manifest import Course
from autograder.mistakes.entries import load_mistakes
from autograder.mistakes.mistake import Mistake
from tests.course.debug.catalogue import Look, changed_names, look, neighbours
from tests.course.debug.examples import EXAMPLES

WEIGHTS = {"W1", "W2", "W3"}
BY_HAND = {
    # The mistake changes the loss and not its gradient: the place is the first values that the loss is computed from.
    "softmax-loss-loss-summed": {"x"},
    "softmax-loss-averaged-over-classes": {"x"},
    "softmax-loss-sign-of-the-loss": {"x"},
    "softmax-loss-another-logarithm": {"x"},
    "svm-loss-averaged-over-classes": {"x"},
    "svm-loss-squared": {"x"},
    "svm-loss-loss-summed": {"x"},
    "two-layer-net-loss-averaged-twice": {"scores"},
    "fc-net-basic-loss-averaged-twice": {"scores"},
    "three-layer-convnet-loss-averaged-twice": {"scores"},
    "two-layer-net-no-half": WEIGHTS,
    "fc-net-basic-no-half": WEIGHTS,
    "fc-net-normalization-no-half": WEIGHTS,
    "three-layer-convnet-no-half": WEIGHTS,
    # In the sandwiches of the reference, no value between the ReLU and the inputs of the layer before it has a name.
    "affine-relu-relu-forgotten-in-backward": {"x", "w", "b"},
    "affine-relu-relu-before-the-affine-layer": {"x"},
    "affine-relu-upstream-cut-off": {"x", "w", "b"},
    "conv-relu-relu-forgotten-in-backward": {"x", "w", "b"},
    "conv-relu-db-before-the-relu": {"b"},
    "conv-relu-pool-relu-forgotten-in-backward": {"x", "w", "b"},
    "conv-relu-pool-no-relu": {"x", "w", "b"},
    # The forward pass skips the normalization, and the backward pass does not.
    "affine-norm-relu-no-norm": {"normalized"},
    "conv-bn-relu-no-norm": {"normalized"},
    # A gradient is not returned.
    "two-layer-net-one-gradient-missing": {"b1", "b2"},
    "fc-net-basic-last-layer-only": {"b2"},
    "three-layer-convnet-only-the-last-gradients": {"b2"},
    "fc-net-normalization-no-normalization-in-the-net": {"beta2"},
    "fc-net-normalization-last-layer-normalized": {"beta3"},
    "fc-net-normalization-gamma-without-gradient": {"gamma2"},
    "fc-net-normalization-layer-norm-ignored": {"beta2"},
    # The cache of the forward pass, and one dropout of several.
    "batchnorm-backward-dgamma-with-x": {"gamma"},
    "fc-net-dropout-dropout-of-one-layer-forgotten-in-backward": {"out"},
}
"""Mistakes whose place does not follow from the statements that they change."""
TIES_ONLY = ("max-pool-backward-equal-entries-each-get-all",)
QUICK = (
    "batchnorm-backward-no-path-through-the-variance",
    "layernorm-backward-gamma-forgotten",
    "conv-relu-pool-pooling-forgotten-in-backward",
    "two-layer-net-no-half",
)


def places_of(mistake: Mistake, reference: Path) -> set[str]:
    """Return the names of the values at which the mistake can be seen first."""
    # The penalty and its gradient are computed from the weights.
    penalized = WEIGHTS if "-l2" in mistake.id else set()
    return BY_HAND.get(mistake.id.partition(" ")[0]) or penalized | changed_names(mistake, reference)


def verdict(mistake: Mistake, seen: Look, reference: Path) -> str:
    """Return how close to the mistake the named place is, or why there is no place."""
    if seen.found is not None and seen.found.place is not None:
        expected = places_of(mistake, reference)
        if seen.found.place.node.key[0] in expected:
            return "the wrong value itself"
        return "its neighbour" if expected & neighbours(seen.found) else "elsewhere"
    if seen.error is not None:
        return f"no place: the code raises ({type(seen.error).__name__})"
    if "in-place" in mistake.tags:
        told = any("writes into" in note for note in seen.notes)
        return f"no place: the gradients are right, and the code writes into an argument, which is {'reported' if told else 'not reported'}"
    if mistake.id in TIES_ONLY:
        return "no place: it only shows at ties, where nothing can be compared"
    if "backward" in mistake.scope or "backward" in mistake.task:
        return "no place: the gradients of these inputs are right"
    return "no place: the gradients are those of the forward pass as it is written"


def forms(course: Course) -> list[Mistake]:
    return [form for mistake in load_mistakes(course) if mistake.task in EXAMPLES for form in mistake.forms]


@pytest.mark.parametrize("name", QUICK)
def test_some_mistakes_are_found(name: str, course: Course, reference: Path, tmp_path: Path) -> None:
    """Does the microscope name the place of the mistake or its neighbour?"""
    mistake = next(form for form in forms(course) if form.id == name)
    assert verdict(mistake, look(mistake, reference, tmp_path), reference) in ("the wrong value itself", "its neighbour")


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_every_mistake_with_a_place_is_found(
    course: Course, reference: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], record_property: Callable[[str, object], None]
) -> None:
    """Does it do so for every form of every entry about gradients that has a place?"""
    found: dict[str, list[str]] = {}
    for mistake in forms(course):
        found.setdefault(verdict(mistake, look(mistake, reference, tmp_path), reference), []).append(mistake.id)
    with capsys.disabled():
        for reason, ids in sorted(found.items()):
            print(f"\n{len(ids)} forms of {len({i.partition(' ')[0] for i in ids})} entries: {reason}\n  {', '.join(ids)}")
    counts = Counter({reason: len(ids) for reason, ids in found.items()})
    record_property("microscope", dict(counts))
    assert "elsewhere" not in found, found["elsewhere"]
    assert counts["the wrong value itself"] > 10 * counts["its neighbour"]
