"""Shared by the tests of this folder: the sentences of a page, recorded tables, and numbers as the book writes them.

The tests compute figures of the text with the reference, and look for the sentence with the figure in it. A test fails
if either of the two is changed.
"""

from __future__ import annotations

import re
import sys

import numpy as np

from autograder.paths import REPOSITORY

BOOK = REPOSITORY / "book"
sys.path.insert(0, str(BOOK / "figures"))

from _recorded import table  # noqa: E402

__all__ = ["BOOK", "angle", "power_of_ten", "says", "short", "spread_of", "table"]


def says(page: str, *sentences: str) -> bool:
    """Return whether a page contains each of these sentences, with any line breaks."""
    text = re.sub(r"\s+", " ", (BOOK / f"{page}.md").read_text(encoding="utf-8"))
    missing = [sentence for sentence in sentences if re.sub(r"\s+", " ", sentence) not in text]
    assert missing == []
    return True


def angle(one: np.ndarray, other: np.ndarray) -> float:
    """Return the angle between two arrays, in degrees."""
    return float(np.degrees(np.arccos(np.sum(one * other) / np.linalg.norm(one) / np.linalg.norm(other))))


def power_of_ten(value: float) -> str:
    """Return a number as the book writes it, with one digit."""
    mantissa, exponent = f"{value:.0e}".split("e")
    return f"${mantissa} \\cdot 10^{{{int(exponent)}}}$"


def short(value: float, digits: int = 2) -> str:
    """Return a share as tables and answers write it, such as .46."""
    return f"{value:.{digits}f}".removeprefix("0")


def spread_of(text: str) -> tuple[float, float]:
    """Return the mean and the deviation of an entry such as ``0.449 +- 0.014``."""
    mean, deviation = text.split(" +- ")
    return float(mean), float(deviation)
