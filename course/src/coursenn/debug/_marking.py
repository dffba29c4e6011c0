"""Copies of a student's function in which every assignment of a name is reported; the function itself is left as it is.

After ``xmu = x - mu`` the copy continues with ``xmu = report("xmu", xmu, line, ...)``, which can look at the value and put another in
its place. A value counts as complete after the last statement of its block that writes into it, such as a loop that fills an array.
"""

from __future__ import annotations
import __future__

import ast
import inspect
from collections.abc import Callable, Iterator
from types import CellType, CodeType, FunctionType, MethodType
from typing import Any

REPORT = "_coursenn_report"
WRITERS = frozenset({"at", "putmask", "copyto", "put", "place", "fill_diagonal", "put_along_axis"})
"""Functions of numpy that write into their first argument."""
IN_PLACE = frozenset({"fill", "sort", "put", "itemset", "partition"})
"""Methods of an array that write into it."""

Report = Callable[[str, Any, int, bool], Any]


class NotFollowedError(Exception):
    """The assignments of a function cannot be reported; the message says why."""


def marked_copy(function: Callable[..., Any], report: Report) -> Callable[..., Any]:
    """A copy of a function that calls ``report(name, value, line, continues)`` after each assignment and continues with its result.

    ``continues`` says that the new value is made from the old one of the same name, as in ``dx = dx + more``.

    Raises
    ------
    NotFollowedError
        When the source is not at hand or is not a plain function.
    """
    owner = getattr(function, "__self__", None)
    plain = inspect.unwrap(getattr(function, "__func__", function))
    if not isinstance(plain, FunctionType):
        raise NotFollowedError("it is not a function written in Python")
    definition = _definition(plain)
    definition.body = _marked_block(definition.body)
    copy = _rebuilt(plain, definition, report)
    return MethodType(copy, owner) if owner is not None else copy


def _definition(plain: FunctionType) -> ast.FunctionDef:
    try:
        lines, first = inspect.getsourcelines(plain)
        # A method is indented; inside an `if` it is Python as it is, whatever its strings hold.
        indented = lines[0][:1].isspace()
        tree = ast.parse(("if 1:\n" if indented else "") + "".join(lines))
    except (OSError, TypeError, SyntaxError, IndentationError) as error:
        raise NotFollowedError("its source is not at hand") from error
    outer = tree.body[0].body[0] if isinstance(tree.body[0], ast.If) else tree.body[0]
    if not isinstance(outer, ast.FunctionDef) or outer.name != plain.__name__:
        raise NotFollowedError("it is not written with def")
    ast.increment_lineno(tree, first - (2 if indented else 1))
    outer.decorator_list = []
    return outer


def _rebuilt(plain: FunctionType, definition: ast.FunctionDef, report: Report) -> FunctionType:
    """Compile the changed definition with the globals, defaults and closure of the original."""
    free = [*plain.__code__.co_freevars, REPORT]
    outer = ast.parse(f"def outer({', '.join(free)}):\n    pass").body[0]
    assert isinstance(outer, ast.FunctionDef)
    outer.body = [definition]
    module = ast.fix_missing_locations(ast.Module(body=[outer], type_ignores=[]))
    flags = plain.__code__.co_flags & __future__.annotations.compiler_flag
    code = _code_in(compile(module, plain.__code__.co_filename, "exec", flags=flags, dont_inherit=True), "outer")
    code = _code_in(code, definition.name)
    cells = dict(zip(plain.__code__.co_freevars, plain.__closure__ or (), strict=True)) | {REPORT: CellType(report)}
    copy = FunctionType(code, plain.__globals__, plain.__name__, plain.__defaults__, tuple(cells[name] for name in code.co_freevars))
    copy.__kwdefaults__ = plain.__kwdefaults__
    return copy


def _code_in(code: CodeType, name: str) -> CodeType:
    return next(constant for constant in code.co_consts if isinstance(constant, CodeType) and constant.co_name == name)


def _marked_block(block: list[ast.stmt], later: frozenset[str] = frozenset()) -> list[ast.stmt]:
    """The statements of a block, each followed by reports of the names that are complete after it; `later` are not yet."""
    complete: dict[int, list[tuple[str, int, bool]]] = {}
    owned = set(later)
    for index, statement in enumerate(block):
        for name, continues in _bound(statement):
            if name not in later:
                complete.setdefault(_last_write(block, index, name), []).append((name, statement.lineno, continues))
            owned.add(name)
        for name in sorted(_accumulated(statement) - owned):
            complete.setdefault(index, []).append((name, statement.lineno, True))
    marked: list[ast.stmt] = []
    for index, statement in enumerate(block):
        _mark_inside(statement, later)
        marked.append(statement)
        marked += [_report(statement, *what) for what in complete.get(index, [])]
    return marked


def _mark_inside(statement: ast.stmt, later: frozenset[str]) -> None:
    """Mark the blocks of a compound statement, functions that are defined in it included."""
    if isinstance(statement, ast.ClassDef):
        return
    later = frozenset() if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef) else later | _accumulated(statement)
    for field in ("body", "orelse", "finalbody"):
        if block := getattr(statement, field, None):
            setattr(statement, field, _marked_block(block, later))
    for part in [*getattr(statement, "handlers", []), *getattr(statement, "cases", [])]:
        part.body = _marked_block(part.body, later)


def _report(after: ast.stmt, name: str, line: int, continues: bool) -> ast.stmt:
    statement = ast.parse(f"{name} = {REPORT}({name!r}, {name}, {line}, {continues})").body[0]
    for node in ast.walk(statement):
        ast.copy_location(node, after)
    return statement


def _bound(statement: ast.stmt) -> Iterator[tuple[str, bool]]:
    """Names that a statement itself gives a value, and whether it reads the old one."""
    if isinstance(statement, ast.AugAssign) and isinstance(statement.target, ast.Name):
        yield statement.target.id, True
    targets = statement.targets if isinstance(statement, ast.Assign) else []
    if isinstance(statement, ast.AnnAssign) and statement.value is not None:
        targets = [statement.target]
    value = statement.value if isinstance(statement, ast.Assign | ast.AnnAssign) else None
    read = {node.id for node in ast.walk(value) if isinstance(node, ast.Name)} if value is not None else set()
    for target in targets:
        for node in ast.walk(target):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) and node.id != "_":
                yield node.id, node.id in read


def _accumulated(statement: ast.stmt) -> set[str]:
    """Names to which a loop adds and which it does not start afresh: complete after the loop, as an array that it fills."""
    if not isinstance(statement, ast.For | ast.While):
        return set()
    inside = [node for part in statement.body for node in ast.walk(part) if isinstance(node, ast.stmt)]
    grown = {n.target.id for n in inside if isinstance(n, ast.AugAssign) and isinstance(n.target, ast.Name)}
    return grown - {name for node in inside if not isinstance(node, ast.AugAssign) for name, _ in _bound(node)}


def _last_write(block: list[ast.stmt], index: int, name: str) -> int:
    last = index
    for later in range(index + 1, len(block)):
        if any(name == bound for bound, _ in _bound(block[later])):
            break
        if name in _accumulated(block[later]) or any(_writes(node, name) for node in ast.walk(block[later])):
            last = later
    return last


def _writes(node: ast.AST, name: str) -> bool:
    """Whether a piece of code writes into the array of a name."""
    if isinstance(node, ast.Subscript):
        return not isinstance(node.ctx, ast.Load) and _root(node) == name
    if not isinstance(node, ast.Call):
        return False
    if any(keyword.arg == "out" and _root(keyword.value) == name for keyword in node.keywords):
        return True
    called = node.func.attr if isinstance(node.func, ast.Attribute) else ""
    into_first = called in WRITERS and bool(node.args) and _root(node.args[0]) == name
    return into_first or (called in IN_PLACE and isinstance(node.func, ast.Attribute) and _root(node.func.value) == name)


def _root(node: ast.AST) -> str:
    while isinstance(node, ast.Subscript | ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""
