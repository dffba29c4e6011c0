"""Which parts of the student package a piece of code runs: the definitions that it reaches, and nothing else in their files.

Results that take long to make (the tables of trainings, the outcomes of mistakes in the visible checks) are stored under a key of these
parts, so a new function in ``layers.py`` makes no result out of date. A definition is reached by its name. One that is looked up by a
string is found through its module, since a module that is used as an object counts in full.
"""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from autograder.given_module import given_module
from autograder.manifest import Course
from autograder.paths import module_name

PACKAGE = "coursenn"
ALL = "*"
"""In place of a name: everything in a module."""
Place = tuple[str, str]
"""A module within the package and a name in it."""


@dataclass(frozen=True)
class Statement:
    """A statement at the top of a file.

    Parameters
    ----------
    binds : the names that it binds in the file; empty for one that only does something.
    text : its lines.
    """

    node: ast.stmt
    binds: frozenset[str]
    text: str

    @cached_property
    def digest(self) -> str:
        """A digest of its code without comments, docstrings and blank lines."""
        return digest(plain_code(self.text))

    @cached_property
    def uses(self) -> frozenset[str]:
        """Every name in it."""
        return frozenset(n.id for n in ast.walk(self.node) if isinstance(n, ast.Name))


class Module:
    """A module of the package, or a program that imports some.

    Parameters
    ----------
    name : ``layers``, ``classifiers.cnn``; empty for the package itself and for programs.
    text : its source.
    is_package : whether relative imports begin at this module and not at the one around it.
    """

    def __init__(self, name: str, text: str, *, is_package: bool = False) -> None:
        self.name, self._around = name, name if is_package else name.rpartition(".")[0]
        self._text = text

    @cached_property
    def statements(self) -> list[Statement]:
        """The statements in order, without docstrings and imports."""
        lines = self._text.split("\n")
        bound_names = given_module("_definitions").bound_names
        return [
            Statement(node, frozenset(bound_names([node])), "\n".join(lines[_first(node) : node.end_lineno]))
            for node in self._tree.body
            if not isinstance(node, ast.Import | ast.ImportFrom)
            and not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
        ]

    @cached_property
    def imports(self) -> dict[str, set[Place]]:
        """Each name that an import binds, even inside a function -> what it is in the package. A star is treated as a name."""
        found: dict[str, set[Place]] = {}
        for node in ast.walk(self._tree):
            for name, place in self._imported(node):
                found.setdefault(name, set()).add(place)
        return found

    @cached_property
    def _binding(self) -> dict[str, list[Statement]]:
        found: dict[str, list[Statement]] = {}
        for statement in self.statements:
            for name in statement.binds:
                found.setdefault(name, []).append(statement)
        return found

    @cached_property
    def _acting(self) -> list[Statement]:
        """Statements that act whenever the module is imported; those of the package itself are run for everything and left out."""
        return [s for s in self.statements if not s.binds] if self.name else []

    def run_for(self, name: str) -> list[Statement]:
        """The statements that are run if a name of this module is used."""
        return self.statements if name == ALL else [*self._binding.get(name, ()), *self._acting]

    def needs(self, name: str) -> set[Place]:
        """The names in other modules that a name of this module needs."""
        if name == ALL:
            return set().union(*self.imports.values())
        return self.imports.get(name, set()) | {(module, name) for module, _ in self.imports.get(ALL, ())}

    @cached_property
    def _tree(self) -> ast.Module:
        return ast.parse(self._text)

    def _imported(self, node: ast.AST) -> Iterator[tuple[str, Place]]:
        if isinstance(node, ast.ImportFrom) and (source := self._source(node)) is not None:
            for alias in node.names:
                yield alias.asname or alias.name, (source, alias.name)
        elif isinstance(node, ast.Import):
            for alias in node.names:
                package, _, inner = alias.name.partition(".")
                if package == PACKAGE:
                    yield alias.asname or package, (inner, ALL)

    def _source(self, node: ast.ImportFrom) -> str | None:
        """The module that a ``from ... import`` names; None for one of another package."""
        if not node.level:
            package, _, inner = (node.module or "").partition(".")
            return inner if package == PACKAGE else None
        base = self._around.split(".") if self._around else []
        return ".".join([*base[: len(base) - node.level + 1], *filter(None, [node.module])])


class Reach:
    """Which parts of a package programs run.

    Parameters
    ----------
    modules : name of each module -> the module.
    """

    def __init__(self, modules: Mapping[str, Module]) -> None:
        self._modules = dict(modules)
        self._known: dict[str, tuple[set[str], set[Place]]] = {}

    def of(self, program: str, also: Iterable[Place] = ()) -> list[str]:
        """A digest of each statement of the package that a program may run, in a fixed order.

        Parameters
        ----------
        program : Python; an import in it counts as far as its names are used.
        also : further names that are run.
        """
        if program not in self._known:
            own = Module("", program)
            used = {place for statement in own.statements for name in statement.uses for place in own.needs(name)}
            self._known[program] = self._follow(list(used), set(), set())
        found, seen = self._known[program]
        return sorted(self._follow(list(also), set(found), set(seen))[0])

    def _follow(self, waiting: list[Place], found: set[str], seen: set[Place]) -> tuple[set[str], set[Place]]:
        """Add what some places lead to, unless it was seen before."""
        while waiting:
            place = waiting.pop()
            if place in seen:
                continue
            seen.add(place)
            module_name, name = place
            if (inner := f"{module_name}.{name}".lstrip(".")) in self._modules:
                waiting.append((inner, ALL))  # a module as an object
            if (module := self._modules.get(module_name)) is not None:
                waiting += module.needs(name)
                for statement in module.run_for(name):
                    found.add(f"{module_name} {statement.digest}")
                    waiting += ((module_name, used) for used in statement.uses)
        return found, seen


def reach_of(course: Course, folders: Iterable[object] | None = None) -> Reach:
    """The package as the reference completes it.

    Parameters
    ----------
    folders : roots whose editable files take part; all of them by default.
    """
    roots = set(course.roots if folders is None else folders)
    files = {name: path for name, path in course.given.items() if name.endswith(".py")}
    files |= {name: course.reference(name) for name, root in course.editable.items() if root in roots}
    modules = {}
    for name, path in files.items():
        inner = module_name(name)
        is_package = inner == "__init__" or inner.endswith(".__init__")
        inner = inner.removesuffix("__init__").removesuffix(".")
        modules[inner] = Module(inner, path.read_text(encoding="utf-8"), is_package=is_package)
    return Reach(modules)


def digest(*parts: str) -> str:
    """One digest of some texts."""
    return hashlib.sha256("\0\0".join(parts).encode()).hexdigest()


def plain_code(text: str) -> str:
    """A source without comment lines, docstrings and blank lines: plain lines, so that every Python gives the same."""
    lines = text.split("\n")
    try:
        nodes = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)]
    except SyntaxError:  # templates or magics
        nodes = []
    for first in (node.body[0] for node in nodes if node.body):
        if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str):
            lines[first.lineno - 1 : first.end_lineno] = [""] * ((first.end_lineno or first.lineno) - first.lineno + 1)
    return "\n".join(line.rstrip() for line in lines if line.strip() and not line.strip().startswith("#"))


def _first(node: ast.stmt) -> int:
    """Number, from 0, of the first line of a statement, its decorators included."""
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(d.lineno for d in decorators)]) - 1
