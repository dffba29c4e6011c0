"""Run the functions of ``expected.py`` files and print their values as JSON: ``python -m autograder.generate.evaluate FILE...``.

A file holds plain functions under ``@expected("name")``::

    from autograder.generate.evaluate import expected

    @expected("affine-forward")
    def affine_forward_example():
        from coursenn.layers import affine_forward
        ...
        return out
"""

from __future__ import annotations

import json
import math
import runpy
import sys
import traceback
from collections.abc import Callable
from typing import Any

import numpy as np

Function = Callable[[], Any]


REGISTRY: dict[str, Function] = {}


def expected(name: str) -> Callable[[Function], Function]:
    """Register a function that computes the value of ``{{expected:name}}`` from the reference."""

    def register(function: Function) -> Function:
        if name in REGISTRY:
            raise ValueError(f"two functions compute the expected value {name!r}: rename one of them")
        REGISTRY[name] = function
        return function

    return register


def plain(value: Any) -> Any:
    """Arrays as nested lists, numpy scalars as Python's; a value without a stable literal is refused."""
    if isinstance(value, np.ndarray | np.generic):
        return plain(value.tolist())
    if isinstance(value, list | tuple):
        return [plain(v) for v in value]
    if isinstance(value, dict):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"{value} is not finite, so it cannot be printed as an expected value")
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise TypeError(f"a {type(value).__name__} has no literal: return numbers, strings, arrays, lists or dicts")


def main(files: list[str]) -> int:
    """Evaluate every registered function, each with numpy's global generator at seed 0."""
    for file in files:
        runpy.run_path(file, run_name="coursenn_expected")
    values: dict[str, Any] = {}
    for name, function in REGISTRY.items():
        np.random.seed(0)
        try:
            values[name] = plain(function())
        except Exception:
            print(f"{name}:\n{traceback.format_exc()}", file=sys.stderr)
            return 1
    print()
    print(json.dumps(values, allow_nan=False))
    return 0


if __name__ == "__main__":
    from autograder.generate import evaluate  # the module that `expected` is imported from, not this run of it

    sys.exit(evaluate.main(sys.argv[1:]))
