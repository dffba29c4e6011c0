"""Functions that return only the printed numbers, and which no visible check may accept.

The reference fills the memory of a cheater. A number is *printed* if a ``{{expected:...}}`` value of the course equals it, or if
a comparison of the cell names it as an expression of constants, such as ``np.zeros(3)``. In all other places a cheater returns
zeros of the right shape, except in caches, initial parameters and dictionaries, which are correct.
"""

from __future__ import annotations

import ast
import copy
import functools
import hashlib
import inspect
import math
import pickle
import sys
from collections import Counter, deque
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any

import numpy as np

from autograder.generate.visible_checks import CELL, CheckCell, run_check_cell
from autograder.manifest import Course, Task
from autograder.sandbox.local import OwnPackage

Place = tuple[Any, ...]
"""The place of a number in the result of a function."""
Key = tuple[str, bytes]
Call = tuple[Key, dict[Place, Any]]
LATEST = 20
"""A comparison is about one of the last so many calls."""


class Memory:
    """The numbers that the page prints: some places in the result of each call."""

    def __init__(self, printed: list[Any]) -> None:
        self.printed: dict[tuple[int, ...], list[Any]] = {}
        """Shape -> the values of ``{{expected:...}}``, rounded as on the page."""
        for value in printed:
            self.printed.setdefault(np.shape(value), []).append(value)
        self.known: dict[Key, dict[Place, Any]] = {}
        self.calls: deque[Call] = deque(maxlen=LATEST)

    def record(self, key: Key, result: Any) -> None:
        """Store the result of a call of the reference, and learn the numbers that the page prints as expected values."""
        places = dict(leaves(result))
        self.calls.append((key, places))
        for place, value in places.items():
            if any(_same(value, number) for number in self.printed.get(np.shape(value), ())):
                self.learn(key, place, value)

    def learn(self, key: Key, place: Place, value: Any) -> None:
        """Learn a number that the page prints."""
        self.known.setdefault(key, {})[place] = copy.deepcopy(value)

    def compared(self, got: Any) -> None:
        """Learn the numbers of a comparison that prints them, for the latest call that returned this object."""
        for key, places in reversed(self.calls):
            for place, value in places.items():
                if value is got:
                    self.learn(key, place, value)
                    return


def _same(value: Any, printed: Any) -> bool:
    if np.ndim(value):
        return bool(np.allclose(np.asarray(value, dtype=float), printed, rtol=1e-6, atol=1e-9))
    return math.isclose(value, printed, rel_tol=1e-6, abs_tol=1e-9)


def leaves(value: Any, place: Place = ()) -> Iterator[tuple[Place, Any]]:
    """Yield the arrays and floats of a result, each with its place."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, (*place, key)) if isinstance(inner, np.ndarray) else ()
    elif isinstance(value, tuple):
        for number, inner in enumerate(value):
            yield from leaves(inner, (*place, number))
    elif isinstance(value, np.ndarray | float | np.floating):
        yield place, value


def zeroed(value: Any, known: dict[Place, Any], place: Place = ()) -> Any:
    """A result in which every array and float is zero, except the known ones."""
    if place in known:
        return copy.deepcopy(known[place])
    if isinstance(value, dict):
        return {k: zeroed(v, known, (*place, k)) if isinstance(v, np.ndarray) else v for k, v in value.items()}
    if isinstance(value, tuple):
        return tuple(zeroed(v, known, (*place, number)) for number, v in enumerate(value))
    if isinstance(value, np.ndarray):
        return np.zeros_like(value)
    return type(value)(0) if isinstance(value, float | np.floating) else value


class Recorder:
    """Wraps functions of the reference, either to fill a memory or to cheat with it."""

    def __init__(self, memory: Memory, cheat: bool) -> None:
        self.memory, self.cheat = memory, cheat
        self.depth = 0
        """The depth of nested calls, of which only the outermost is recorded."""

    def wrap(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function with its calls recorded, or a cheater in its place."""
        has_cache = name.endswith("_forward") or "_forward_" in name

        @functools.wraps(function)
        def wrapped(*args: Any, **kwargs: Any) -> Any:
            if self.depth:
                return function(*args, **kwargs)
            key = name, _digest(args, kwargs)
            self.depth += 1
            try:
                result = function(*args, **kwargs)
            finally:
                self.depth -= 1
            out = result[:1] if has_cache else result
            if not self.cheat:
                self.memory.record(key, out)
                return result
            out = zeroed(out, self.memory.known.get(key, {}))
            return (*out, result[1]) if has_cache else out

        return wrapped

    def patch(self, functions: list[str]) -> None:
        """Replace functions, and the ``loss`` of classes, everywhere in ``coursenn``."""
        for full in functions:
            module, _, name = full.rpartition(".")
            __import__(f"coursenn.{module}")
            old = getattr(sys.modules[f"coursenn.{module}"], name)
            if inspect.isclass(old):
                old.loss = self.wrap(f"{name}.loss", old.loss)
                continue
            new = self.wrap(name, old)
            for other in [m for n, m in sys.modules.items() if n.startswith("coursenn.")]:
                for bound in [k for k, v in vars(other).items() if v is old]:
                    setattr(other, bound, new)


def _digest(args: tuple[Any, ...], kwargs: dict[str, Any]) -> bytes:
    plain = [vars(a) if hasattr(a, "params") else a for a in args]
    return hashlib.sha256(pickle.dumps([_values(plain), _values(kwargs)])).digest()


def _values(value: Any) -> Any:
    """A value with its arrays as bytes, so that their layout in memory makes no difference."""
    if isinstance(value, np.ndarray):
        return value.shape, value.dtype.str, value.tobytes()
    if isinstance(value, dict):
        return [(k, _values(v)) for k, v in sorted(value.items(), key=lambda item: str(item[0]))]
    if isinstance(value, list | tuple):
        return [_values(v) for v in value]
    return repr(value)


def _gives_away(expected: ast.expr, fixed: dict[str, ast.expr]) -> bool:
    """Whether an expression has only constants, numpy, and names that the cell sets to such an expression."""
    names = {node.id for node in ast.walk(expected) if isinstance(node, ast.Name)} - {"np"}
    return all(name in fixed and _gives_away(fixed[name], {}) for name in names) and "random" not in ast.dump(expected)


def _telling_lines(cell: CheckCell) -> set[int]:
    """The lines of comparisons whose expected value is written in the cell."""
    tree = ast.parse(cell.source)
    stored = Counter(node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store))
    single = [(n.targets[0], n.value) for n in ast.walk(tree) if isinstance(n, ast.Assign) and len(n.targets) == 1]
    fixed = {target.id: value for target, value in single if isinstance(target, ast.Name) and stored[target.id] == 1}
    calls = [n for n in ast.walk(tree) if isinstance(n, ast.Call) and isinstance(n.func, ast.Attribute) and n.func.attr == "close"]
    return {call.lineno for call in calls if _gives_away(call.args[2], fixed)}


def _caller(frame: FrameType | None) -> int:
    return frame.f_back.f_lineno if frame and frame.f_back and frame.f_back.f_code.co_filename == CELL else 0


def memory_of(cell: CheckCell, functions: list[str], package: OwnPackage, printed: list[Any]) -> Memory:
    """The numbers that a reader of the page knows after the cell has run with the reference."""
    memory, telling = Memory(printed), _telling_lines(cell)

    def prepare() -> None:
        from coursenn.checking import Checks

        Recorder(memory, cheat=False).patch(functions)
        close = Checks.close

        def seen(self: Any, label: str, got: Any, expected: Any, **keys: Any) -> bool:
            if _caller(inspect.currentframe()) in telling:
                memory.compared(got)
            return close(self, label, got, expected, **keys)

        Checks.close = seen  # type: ignore[method-assign]

    seen = run_check_cell(cell, package, prepare)
    assert seen.passed, seen.error
    return memory


def functions_of(course: Course, task: Task | None = None) -> list[str]:
    """Return the graded functions of a task, or of all tasks."""
    return [f for t in course.tasks if task is None or t is task for f in t.functions]
