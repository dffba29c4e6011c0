"""Hints for typical mistakes: the wrong outputs of a check are compared with those of each mistake on the same inputs.

``known_mistakes.json`` holds, for each check and mistake, a few numbers computed from the wrong outputs, a question that helps to
think, and a place in the book. It holds no code and no right output. The address of the book is in ``tasks.json``.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

FILE = Path(__file__).with_name("known_mistakes.json")
TASKS = Path(__file__).with_name("tasks.json")
PROJECTIONS = 3
TOLERANCE = 1e-5
MAX_ALIKE = 2
Print = list[Any]
"""What distinguishes an output from others: its shape, the number of finite entries, its norm, and a few weighted sums."""


def fingerprint(value: Any) -> Print | None:
    """The few numbers by which an array is recognised; None for what is not an array of numbers."""
    try:
        array = np.asarray(value)
    except ValueError:
        return None
    if array.dtype.kind not in "biuf":
        return None
    flat: NDArray[Any] = array.astype(np.float64).reshape(-1)
    finite = np.isfinite(flat)
    flat = np.where(finite, flat, 0.0)
    places = np.arange(1, flat.size + 1)
    sums = [float(np.sum(np.cos(math.sqrt(2) * (k + 1) * places) * flat)) for k in range(PROJECTIONS)]
    numbers = [float(f"{n:.8g}") for n in (float(np.linalg.norm(flat)), *sums)]
    return [[int(n) for n in array.shape if n != 1], int(finite.sum()), *numbers]


def agree(one: Print | None, other: Print | None) -> bool:
    """Whether two fingerprints are of the same output, up to rounding."""
    if one is None or other is None:
        return one is other
    if list(one[:2]) != list(other[:2]):
        return False
    allowed = TOLERANCE * max(abs(one[2]), abs(other[2])) + 1e-12
    return all(abs(a - b) <= allowed for a, b in zip(one[2:], other[2:], strict=True))


def find(check: str, wrong: Sequence[tuple[str, Print | None]]) -> list[str]:
    """Lines that help with what is wrong in a check; none when it fits no typical mistake, or too many."""
    fitting = [entry for entry in _document().get("checks", {}).get(check, []) if _fits(entry["wrong"], wrong)]
    if not 0 < len(fitting) <= MAX_ALIKE:
        return []
    texts = dict.fromkeys(entry["says"] for entry in fitting if entry["says"])
    lines = [text if i == 0 else f"or: {text}" for i, text in enumerate(texts)]
    return [*lines, f"Read {_where_to_read(fitting[0]['see'])}"]


def _where_to_read(place: str) -> str:
    """The address of ``page#anchor`` of the book, or its titles while the book has no address."""
    page, mark, anchor = place.partition("#")
    if address := _read_json(TASKS).get("book"):
        return f"{address}/book/{page}.html{mark}{anchor}"
    return f"the book: {_document().get('places', {}).get(place, place)}"


def _fits(known: Sequence[Any], wrong: Sequence[tuple[str, Print | None]]) -> bool:
    return len(known) == len(wrong) and all(k[0] == w[0] and agree(k[1], w[1]) for k, w in zip(known, wrong, strict=True))


@cache
def _document() -> dict[str, Any]:
    return _read_json(FILE)


def _read_json(path: Path) -> dict[str, Any]:
    try:
        found: Any = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}  # hints are a kindness: checks do not depend on them
    return found if isinstance(found, dict) else {}
