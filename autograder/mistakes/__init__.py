"""The catalogue of mistakes: each entry is one misconception, as a small executable variant of the reference.

An entry proves that the hidden checks catch it (`autograder audit`), and names it in feedback. Entries live in ``*.toml``
beside this file, one file for each topic, and in ``mistakes/*.toml`` of an extra folder.

>>> from autograder.manifest import load_course
>>> from autograder.mistakes import load_mistakes
>>> mistakes = load_mistakes(load_course())
"""

from __future__ import annotations

from autograder.mistakes.entries import MistakesError, load_mistakes, mistakes_of
from autograder.mistakes.mistake import Mistake
from autograder.mistakes.variants import substitute, substitute_both, variant

__all__ = ["Mistake", "MistakesError", "load_mistakes", "mistakes_of", "substitute", "substitute_both", "variant"]
