"""Do formulas have correct spaces, brackets and accents?"""

from __future__ import annotations

import re

import pytest

from autograder.pages.mathematics import formula


def written(latex: str, display: bool = False) -> str:
    """The elements of a formula, without the outermost ones."""
    found = re.search(r"<math[^>]*><mrow>(.*)</mrow></math>", formula(latex, display))
    assert found
    return found[1]


@pytest.mark.parametrize(
    ("latex", "expected"),
    [
        (r"\max(x)", '<mi>max</mi><mo stretchy="false">(</mo>'),
        (r"\operatorname{mean}(x)", '<mi>mean</mi><mo stretchy="false">(</mo>'),
        (r"\log p", '<mi>log</mi><mspace width="0.167em"></mspace><mi>p</mi>'),
        (r"a \log p", '<mi>a</mi><mspace width="0.167em"></mspace><mi>log</mi>'),
        (r"w \perp u", "<mo>⟂</mo>"),
        (r"a \sim b", "<mo>∼</mo>"),
        (r"\lfloor x \rfloor", '<mo stretchy="false">⌊</mo>'),
        (r"\Bigl\lfloor x \Bigr\rfloor", ">⌊</mo>"),
        (r"(-x)", '<mo form="prefix">−</mo>'),
        (r"a = -x", '<mo form="prefix">−</mo>'),
        ("a =: b", '<mo rspace="0">=</mo><mo lspace="0" rspace="0.278em">:</mo>'),
        (r"\Delta x", '<mi mathvariant="normal">Δ</mi>'),
        (r"\partial x", "<mi>∂</mi>"),
        ("10{,}000", '<mrow><mo lspace="0" rspace="0">,</mo></mrow>'),
        (r"\hat x", '<mover accent="true"><mi>x</mi><mo stretchy="false">ˆ</mo></mover>'),
        (r"\bar{\hat x}", '<mo stretchy="false">¯</mo>'),
        (r"\overline{\sigma^2}", '<mo accent="true" stretchy="true">¯</mo>'),
    ],
)
def test_signs_and_names_have_the_right_elements(latex: str, expected: str) -> None:
    """Is a bracket an operator, a function a name, and a sign at the start a prefix?"""
    assert expected in written(latex)


def test_a_minus_between_two_terms_is_infix() -> None:
    """Does the minus of a difference have the spaces of an operator?"""
    assert "<mo>−</mo>" in written("a - b")
    assert "<mo>−</mo>" in written("(a) - b")


def test_the_index_of_a_maximum_is_below_it_in_a_displayed_formula() -> None:
    """Is it a subscript only in a formula within a line?"""
    assert "<munder><mi>max</mi>" in written(r"\max_k x_k", display=True)
    assert "<msub><mi>max</mi>" in written(r"\max_k x_k")
