"""Expected values: computed from the reference when notebooks are made, never typed by hand.

``course/solutions/expected.py`` (and that of every extra) registers functions. They run in a process of
their own with the reference on its path, so that neither their imports nor their random draws affect this process.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from autograder.generate.code_digest import code_digest
from autograder.generate.errors import GeneratorError
from autograder.generate.stubs import display
from autograder.intake.reference import reference_path
from autograder.manifest import Course
from autograder.paths import REPOSITORY, cache_directory, write_atomically

DIGITS = 8
# Below this share of the largest entry, a value is rounding noise and differs from machine to machine.
NOISE = 1e-12
WIDTH = 120
TIMEOUT_S = 300
_cache: dict[str, dict[str, Any]] = {}


def expected_values(course: Course) -> dict[str, Any]:
    """Every registered name -> its value as numbers, strings, lists and dicts.

    Raises
    ------
    GeneratorError
        When a function fails or returns something that cannot be printed.
    """
    sources = [path for root in course.roots if (path := root / "solutions" / "expected.py").is_file()]
    if not sources:
        return {}
    key = _state(course, sources)
    if key not in _cache:
        _cache[key] = _remembered(course, sources, key)
    return _cache[key]


def literal(value: Any, column: int = 0) -> str:
    """A value as a Python literal with 8 significant digits; nested lists are broken into lines that align at the column."""
    if isinstance(value, list):
        return _list(value, column, _largest(value))
    if isinstance(value, dict):
        return "{" + ", ".join(f"{k!r}: {literal(v)}" for k, v in value.items()) + "}"
    return _scalar(value, 0.0)


def _scalar(value: Any, largest: float) -> str:
    if isinstance(value, float):
        rounded = 0.0 if abs(value) <= NOISE * largest else float(f"{value:.{DIGITS}g}")
        return repr(rounded)
    return repr(value)


def _largest(value: Any) -> float:
    if isinstance(value, list):
        return max(map(_largest, value), default=0.0)
    return abs(value) if isinstance(value, float) else 0.0


def _list(value: list[Any], column: int, largest: float) -> str:
    parts = [_list(v, column + 1, largest) if isinstance(v, list) else _scalar(v, largest) for v in value]
    nested = any(isinstance(v, list) for v in value)
    margin = "\n" + " " * (column + 1)
    if nested:
        return "[" + ("," + margin).join(parts) + "]"
    lines: list[list[str]] = [[]]
    length = column + 1
    for part in parts:
        if lines[-1] and length + len(part) > WIDTH:
            lines.append([])
            length = column + 1
        lines[-1].append(part)
        length += len(part) + 2
    return "[" + ("," + margin).join(", ".join(line) for line in lines) + "]"


def _state(course: Course, sources: list[Path]) -> str:
    """What the values depend on: the code of the package, and the functions themselves."""
    digest = hashlib.sha256(code_digest(course).encode())
    for path in (path for source in sources for path in sorted(source.parent.glob("*.py"))):
        digest.update(path.as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _remembered(course: Course, sources: list[Path], key: str) -> dict[str, Any]:
    """The values, computed once for each state."""
    path = cache_directory() / f"expected-{key[:20]}.json"
    with contextlib.suppress(OSError, ValueError):
        known: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return known
    values = _run(course, sources, reference_path(course))
    write_atomically(path, json.dumps(values))
    return values


def _run(course: Course, sources: list[Path], reference: Path) -> dict[str, Any]:
    where = ", ".join(display(course, source) for source in sources)
    paths = [str(reference), str(REPOSITORY), *(str(source.parent) for source in sources)]
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join(paths),
        "PYTHONDONTWRITEBYTECODE": "1",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "COURSENN_DATA": "embedded",
    }
    command = [sys.executable, "-m", "autograder.generate.evaluate", *map(str, sources)]
    try:
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=TIMEOUT_S, check=False)
    except subprocess.TimeoutExpired:
        raise GeneratorError(where, f"the expected values took more than {TIMEOUT_S} s", "make their inputs smaller") from None
    if done.returncode:
        raise GeneratorError(where, f"an expected value failed:\n{done.stderr.strip()}\n", "correct the function or the reference")
    values: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return values
