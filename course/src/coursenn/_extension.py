"""Finds the compiled part of the fast layers, or says once that there is none."""

from __future__ import annotations

import os
import sys
from importlib.machinery import PathFinder
from importlib.util import module_from_spec
from typing import Any

import numpy as np

_NAME = "coursenn.fast_cython"
_INTERFACE = 3
_state: dict[str, Any] = {}


def extension(dtype: np.dtype[Any]) -> Any:
    """Give the compiled module, or None where it is not built, not wanted, or not made for this dtype.

    The first time it is missing, one line on stdout says so. With the environment variable ``COURSENN_NO_EXTENSION=1`` it is
    not wanted.

    Parameters
    ----------
    dtype : numpy dtype
        Type of the arrays; the extension is made for float32 and float64.
    """
    if "module" not in _state:
        _state["module"] = None if os.environ.get("COURSENN_NO_EXTENSION") == "1" else _load()
        if _state["module"] is None:
            print("coursenn: the fast layers use only numpy (no compiled extension); results are the same, and you need not do anything.")
    return _state["module"] if dtype in (np.float32, np.float64) else None


def _load() -> Any:
    """Find the extension beside this file, else in an installed copy of the package (a release folder shadows that one).

    COURSENN_EXTENSION names a folder to look in instead: `make sanitize` tests another build that way.
    """
    folders = [os.path.dirname(os.path.realpath(__file__)), *(os.path.join(entry, "coursenn") for entry in sys.path)]
    folders = [os.environ["COURSENN_EXTENSION"]] if "COURSENN_EXTENSION" in os.environ else folders
    spec = PathFinder.find_spec(_NAME, folders)
    if spec is None or spec.loader is None or (spec.origin or "").endswith((".py", ".pyc")):
        return None
    try:
        module = module_from_spec(spec)
        spec.loader.exec_module(module)
    except ImportError:  # built for another Python or machine
        return None
    return module if getattr(module, "INTERFACE", None) == _INTERFACE else None
