"""Writes steps as a Python script that a person can read, and run on a student's own file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograder.checking import Array, Laid, Layout, Ref
from autograder.difference.trace import Step

HEAD = '''"""{title}

{reason}

This holds a hidden input and runs the code of the folder: keep it to yourself, and run it in the sandbox, as
`autograder explain ... --run` does, or let the student run it.

Usage: python {name} FOLDER     FOLDER holds the coursenn/ with the student's files and the given modules.
"""

import importlib
import sys

import numpy as np

sys.path.insert(0, sys.argv[1])


def coursenn(name):
    """A function or a class of the package."""
    module, _, last = name.rpartition(".")
    return getattr(importlib.import_module(f"coursenn.{{module}}"), last)


np.set_printoptions(precision=8, suppress=True)
'''
_WIDE = 100
MOST_NUMBERS = 24
"""Most numbers of an array that is shown if the calls could not be made small."""


def script(steps: Sequence[Step], expected: Array | None, title: str, reason: str, name: str) -> str:
    """The script.

    Parameters
    ----------
    steps : the last of them looks at the output, or raises.
    expected : the reference's result; None if the difference is an exception.
    title, reason : the text of its first lines.
    name : the name of its file.
    """
    lines = [HEAD.format(title=_one_line(title), reason=_one_line(reason), name=name)]
    lines += body(steps)
    if expected is not None:
        lines += [f"expected = {literal(expected)}", 'print("expected:", expected, sep="\\n")', 'print("given:", given, sep="\\n")']
        lines += ['print("largest difference:", np.max(np.abs(np.asarray(given, float) - np.asarray(expected, float))))']
        if steps[-1].kind == "look":
            lines[-1] = f"if np.shape(given) == np.shape(expected):\n    {lines[-1]}"
    return "\n".join(lines) + "\n"


def body(steps: Sequence[Step]) -> list[str]:
    """The calls, as statements."""
    names: dict[str, str] = {}
    lines: list[str] = []
    for step in steps:
        if step.kind == "seed":
            lines.append(f"np.random.seed({step.args[0]})")
        elif step.kind == "put":
            names[step.handle] = f"value{len(names) + 1}"
            lines.append(f"{names[step.handle]} = {literal(step.args[0], names)}")
        elif step.kind == "call":
            names[step.handle] = f"result{len(names) + 1}"
            lines.append(f"{names[step.handle]} = {_call(step, names)}")
        elif step.kind == "set":
            lines.append(f"{_place(step.target, names)} = {literal(step.args[0], names)}")
        elif step.kind == "fill":
            place = _place(step.target, names)
            lines += [f"{place}[{key!r}] = {literal(value, names)}" for key, value in dict(step.kwargs).items()]
        elif step is steps[-1]:
            lines.append(f"given = {_place(step.target, names)}")
    return lines


@dataclass(frozen=True)
class _Summary:
    """What is shown in place of an array that is too large to read."""

    text: str

    def __repr__(self) -> str:
        return self.text


def shortened(steps: Sequence[Step]) -> list[Step]:
    """The steps with large arrays summarised: for reading, not for running."""
    return [step if step.kind == "seed" else step.with_values(_short) for step in steps]


def summary(array: Array) -> str:
    """Size, type and range of an array in words."""
    bounds = f", from {array.min():.3g} to {array.max():.3g}" if array.dtype.kind in "fiu" and array.size else ""
    return f"{' x '.join(map(str, array.shape))} {array.dtype.name}{bounds}"


def _short(value: Any) -> Any:
    array = value.array if isinstance(value, Laid) else value
    if isinstance(array, np.ndarray):
        if array.size <= MOST_NUMBERS:
            return value
        layout = f", {value.layout.name.lower()}" if isinstance(value, Laid) else ""
        return _Summary(f"<{summary(array)}{layout}>")
    if isinstance(value, tuple | list):
        return type(value)(_short(v) for v in value)
    return {k: _short(v) for k, v in value.items()} if isinstance(value, dict) else value


def _call(step: Step, names: Mapping[str, str]) -> str:
    function = f'coursenn("{step.target}")' if isinstance(step.target, str) else _place(step.target, names)
    arguments = [literal(a, names) for a in step.args] + [f"{k}={literal(v, names)}" for k, v in dict(step.kwargs).items()]
    if sum(map(len, arguments)) > _WIDE:
        return f"{function}(\n" + "".join(f"    {a},\n" for a in arguments) + ")"
    return f"{function}({', '.join(arguments)})"


def _place(target: str | Ref, names: Mapping[str, str]) -> str:
    assert isinstance(target, Ref)
    text = names.get(target.handle, "unknown")
    for kind, key in target.path:
        text += f".{key}" if kind == "attr" else f"[{key!r}]"
    return text


def literal(value: Any, names: Mapping[str, str] | None = None) -> str:
    """A value as Python writes it, with all digits."""
    if isinstance(value, Ref):
        return _place(value, names or {})
    if isinstance(value, Laid):
        return _laid(value)
    if isinstance(value, np.ndarray):
        return _array(value)
    if isinstance(value, np.generic):
        return f"np.{value.dtype.name}({value.item()!r})".replace("nan", 'float("nan")') if value.dtype.kind == "f" else repr(value.item())
    if isinstance(value, np.dtype) or (isinstance(value, type) and issubclass(value, np.generic)):
        return f"np.{np.dtype(value).name}"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{k!r}: {literal(v, names)}" for k, v in value.items()) + "}"
    if isinstance(value, tuple):
        return "(" + "".join(f"{literal(v, names)}, " for v in value).rstrip() + ")" if value else "()"
    if isinstance(value, list):
        return "[" + ", ".join(literal(v, names) for v in value) + "]"
    return repr(value)


def _array(value: Array) -> str:
    if not value.size:
        return f"np.zeros({value.shape!r}, np.{value.dtype.name})"
    numbers = repr(value.tolist()).replace("nan", "np.nan").replace("inf", "np.inf")
    if value.size > _WIDE and value.ndim > 1:
        numbers = numbers.replace("], [", "],\n    [")
    kind = "" if value.dtype.name in ("float64", "int64") else f", dtype=np.{value.dtype.name}"
    return f"np.array({numbers}{kind})"


def _laid(value: Laid) -> str:
    array = _array(value.array)
    if value.layout is Layout.FORTRAN:
        return f"np.asfortranarray({array})"
    if value.layout is Layout.REVERSED:
        return f"np.ascontiguousarray({array}[::-1])[::-1]"
    return f"np.repeat({array}, 2, axis=-1)[..., ::2]"


def _one_line(text: str) -> str:
    """A text that cannot end the script's docstring."""
    return " ".join(text.split()).replace("\\", "/").replace('"', "'")
