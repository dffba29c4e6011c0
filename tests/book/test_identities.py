"""Do the two sides of the book's equations agree, and is every equation computed or listed with a reason?"""

from __future__ import annotations

import numpy as np
import pytest

from autograder.generate.equations import labels
from autograder.paths import REPOSITORY
from tests.book.identities import load
from tests.book.identities.definitions import NOT_COMPUTED
from tests.book.identities.registry import Identity

IDENTITIES = load()
EQUATIONS = {label: page.stem for page in sorted((REPOSITORY / "book").glob("*.md")) for label in labels(page.read_text(encoding="utf-8"))}


@pytest.mark.parametrize("identity", IDENTITIES, ids=lambda i: f"{i.page}:{i.name}")
def test_both_sides_agree(identity: Identity) -> None:
    """Does the equation hold on random arrays?"""
    assert identity.error() < identity.below


@pytest.mark.parametrize("identity", IDENTITIES, ids=lambda i: f"{i.page}:{i.name}")
def test_the_sides_are_computed_separately(identity: Identity) -> None:
    """Are the sides separate arrays, and is at least one of them not zero, unless the identity says so?"""
    pairs = [(np.asarray(left), np.asarray(right)) for left, right in identity.pairs(np.random.default_rng(1))]
    assert not any(np.shares_memory(left, right) for left, right in pairs)
    assert any(np.any(np.abs(left) > 1e-3) for left, _ in pairs) or identity.says.count("zero")


def test_every_equation_is_computed_or_a_definition() -> None:
    """Does each labelled equation have an identity, or a reason why it has none?"""
    computed = {i.label for i in IDENTITIES}
    assert set(EQUATIONS) - computed - set(NOT_COMPUTED) == set()
    assert set(NOT_COMPUTED) - set(EQUATIONS) == set()
    assert not computed & set(NOT_COMPUTED)


def test_identities_belong_to_their_page() -> None:
    """Is each identity about an equation of the page that its module is named after?"""
    assert [(i.label, i.page) for i in IDENTITIES if EQUATIONS.get(i.label) != i.page] == []


def test_a_wrong_equation_is_noticed() -> None:
    """Does a relative error of 1e-6 in one side give an error above the bound?"""

    def off(rng: np.random.Generator):
        x = rng.standard_normal(5)
        yield x, x * (1 + 1e-6)

    assert Identity("label", "page", "off", "says", 1e-12, off).error() > 1e-8


def test_the_table_is_long_enough() -> None:
    """Are there at least sixty computed identities?"""
    assert len(IDENTITIES) >= 60
