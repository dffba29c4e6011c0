"""Does the message about a failed matrix product name the documented length that was expected?"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from autograder.checking import Call, Ref
from autograder.engine.documented_shapes import documented, unmet_length

SIGNATURE = "with gufunc signature (n?,k),(k,m?)->(n?,m?)"
MATMUL = f"matmul: Input operand 1 has a mismatch in its core dimension 0, {SIGNATURE} (size {{}} is different from {{}})"
DOT = "shapes (4,3,5) and (15,2) not aligned: {} (dim 2) != {} (dim 0)"
FORWARD = Call("layers.affine_forward", (np.zeros((4, 3, 5)), np.zeros((15, 2)), np.zeros(2)), {})
BACKWARD = Call("layers.affine_backward", (np.zeros((4, 2)), Ref("1", (("item", 1),))), {})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (MATMUL.format(15, 5), "the matrix product needs a side of length D, as in w of shape (D, M), but got one of another length"),
        (DOT.format(5, 15), "the matrix product needs a side of length D, as in w of shape (D, M), but got one of another length"),
        (MATMUL.format(2, 15), "a side of length D meets one of length M in a matrix product"),
        (MATMUL.format(7, 8), ""),
        ("operands could not be broadcast together with shapes (4,3) (15,)", ""),
    ],
)
def test_lengths_have_the_letters_of_the_docstring(text: str, said: str, reference: Path) -> None:
    """Are both of numpy's wordings understood, and is nothing said about lengths without a letter?"""
    assert unmet_length(text, {"1": FORWARD}, reference) == said


def test_a_backward_pass_knows_the_arrays_of_its_forward_pass(reference: Path) -> None:
    """Are the letters of the cache's arrays known, and those of the upstream gradient?"""
    calls = {"1": FORWARD, "2": BACKWARD}
    assert unmet_length(MATMUL.format(2, 4), {"2": BACKWARD}, reference) == "a side of length M meets one of length N in a matrix product"
    assert "length D" in unmet_length(MATMUL.format(15, 5), calls, reference)


def test_what_could_be_one_of_two_lengths_is_not_guessed(reference: Path) -> None:
    """Is nothing said if two letters have the same length, or if two calls use different letters for it?"""
    square = Call("layers.affine_forward", (np.zeros((4, 15)), np.zeros((15, 15)), np.zeros(15)), {})
    assert not unmet_length(MATMUL.format(15, 5), {"1": square}, reference)
    other = Call("layers.affine_forward", (np.zeros((4, 7)), np.zeros((7, 15)), np.zeros(15)), {})
    assert not unmet_length(MATMUL.format(15, 5), {"1": FORWARD, "2": other}, reference)


def test_shapes_come_from_the_docstrings(reference: Path) -> None:
    """Are letters read, and shapes with dots in them left out?"""
    assert documented(reference, "layers.affine_forward") == {"w": ("D", "M"), "b": ("M",), "out": ("N", "M")}
    assert documented(reference, "layers.conv_forward_naive")["x"] == ("N", "C", "H", "W")
    assert documented(reference, "classifiers.cnn.ThreeLayerConvNet") == {}
