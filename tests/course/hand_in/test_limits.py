"""Do the pages give the limits that are applied?"""

from __future__ import annotations

import re

import pytest

from autograder.given_module import hand_in
from autograder.paths import REPOSITORY


@pytest.mark.parametrize(
    ("page", "sentences"),
    [
        (
            "course/README.md",
            {".ipynb": r"A notebook may be up to {} MB\.", ".py": r"A source file may be up to {} MB", ".npz": r"weights up to {} MB"},
        ),
        ("INSTRUCTOR.md", {".ipynb": r"notebook over {} MB", ".py": r"Source files may be up to {} MB", ".npz": r"networks up to {} MB"}),
    ],
)
def test_the_pages_give_the_limits_in_use(page: str, sentences: dict[str, str]) -> None:
    """Is each size in the pages for students and instructors the one that is applied?"""
    text = " ".join((REPOSITORY / page).read_text(encoding="utf-8").split())
    assert set(sentences) == set(hand_in.limits.MAX_FILE_BYTES)
    for ending, sentence in sentences.items():
        assert re.search(sentence.format(hand_in.limits.MAX_FILE_BYTES[ending] // hand_in.limits.MEGABYTE), text), sentence
