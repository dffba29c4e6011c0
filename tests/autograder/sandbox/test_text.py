"""Is text from student code safe wherever it is shown?"""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.sandbox.text import safe_text
from tests.examples import examples


@given(st.text(max_size=2000))
@settings(max_examples=examples(300))
def test_shown_text_is_short_and_printable(text: str) -> None:
    """Is text from student code safe for a terminal and a page?"""
    shown = safe_text(text)
    assert len(shown) <= 240
    assert "\n" not in shown
    assert shown.replace("\u2026", "").isprintable()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("operands (4,5) and (3,) with 0.123456 -1.5e-07 1e10 12. nan 123456789", "operands (4,5) and (3,) with # # # # nan #"),
        ("shapes (10,3,32,32) (2,), index 12345, line 8", "shapes (10,3,32,32) (2,), index 12345, line 8"),
        ("0x1.91eb851eb851fp+1 -0x0.0p+0", "# #"),
        (r"b'\xcd\xccA\x00' b'abc'", "b'#A#' b'abc'"),
        ("AAAAAIA8P0a9BBBBBB== cdcccccccc3c0340", "# #"),
        ("1_234_567 \uff11\uff0e\uff12\uff13\uff14 3,141592653", "# # 3,#"),
        ("conv_relu_pool_forward AffineReluBackward2 is not defined", "conv_relu_pool_forward AffineReluBackward2 is not defined"),
        ("\x1b[31mred\x1b[0m \x9b1mbold \x1b]0;title\x07 end", "red bold end"),
        ("a\u0300\u0300\u0300\u0300b\u20dd \u061c\u202e\U000e0041c", "à\u0300\u0300b c"),
    ],
)
def test_shown_text_holds_no_numbers_that_could_be_inputs(text: str, shown: str) -> None:
    """Are numbers in all of Python's notations left out, and shapes and names kept?"""
    assert safe_text(text) == shown
