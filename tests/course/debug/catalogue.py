"""What the microscope names for the catalogue's wrong backward passes, and where each mistake is."""

from __future__ import annotations

import ast
import difflib
import importlib.util
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from autograder.mistakes.mistake import Mistake
from autograder.mistakes.variants import substitute
from coursenn.debug import Explanation, explain_gradient
from tests.course.debug.examples import EXAMPLES

_numbers = itertools.count()


@dataclass(frozen=True)
class Look:
    """What the microscope reported for one wrong package.

    Attributes
    ----------
    found : the explanation of the first example with a wrong gradient; None if all are right.
    error : what the functions raised for an example before any gradient was wrong.
    notes : the notes in the reports.
    """

    found: Explanation | None
    error: Exception | None
    notes: tuple[str, ...]


def changed_module(mistake: Mistake, reference: Path, folder: Path) -> ModuleType:
    """Load the file with the mistake as a module next to the reference's, with its source on disk."""
    return load_module(mistake.file, substitute(_source(mistake, reference), mistake), folder)


def _source(mistake: Mistake, reference: Path) -> str:
    return (reference / "coursenn" / mistake.file).read_text(encoding="utf-8")


def load_module(file: str, source: str, folder: Path) -> ModuleType:
    """Load a source as a module of the package, under a new name."""
    name = f"looked_at_{next(_numbers)}"
    path = folder / f"{name}.py"
    path.write_text(source, encoding="utf-8")
    parent = ".".join(["coursenn", *file.split("/")[:-1]])
    spec = importlib.util.spec_from_file_location(f"{parent}.{name}", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def look(mistake: Mistake, reference: Path, folder: Path, seed: int = 0) -> Look:
    """Explain the examples of the mistake's task until a gradient is wrong."""
    module, notes, error = changed_module(mistake, reference, folder), [], None
    try:
        for example in EXAMPLES[mistake.task](module, np.random.default_rng(seed)):
            explanation = explain_gradient(example.forward, example.backward, *example.arguments)
            notes += explanation.notes
            if explanation.place is not None:
                return Look(explanation, None, tuple(notes))
    except Exception as raised:
        error = raised
    return Look(None, error, tuple(notes))


def neighbours(explanation: Explanation) -> set[str]:
    """Return the names of the place and of the values next to it in the graph."""
    assert explanation.place is not None
    here = explanation.place.node.key
    keys = {here, *explanation.children[here], *(key for key, children in explanation.children.items() if here in children)}
    return {key[0] for key in keys}


def changed_names(mistake: Mistake, reference: Path) -> set[str]:
    """Return the values whose gradients are computed by the changed statements or by the first ones that read their results."""
    old, new = _source(mistake, reference), substitute(_source(mistake, reference), mistake)
    before, after = (_statements(text, mistake.scope) for text in (old, new))
    matcher = difflib.SequenceMatcher(None, [ast.unparse(s) for s in before], [ast.unparse(s) for s in after], autojunk=False)
    names: set[str] = set()
    for tag, i, j, k, m in matcher.get_opcodes():
        if tag != "equal":
            changed = [*before[i:j], *after[k:m]]
            returns = [s for s in changed if isinstance(s, ast.Return)]
            if len(returns) == 2:
                names |= _changed_results(*returns)
            for statement in changed:
                names |= {name for assigned in _assigned(statement) for name in _gradients(assigned, after, set())}
    return names


def _statements(source: str, scope: str) -> list[ast.stmt]:
    """Return the statements of the last definition of a function in the file, including those in its loops."""
    node: ast.AST = ast.parse(source)
    for part in scope.split("."):
        node = [n for n in ast.iter_child_nodes(node) if isinstance(n, ast.FunctionDef | ast.ClassDef) and n.name == part][-1]
    simple = (ast.Assign, ast.AnnAssign, ast.AugAssign, ast.Return, ast.Expr, ast.Assert, ast.Pass)
    return sorted((n for n in ast.walk(node) if isinstance(n, simple)), key=lambda n: n.lineno)


def _assigned(statement: ast.stmt) -> Iterator[str]:
    targets = statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", None)]
    for node in (n for target in targets if target is not None for n in ast.walk(target)):
        if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, str):
            yield f"d{node.slice.value}"
        elif isinstance(node, ast.Name) and (isinstance(node.ctx, ast.Store) or _is_written(node, targets)):
            yield node.id


def _is_written(name: ast.Name, targets: list[Any]) -> bool:
    """Return whether a name is the array of ``name[...] = ...``."""
    for target in targets:
        root = target
        while isinstance(root, ast.Subscript):
            root = root.value
        if root is name:
            return True
    return False


def _gradients(name: str, statements: list[ast.stmt], seen: set[str]) -> Iterator[str]:
    if name.startswith("d"):
        yield name.removeprefix("d")
        return
    for statement in statements:
        read = {n.id for n in ast.walk(statement) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
        for assigned in set(_assigned(statement)) if name in read else ():
            if assigned not in seen:
                yield from _gradients(assigned, statements, seen | {assigned})


def _changed_results(before: ast.Return, after: ast.Return) -> set[str]:
    old, new = (s.value.elts if isinstance(s.value, ast.Tuple) else [s.value] for s in (before, after))
    changed = [(a, b) for a, b in zip(old, new, strict=False) if ast.unparse(a) != ast.unparse(b)]
    return {
        n.id.removeprefix("d") for pair in changed for e in pair for n in ast.walk(e) if isinstance(n, ast.Name) and n.id.startswith("d")
    }
