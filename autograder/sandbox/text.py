"""Makes text from student code safe to show in a terminal, a log or a page."""

from __future__ import annotations

import re
import unicodedata

MAX_TEXT = 240
MAX_MARKS = 2
ESCAPE = re.compile(r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]|(?:\x1b\]|\x9d)[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)?|\x1b.?", re.DOTALL)
ODD_NUMBER = re.compile(r"[-+]?0[xX][0-9a-fA-F]*\.?[0-9a-fA-F]*[pP][-+]?\d+|(?:\\x[0-9a-fA-F]{2})+")
"""``float.hex``, and the text of bytes."""
PACKED = re.compile(r"(?=(?:[A-Za-z+/]*\d){3})(?=[\d+/]*[A-Za-z])[A-Za-z0-9+/]{16,}=*")
"""Letters and digits without a break, as in hexadecimal and base64."""
NUMBER = re.compile(r"\d+(?:_\d+)+|[-+]?\d*\.\d+(?:[eE][-+]?\d+)?|[-+]?\d+\.?[eE][-+]?\d+|\d+\.(?!\w)|\d{6,}")


def safe_text(text: str, cap: int = MAX_TEXT) -> str:
    """Text from student code, made safe to show.

    One line of at most ``cap`` printable characters: no control characters, terminal escapes, direction marks or
    stacked combining characters. Decimal numbers and long numbers, which could be inputs, are removed in all of Python's
    notations; shapes and indices stay. It is not escaped for HTML: the code that writes HTML does that.

    Notes
    -----
    Student code knows the inputs that it is called with, and nothing can keep it from spelling them out in words. It does not know
    the expected values, the seed, or a hidden check.
    """
    text = unicodedata.normalize("NFKC", ESCAPE.sub("", text[: 8 * cap]))
    text = _bounded_marks(text)
    for pattern in (ODD_NUMBER, PACKED, NUMBER):
        text = pattern.sub("#", text)
    text = " ".join(text.split())
    return text if len(text) <= cap else text[: cap - 1] + "\u2026"


def _bounded_marks(text: str) -> str:
    kept, marks = [], 0
    for character in text:
        category = unicodedata.category(character)
        marks = marks + 1 if category[0] == "M" else 0
        if category != "Me" and marks <= MAX_MARKS:
            kept.append(character if character.isprintable() else " ")
    return "".join(kept)
