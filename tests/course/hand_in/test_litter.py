"""What is passed over as litter, and is nothing else?"""

from __future__ import annotations

import pytest

from autograder.given_module import given_module
from tests.hand_ins import LITTER, RULES

litter = given_module("_hand_in.litter")


@pytest.mark.parametrize("name", LITTER)
@pytest.mark.parametrize("wrapping", ["", "work/env/"])
def test_litter(name: str, wrapping: str) -> None:
    """Is what systems and tools leave behind told, below any folder?"""
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
def test_no_litter(name: str) -> None:
    """Is work not taken for litter, wherever it lies: a folder called env is one only when an environment is in it?"""
    assert not litter.is_litter(name)
    assert not litter.is_litter(name, {""} if not name.startswith(("lib", "bin")) else set()), "an environment around the work"
