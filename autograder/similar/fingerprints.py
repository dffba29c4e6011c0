"""What a function looks like, independent of its variables' names: tokens, rows of them, and the rows that winnowing keeps.

Winnowing: Schleimer, Wilkerson and Aiken, "Winnowing: Local Algorithms for Document Fingerprinting", SIGMOD 2003. A passage of at least
``ROW + WINDOW - 1`` tokens that two texts share is found, and none shorter than ``ROW`` is.
"""

from __future__ import annotations

import keyword
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import blake2b

from autograder.pages.source_lines import Definition

ROW = 8
"""Number of tokens in a row, which are compared together: three or four make up what everybody writes, such as ``np.sum(x, axis=0)``."""
WINDOW = 4
"""At least one of this many successive rows is kept."""
MOST_TOKENS = 4_000
"""Most tokens of one function; later ones are not looked at, so that the cost is bounded for any code."""


@dataclass(frozen=True)
class Token:
    """A word or symbol, and the lines of its statement."""

    word: str
    first: int
    last: int


def tokens_of(definition: Definition) -> tuple[Token, ...]:
    """The tokens of a function after its head, without comments and docstrings. Variables have no names and strings no text."""
    found: list[Token] = []
    for statement in definition.statements[1:]:
        if not statement.is_string:
            words = _words(statement.pieces)
            found += [Token(word, statement.first, statement.last) for word in words]
    return tuple(found[:MOST_TOKENS])


def _words(pieces: Sequence[str]) -> Iterable[str]:
    before = ""
    for piece, after in zip(pieces, (*pieces[1:], ""), strict=True):
        if piece[0] in "\"'":
            yield "text"
        elif not piece.isidentifier() or keyword.iskeyword(piece) or before == "." or after == "(":
            yield piece  # names of called functions and of attributes of modules say what is done
        else:
            yield "name"
        before = piece


def rows(tokens: Sequence[Token]) -> list[int]:
    """A number for each row of `ROW` tokens, in order; the same row has the same number in every run."""
    words = [t.word for t in tokens]
    return [
        int.from_bytes(blake2b("\0".join(words[i : i + ROW]).encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big")
        for i in range(len(words) - ROW + 1)
    ]


def winnowed(numbers: Sequence[int]) -> frozenset[int]:
    """The rows that are kept: the smallest number of each window."""
    if len(numbers) <= WINDOW:
        return frozenset(numbers and [min(numbers)])
    return frozenset(min(numbers[i : i + WINDOW]) for i in range(len(numbers) - WINDOW + 1))
