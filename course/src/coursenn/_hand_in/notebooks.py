"""A notebook without its outputs, made without reading it whole into objects: what is left out is never parsed."""

from __future__ import annotations

import re

from . import limits

# A string that never ends matches too, so that no character is looked at twice.
_STRING = rb'"(?:[^"\\]++|\\(?:.|\Z))*+("|\Z)'
_TOKEN = re.compile(_STRING + rb"|[{}\[\]:,]", re.DOTALL)
_BRACKET = re.compile(_STRING + rb"|[{}\[\]]", re.DOTALL)
_MAX_TOKENS = 5_000_000
_MAX_KEY = 64
_OPENING, _CLOSING = b"{[", b"}]"

OUTPUTS = frozenset({b'"outputs"', b'"widgets"'})
PICTURES = frozenset({b'"attachments"'})
EMPTY = {b"[": b"[]", b"{": b"{}"}


class TooOdd(ValueError):
    """There are more pieces in it than any notebook has."""


def without_outputs(content: bytes, at_most: int) -> tuple[bytes, str] | None:
    """A notebook without its outputs and, if that is not enough, without the pictures in its text.

    Parameters
    ----------
    content : the bytes of a notebook, complete or cut short.
    at_most : bytes that the outcome may have.

    Returns
    -------
    The bytes and what was left out, in words; None when even that is too large.
    """
    for keys, words in ((OUTPUTS, "its outputs"), (OUTPUTS | PICTURES, "its outputs and the pictures in its text")):
        try:
            slim = _without(content, keys, at_most)
        except TooOdd:
            return None
        if len(slim) <= at_most:
            return slim, words
    return None


def _without(content: bytes, keys: frozenset[bytes], at_most: int) -> bytes:
    """The bytes with an empty value for each of these keys of a cell or of the notebook's metadata."""
    kept: list[bytes] = []
    start = position = size = tokens = 0
    # For each open bracket, the key that it is the value of.
    above: list[bytes] = []
    key, last = b"", b""
    while (found := _TOKEN.search(content, position)) is not None and size <= at_most:
        tokens += 1
        if tokens > _MAX_TOKENS:
            raise TooOdd
        position = found.end()
        token = content[found.start() : min(position, found.start() + _MAX_KEY)]
        if token == b":":
            key = last
        elif token == b",":
            key = b""
        elif token in (b"{", b"["):
            if key in keys and _is_left_out(above):
                end, more = _end_of_value(content, position)
                tokens += more
                kept += (content[start : found.start()], EMPTY[token])
                size += found.start() - start + 2
                start = position = end
            else:
                above.append(key)
            key = b""
        elif token in (b"}", b"]"):
            if above:
                above.pop()
            key = b""
        else:
            last = token
    kept.append(content[start:])
    return b"".join(kept)


def _is_left_out(above: list[bytes]) -> bool:
    """Whether a key is one of a cell (of any version of the format) or of the notebook's metadata."""
    return (len(above) >= 3 and above[-2] == b'"cells"') or above[1:] == [b'"metadata"']


def _end_of_value(content: bytes, position: int) -> tuple[int, int]:
    """Where a value whose first bracket was read ends, and how many pieces were passed over."""
    depth, tokens = 1, 0
    while depth and (found := _BRACKET.search(content, position)) is not None:
        tokens += 1
        if tokens > _MAX_TOKENS:
            raise TooOdd
        position = found.end()
        first = content[found.start() : found.start() + 1]
        if first in (b"{", b"["):
            depth += 1
        elif first in (b"}", b"]"):
            depth -= 1
    return (position if not depth else len(content)), tokens


def fit_notebook(content: bytes) -> tuple[bytes, str] | None:
    """The same under the limit of notebooks; the words are empty for one that is not over it."""
    most = limits.MAX_FILE_BYTES[".ipynb"]
    return (content, "") if len(content) <= most else without_outputs(content, most)
