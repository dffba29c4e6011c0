"""The number of examples for a property: all of them in `make prove`, a quarter in `make test`."""

from __future__ import annotations

import os

PROVE = bool(os.environ.get("COURSENN_PROVE"))


def examples(count: int) -> int:
    """Return how many of ``count`` examples to try, at least 20, since Hypothesis begins with the simplest ones."""
    return count if PROVE else max(count // 4, 20)
