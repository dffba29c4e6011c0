"""Which arguments, of which shapes, the hidden checks pass to the functions that they call. So lines of Parameters need no quotes."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np

from autograder.audit.units import DEFINITION, Described
from autograder.checking import Laid, Ref, Session
from autograder.manifest import Course
from autograder.paths import module_name

SHAPE = re.compile(r"shape \((?P<letters>[^)]*)\)")
ENOUGH = 2
"""This many sizes must occur for each letter of a shape."""

Signatures = Mapping[str, tuple[str, ...]]
"""Function, class or method -> the names of its arguments, in order."""


@dataclass(frozen=True)
class Handed:
    """One call of a check, as far as it is known outside of the process.

    Parameters
    ----------
    owner : what is called, such as ``layers.relu_forward`` or ``classifiers.fc_net.TwoLayerNet.loss``.
    arguments : name -> value; None for one that came from another call.
    """

    owner: str
    arguments: Mapping[str, Any]

    def holds(self, argument: str, keys: tuple[str, ...] = ()) -> bool:
        """Whether the argument is passed, and has one of the keys, if there are any."""
        if argument not in self.arguments:
            return False
        value = self.arguments[argument]
        return not keys or value is None or any(key in value for key in keys)

    def lacks(self, argument: str, keys: tuple[str, ...]) -> bool:
        """Whether one of the keys is left to its default."""
        value = self.arguments.get(argument)
        return value is None or any(key not in value for key in keys)


def signatures(course: Course) -> dict[str, tuple[str, ...]]:
    """The signatures of all functions, classes and methods of the editable files."""
    found: dict[str, tuple[str, ...]] = {}
    for file in course.editable:
        for node in ast.parse(course.reference(file).read_text(encoding="utf-8")).body:
            if isinstance(node, DEFINITION):
                found |= {f"{module_name(file)}.{name}": names for name, names in _signatures(node)}
    return found


def _signatures(node: ast.FunctionDef | ast.ClassDef) -> Iterator[tuple[str, tuple[str, ...]]]:
    if isinstance(node, ast.FunctionDef):
        yield node.name, _arguments(node)
        return
    for method in node.body:
        if isinstance(method, ast.FunctionDef):
            name = node.name if method.name == "__init__" else f"{node.name}.{method.name}"
            yield name, _arguments(method)[1:]


def _arguments(node: ast.FunctionDef) -> tuple[str, ...]:
    return tuple(a.arg for a in (*node.args.args, *node.args.kwonlyargs))


def handed_over(session: Session, known: Signatures) -> list[Handed]:
    """Every call of a known function, class or method that a check made in its session."""
    found = []
    for call in (*session.calls.values(), *session.refused):
        owner = _owner(session, call.target)
        if owner in known:
            given = {**dict(zip(known[owner], call.args, strict=False)), **call.kwargs}
            found.append(Handed(owner, {name: _value(session, value) for name, value in given.items()}))
    return found


def _owner(session: Session, target: str | Ref) -> str:
    """What is called: a function, or a method of an object made by a class."""
    if isinstance(target, str):
        return target
    names = [str(key) for _, key in target.path]
    made_by = session.calls.get(target.handle)
    return ".".join([made_by.target, *names]) if made_by and isinstance(made_by.target, str) else ""


def _value(session: Session, value: Any) -> Any:
    """A value that was passed; None for one that came from the other side."""
    while isinstance(value, Ref):
        # A stored value may refer to another stored value.
        value = session.stored(value)
    return value.array if isinstance(value, Laid) else value


def odd_shapes(description: Described, handed: Iterable[Handed]) -> list[str]:
    """Test that arguments have the documented shapes, that each letter has several sizes, and that no two letters always have the same."""
    shapes = {
        name: tuple(letters)
        for unit in description.units
        if unit.section == "Parameters" and (match := SHAPE.search(unit.text)) and (letters := _letters(match["letters"]))
        for name in unit.names
        if not unit.keys
    }
    sizes: dict[str, set[int]] = defaultdict(set)
    pairs: dict[tuple[str, str], bool] = {}
    found = []
    for call in handed:
        met: dict[str, int] = {}
        for name, axes in shapes.items():
            value = call.arguments.get(name)
            if isinstance(value, np.ndarray):
                fits = len(value.shape) == len(axes) and all(
                    str(n) == letter if letter.isdecimal() else met.setdefault(letter, n) == n
                    for letter, n in zip(axes, value.shape, strict=True)
                )
                if not fits:
                    found.append(f"{description.owner}: a check passes {name} of shape {value.shape}, and {', '.join(axes)} is documented")
        for letter, n in met.items():
            sizes[letter].add(n)
        for pair in combinations(met, 2):
            pairs[pair] = pairs.get(pair, True) and met[pair[0]] == met[pair[1]]
    found += [f"{description.owner}: all checks together draw one size of {letter} only" for letter in sizes if len(sizes[letter]) < ENOUGH]
    found += [f"{description.owner}: {one} and {other} are the same in every check" for (one, other), same in pairs.items() if same]
    return list(dict.fromkeys(found))


def _letters(text: str) -> list[str]:
    """The letters of a shape; none if their number is free."""
    return [] if "..." in text else [letter.strip() for letter in text.split(",") if letter.strip()]
