"""Does each exercise in code have a solution that passes its own check, and a check that can fail?"""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.book.claims.says import BOOK

PAIR = re.compile(
    r"^````\{exercise\} Code\n:label: (?P<label>\S+)\n(?P<task>.*?)^````\n\n^````\{solution\} (?P=label)\n(?P<answer>.*?)^````$",
    re.MULTILINE | re.DOTALL,
)
LISTING = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
EXERCISES = {
    found["label"]: ("".join(LISTING.findall(found["task"])), "".join(LISTING.findall(found["answer"])))
    for page in sorted(BOOK.glob("*.md"))
    for found in PAIR.finditer(page.read_text(encoding="utf-8"))
}


def test_chapters_have_exercises_in_code() -> None:
    """Is there one exercise in code in each chapter with exercises?"""
    pages = [page for page in BOOK.glob("*.md") if "## Exercises" in page.read_text(encoding="utf-8")]
    assert len(EXERCISES) == len(pages) > 10


@pytest.mark.parametrize("label", EXERCISES)
def test_a_solution_passes_its_own_check(label: str) -> None:
    """Does the code of the folded solution do what the exercise asserts?"""
    check, solution = EXERCISES[label]
    assert "assert" in check
    names: dict[str, Any] = {}
    exec(solution, names)
    exec(check, names)


@pytest.mark.parametrize("label", EXERCISES)
def test_a_check_fails_without_the_solution(label: str) -> None:
    """Does a function that always returns zero fail?"""
    check, solution = EXERCISES[label]
    names: dict[str, Any] = {name: lambda *_: 0.0 for name in re.findall(r"^def (\w+)", solution, re.MULTILINE)}
    with pytest.raises((AssertionError, TypeError, AttributeError)):
        exec(check, names)
