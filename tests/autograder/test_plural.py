"""Do words agree with their numbers?"""

from __future__ import annotations

import pytest

from autograder.plural import counted, in_words, word_for


@pytest.mark.parametrize(
    ("number", "text"), [(0, "0 files"), (1, "1 file"), (1.0, "1 file"), (2, "2 files"), (0.5, "0.5 files"), (2.005, "2 files")]
)
def test_numbers(number: float, text: str) -> None:
    """Is the singular used only for 1?"""
    assert counted(number, "file") == text


def test_words() -> None:
    """Are irregular plurals accepted, and small numbers written out?"""
    assert counted(2, "entry", "entries") == "2 entries"
    assert word_for(1, "reads", "read") == "reads"
    assert [in_words(n) for n in (0, 1, 6, 12, 13)] == ["no", "one", "six", "twelve", "13"]
