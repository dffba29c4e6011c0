"""One thread for linear algebra: cores are shared out between processes, and what is graded never waits for its own helpers."""

from __future__ import annotations

import os

ONE_THREAD = dict.fromkeys((f"{name}_NUM_THREADS" for name in ("OMP", "OPENBLAS", "MKL", "VECLIB_MAXIMUM", "BLIS")), "1")
"""Environment of a process; libraries look at it when numpy is imported."""


def pin_threads() -> None:
    """Ask for one thread in this process and those it starts, unless somebody asks for more. Before numpy is imported."""
    for name, count in ONE_THREAD.items():
        os.environ.setdefault(name, count)
