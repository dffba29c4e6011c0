"""Which length of the documented shapes a failed matrix product needed."""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import numpy as np

from autograder.checking import Array, Call
from autograder.engine.settings import Calls, forward_call

PARAMETER = re.compile(r"^ *(\w+) : [^\n]*?shape \((\w+(?:, \w+)*,?)\)", re.MULTILINE)
UNEQUAL = re.compile(r"\(size (\d+) is different from (\d+)\)|not aligned: (\d+) \(dim \d+\) != (\d+) \(dim \d+\)")

Shapes = Mapping[str, tuple[str, ...]]
"""Name of a parameter -> the letters of its documented shape."""


def unmet_length(text: str, calls: Calls, reference: Path) -> str:
    """What to say about a failed matrix product; empty for any other failure, and if it is not clear which lengths are meant.

    Parameters
    ----------
    text : the exception's text.
    calls : the calls of the check that the exception ended; any of them may have raised it.
    reference : the folder with the reference's ``coursenn/``, whose docstrings are read.
    """
    found = UNEQUAL.search(text)
    if not found:
        return ""
    sizes = {int(size) for size in found.groups() if size}
    sentences = {sentence for call in calls.values() if (sentence := _sentence(sizes, call, calls, reference))}
    return sentences.pop() if len(sentences) == 1 else ""


def _sentence(sizes: set[int], call: Call, calls: Calls, reference: Path) -> str:
    places = list(_lengths(call, calls, reference))
    letters = {size: {letter for letter, length, _ in places if length == size} for size in sizes}
    if any(len(names) > 1 for names in letters.values()):
        return ""
    known = [names.copy().pop() for names in letters.values() if names]
    if len(known) == 2:
        return f"a side of length {' meets one of length '.join(sorted(known))} in a matrix product"
    if not known:
        return ""
    where = next(where for letter, _, where in places if letter == known[0])
    return f"the matrix product needs a side of length {known[0]}, as in {where}, but got one of another length"


def _lengths(call: Call, calls: Calls, reference: Path) -> Iterator[tuple[str, int, str]]:
    """Letter, length, and the documented shape that it comes from, for the arrays of a call and of the call that made its cache."""
    forward = next((forward_call(calls, ref) for ref in call.args if hasattr(ref, "handle")), None)
    for one in (call, *([forward] if forward else [])):
        if isinstance(one.target, str):
            for name, array in _named(one.args, one.target, reference):
                letters = documented(reference, one.target).get(name, ())
                if len(letters) == array.ndim:
                    yield from (
                        (letter, length, f"{name} of shape ({', '.join(letters)})")
                        for letter, length in zip(letters, array.shape, strict=True)
                    )


def _named(args: Iterable[object], target: str, reference: Path) -> Iterator[tuple[str, Array]]:
    for name, value in zip(_definition(reference, target)[0], args, strict=False):
        if isinstance(value, np.ndarray):
            yield name, value


def documented(reference: Path, target: str) -> Shapes:
    """The shapes that the docstring of a function of the reference states, if each of their lengths has a letter."""
    shapes = PARAMETER.findall(_definition(reference, target)[1])
    return {name: tuple(filter(None, shape.replace(",", " ").split())) for name, shape in shapes}


@functools.lru_cache(maxsize=128)
def _definition(reference: Path, target: str) -> tuple[tuple[str, ...], str]:
    """Names of the parameters of a function, and its docstring; both empty for anything that is not a function."""
    module, _, function = target.rpartition(".")
    path = reference / "coursenn" / f"{module.replace('.', '/')}.py"
    for node in ast.parse(path.read_text(encoding="utf-8")).body if path.is_file() else ():
        if isinstance(node, ast.FunctionDef) and node.name == function:
            return tuple(a.arg for a in node.args.args), ast.get_docstring(node) or ""
    return (), ""
