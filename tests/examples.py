"""How many examples a property is tried on: all of them in `make prove`, a quarter in `make test`."""

from __future__ import annotations

import os

PROVE = bool(os.environ.get("COURSENN_PROVE"))


def examples(count: int) -> int:
    """So many of ``count``, and at least 20: the first ones of Hypothesis are the simplest, which find most."""
    return count if PROVE else max(count // 4, 20)
