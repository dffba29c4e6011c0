"""Editable files turned into code, one top-level statement at a time, without running any of it.

This happens once for a submission, in a separate process that never runs student code; the process of every check
then runs the statements.
"""

from __future__ import annotations
import __future__

import ast
import copy
from collections.abc import Collection
from dataclasses import dataclass, field
from types import CodeType

from .sources import decode_source, statements


@dataclass(frozen=True)
class Alias:
    """One name of an import statement, with an import of only that name."""

    name: str
    bound: str
    dotted: bool
    """``import a.b``, which binds ``a``."""
    alone: CodeType | None


@dataclass(frozen=True)
class Statement:
    """One top-level statement."""

    line: int
    code: CodeType | None
    error: BaseException | None = None
    """Why there is no code."""
    defines: str = ""
    """The function or class that it defines."""
    aliases: tuple[Alias, ...] = ()
    """What it imports."""
    quick: bool = False
    """Whether it is a plain definition or an import, which cannot take long themselves."""
    hides: frozenset[str] = frozenset()
    """Functions in it that some task may not use, defined by it or by a block in it."""
    block: ast.stmt | None = None
    """Its source, if such a function is inside a block: for a task that may not use it, the statement is compiled again."""
    flags: int = 0
    """The compiler's flags."""

    def without(self, names: Collection[str], path: str) -> CodeType | None:
        """The code of a block without the definitions of these names."""
        if self.block is None:
            return None
        rest = ast.Module([copy.deepcopy(self.block)], [])
        _WithoutDefinitions(names).visit(rest)
        code: CodeType = compile(rest, path, "exec", self.flags, dont_inherit=True)
        return code


@dataclass
class CompiledFile:
    """One editable file."""

    statements: list[Statement] = field(default_factory=list)
    broken: list[tuple[int, str, str]] = field(default_factory=list)
    """Line, text and definition of each stretch that is not Python."""
    note: str | None = None
    """What is odd about its encoding."""


def compile_file(path: str, hidden: Collection[str] = ()) -> CompiledFile:
    """Read and compile one file; ``hidden`` names the functions in it that some task may not use."""
    with open(path, "rb") as file:
        source, note = decode_source(file.read())
    body, broken = statements(source)
    flags = 0
    compiled = CompiledFile(broken=broken, note=note)
    for node in body:
        if isinstance(node, ast.ImportFrom) and node.module == "__future__":
            for alias in node.names:
                flags |= getattr(getattr(__future__, alias.name, None), "compiler_flag", 0)
        compiled.statements.append(_statement(node, path, flags, hidden))
    return compiled


def _statement(node: ast.stmt, path: str, flags: int, hidden: Collection[str]) -> Statement:
    code, error = _code(node, path, flags)
    definition = isinstance(node, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef)
    imports = isinstance(node, ast.Import | ast.ImportFrom)
    plain = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not node.decorator_list
    hides = frozenset(_defined(node) & set(hidden)) if hidden else frozenset()
    return Statement(
        node.lineno,
        code,
        error,
        defines=node.name if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef) and definition else "",
        aliases=tuple(_alias(node, a, path) for a in node.names) if isinstance(node, ast.Import | ast.ImportFrom) else (),
        quick=plain or imports,
        hides=hides,
        block=node if hides and not definition else None,
        flags=flags,
    )


DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def _defined(node: ast.AST) -> set[str]:
    """Functions and classes that a statement defines in its module."""
    if isinstance(node, DEFINITIONS):
        return {node.name}
    inside = (child for child in ast.iter_child_nodes(node) if not isinstance(child, ast.expr))
    return {name for child in inside for name in _defined(child)}


class _WithoutDefinitions(ast.NodeTransformer):
    """Takes definitions out of the blocks of a statement; those inside other functions and classes stay."""

    def __init__(self, names: Collection[str]) -> None:
        self.names = names

    def visit(self, node: ast.AST) -> ast.AST:
        """The node, or ``pass`` in place of a definition to remove."""
        if isinstance(node, DEFINITIONS):
            return ast.copy_location(ast.Pass(), node) if node.name in self.names else node
        return node if isinstance(node, ast.expr) else self.generic_visit(node)


def _alias(node: ast.Import | ast.ImportFrom, alias: ast.alias, path: str) -> Alias:
    dotted = isinstance(node, ast.Import) and alias.asname is None
    bound = alias.asname or (alias.name.split(".")[0] if isinstance(node, ast.Import) else alias.name)
    single = type(node)(**{**{f: getattr(node, f) for f in node._fields}, "names": [alias]})
    return Alias(alias.name, bound, dotted, _code(ast.copy_location(single, node), path, 0)[0])


def _code(node: ast.stmt, path: str, flags: int) -> tuple[CodeType | None, BaseException | None]:
    try:
        return compile(ast.Module([node], []), path, "exec", flags, dont_inherit=True), None
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        error.__traceback__ = None
        return None, error
