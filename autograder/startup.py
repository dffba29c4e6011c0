"""What every command does before it imports anything large."""

from __future__ import annotations

import os
import sys

ONE_THREAD = dict.fromkeys((f"{name}_NUM_THREADS" for name in ("OMP", "OPENBLAS", "MKL", "VECLIB_MAXIMUM", "BLIS")), "1")
"""Environment of a process with one thread for linear algebra; libraries look at it when numpy is imported."""


def pin_threads() -> None:
    """Ask for one thread in this process and those it starts, unless somebody asks for more. Before numpy is imported.

    Cores are shared out between processes, and what is graded never waits for its own helpers.
    """
    for name, count in ONE_THREAD.items():
        os.environ.setdefault(name, count)


def skip_unused_grammars() -> None:
    """Let jsonschema, which nbformat and nbgrader import, go on without ``rfc3987_syntax``.

    That library compiles 38 grammars when it is imported, half of the time that a command needs to start. They judge a format
    ("iri") that no schema of a notebook has, and jsonschema treats it as optional. An entry of None in ``sys.modules`` is how
    Python is told that a module is not there. Nothing is changed where it is imported already.
    """
    if "rfc3987_syntax" not in sys.modules:
        sys.modules["rfc3987_syntax"] = None  # type: ignore[assignment]
