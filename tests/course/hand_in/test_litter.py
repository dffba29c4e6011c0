"""Are the files that systems and tools leave in folders skipped, and no others?"""

from __future__ import annotations

import pytest

from autograder.given_module import given_module
from tests.hand_ins import LITTER, RULES

litter = given_module("_hand_in.litter")


@pytest.mark.parametrize("name", LITTER)
@pytest.mark.parametrize("wrapping", ["", "work/env/"])
def test_litter(name: str, wrapping: str) -> None:
    """Is each such file recognised in any folder?"""
    names = [wrapping + each for each in LITTER]
    assert litter.is_litter(wrapping + name, litter.environments_among(names))


@pytest.mark.parametrize(
    "name",
    [
        *RULES.places,
        *(f"{folder}/{RULES.places[0]}" for folder in ("env", "venv", "git", "lib", "bin", "Thumbs.db", "build", "library/python3x")),
        "coursenn/mine.py",
        "report.pdf",
    ],
)
def test_work_is_not_litter(name: str) -> None:
    """Is work read in any folder, even one called env that does not contain an environment?"""
    assert not litter.is_litter(name)
    assert not litter.is_litter(name, {""} if not name.startswith(("lib", "bin")) else set()), "an environment that contains the work"
