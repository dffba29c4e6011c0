"""Which graded functions a check or a task reaches: those that it calls, and those that they call in the reference."""

from __future__ import annotations

import ast
import functools
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from autograder.engine.definitions import needed_names, uses
from autograder.manifest import Course
from autograder.paths import module_name

Edges = Callable[[str], frozenset[str]]
"""Leads from a function or a module to those that it uses."""


def reached(course: Course, reference: Path, targets: Iterable[str]) -> frozenset[str]:
    """The graded functions that calls lead to.

    Parameters
    ----------
    reference : the folder with the reference's ``coursenn/``.
    targets : what is called, such as ``layer_utils.affine_relu_forward``.
    """
    calls = _calls(course, reference)
    return _led_to(calls.__getitem__, [target for target in targets if target in calls])


def modules_below(course: Course, reference: Path, module: str) -> frozenset[str]:
    """The editable modules that a module imports in the reference, directly or through others."""
    editable = frozenset(map(module_name, course.editable))
    return _below(lambda name: _imports(course, reference, name) & editable, [module]) - {module}


def given_modules_below(course: Course, reference: Path, modules: Iterable[str]) -> frozenset[str]:
    """The given modules that some modules import in the reference, directly or through others."""
    return _below(lambda name: _imports(course, reference, name), modules).difference(map(module_name, course.editable))


@functools.lru_cache(maxsize=256)
def family(course: Course, function: str) -> frozenset[str]:
    """A function and those that share a cache with it: ``f_forward`` with ``f_backward`` and ``f_backward_alt``."""
    graded = graded_functions(course)
    forwards = (other for other in graded if function in (partners := _partners(graded, other)) and len(partners) > 1)
    return frozenset({function}.union(*(_partners(graded, forward) for forward in forwards)))


@functools.lru_cache(maxsize=4)
def graded_functions(course: Course) -> frozenset[str]:
    """The functions and classes of all tasks."""
    return frozenset(function for task in course.tasks for function in task.functions)


def _partners(graded: Iterable[str], forward: str) -> set[str]:
    if "forward" not in forward:
        return set()
    backward = "backward".join(forward.rsplit("forward", 1))
    return {forward, *(f for f in graded if f == backward or f.startswith(f"{backward}_"))}


@functools.lru_cache(maxsize=4)
def _calls(course: Course, reference: Path) -> dict[str, frozenset[str]]:
    """Graded function or class -> the graded ones that its definition, or a helper that it needs, names."""
    graded = graded_functions(course)
    by_name = {function.rpartition(".")[2]: function for function in graded}
    found: dict[str, frozenset[str]] = {}
    for file, tree in _trees(course, reference).items():
        of_file = uses(tree)
        for function in graded:
            module, _, name = function.rpartition(".")
            if module == module_name(file):
                names = needed_names(of_file, [name], by_name)
                found[function] = frozenset(by_name[n] for n in names & set(by_name)) - {function}
    return found


def _below(imports: Edges, modules: Iterable[str]) -> frozenset[str]:
    """What modules import, and what that imports."""
    return _led_to(imports, [below for module in modules for below in imports(module)])


def _led_to(edges: Edges, begin: Iterable[str]) -> frozenset[str]:
    """The starting points, and everything that edges lead to from there."""
    found: set[str] = set()
    waiting = list(begin)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += edges(name)
    return frozenset(found)


@functools.lru_cache(maxsize=256)
def _imports(course: Course, reference: Path, module: str) -> frozenset[str]:
    """The modules of the package that a module of the reference imports. They are read on demand: most given ones never are."""
    files = _files(course)
    if files[module] in course.editable:
        tree = _trees(course, reference)[files[module]]
    else:
        tree = ast.parse(course.given[files[module]].read_bytes())
    # In ``from a import b``, either may be a module.
    found = [statement for statement in _statements(tree) if isinstance(statement, ast.ImportFrom)]
    names = {name for statement in found for name in (statement.module or "", *(alias.name for alias in statement.names))}
    return frozenset(name.removeprefix("coursenn.") for name in names) & files.keys()


@functools.lru_cache(maxsize=4)
def _files(course: Course) -> dict[str, str]:
    """Module of the reference, as an import names it -> its file."""
    given = (file for file in course.given if file.endswith(".py"))
    return {module_name(file).removesuffix(".__init__"): file for file in (*course.editable, *given)}


def _statements(node: ast.AST) -> Iterator[ast.stmt]:
    """All statements of a file; the expressions, which make up most of it, are not searched."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.stmt):
            yield child
        if not isinstance(child, ast.expr):
            yield from _statements(child)


@functools.lru_cache(maxsize=4)
def _trees(course: Course, reference: Path) -> dict[str, ast.Module]:
    return {file: ast.parse((reference / "coursenn" / file).read_text(encoding="utf-8")) for file in course.editable}
