"""What the tests of this folder share: a page's sentences, recorded tables, and how the book writes numbers.

Figures in prose are computed here with the reference, and the test asks for the sentence with the figure in it. Whoever
changes either one is told.
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
    """Whether a page holds each of these sentences, wherever its lines are broken."""
    text = re.sub(r"\s+", " ", (BOOK / f"{page}.md").read_text(encoding="utf-8"))
    missing = [sentence for sentence in sentences if re.sub(r"\s+", " ", sentence) not in text]
    assert missing == []
    return True


def angle(one: np.ndarray, other: np.ndarray) -> float:
    """The angle between two arrays, in degrees."""
    return float(np.degrees(np.arccos(np.sum(one * other) / np.linalg.norm(one) / np.linalg.norm(other))))


def power_of_ten(value: float) -> str:
    """A number as the book writes it, with one digit."""
    mantissa, exponent = f"{value:.0e}".split("e")
    return f"${mantissa} \\cdot 10^{{{int(exponent)}}}$"


def short(value: float, digits: int = 2) -> str:
    """A share as tables and answers write it: .46."""
    return f"{value:.{digits}f}".removeprefix("0")


def spread_of(text: str) -> tuple[float, float]:
    """Mean and deviation of an entry such as ``0.449 +- 0.014``."""
    mean, deviation = text.split(" +- ")
    return float(mean), float(deviation)
