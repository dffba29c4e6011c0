"""What every command does before it imports anything large."""

from __future__ import annotations

import os
import sys

ONE_THREAD = dict.fromkeys((f"{name}_NUM_THREADS" for name in ("OMP", "OPENBLAS", "MKL", "VECLIB_MAXIMUM", "BLIS")), "1")
"""Environment of a process with one thread for linear algebra; libraries read it when numpy is imported."""


def pin_threads() -> None:
    """Ask for one thread in this process and those it starts, unless more are asked for. Call it before numpy is imported.

    Cores are divided between processes, and graded code never waits for threads of its own.
    """
    for name, count in ONE_THREAD.items():
        os.environ.setdefault(name, count)


def skip_unused_grammars() -> None:
    """Let jsonschema, which nbformat and nbgrader import, go on without ``rfc3987_syntax``.

    That library compiles 38 grammars when it is imported, which takes half of the time that a command needs to start. They validate a
    format ("iri") that no schema of a notebook uses, and jsonschema treats the library as optional. An entry of None in ``sys.modules``
    tells Python that a module does not exist. Nothing changes if it is imported already.
    """
    if "rfc3987_syntax" not in sys.modules:
        sys.modules["rfc3987_syntax"] = None  # type: ignore[assignment]
