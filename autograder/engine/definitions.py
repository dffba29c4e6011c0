"""What a definition of a source file needs from that file, read from its syntax tree, and how to cut out only that part."""

from __future__ import annotations

import ast
import functools
import marshal
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

Uses = Mapping[str, frozenset[str]]
"""Name that a file binds -> the names that the statements binding it use."""


def uses(tree: ast.Module) -> Uses:
    """What the names of a file need; going through a syntax tree takes long, so this is done once for all of them."""
    found: dict[str, frozenset[str]] = {}
    for statement in tree.body:
        if names := _bound(statement):
            used = _used(statement)
            found |= {name: found.get(name, frozenset()) | used for name in names}
    return found


def needed_names(uses: Uses, wanted: Iterable[str], stop: Collection[str] = ()) -> set[str]:
    """Names that definitions use, and the names that the statements binding these use in turn.

    Parameters
    ----------
    uses : what the names of the file need, from `uses`.
    wanted : names of definitions at the top of the file.
    stop : names whose own statements are not followed, unless they are wanted.
    """
    found: set[str] = set()
    waiting = list(wanted)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            if name in wanted or name not in stop:
                waiting += uses.get(name, ())
    return found


@functools.lru_cache(maxsize=64)
def cut_out(path: Path, wanted: frozenset[str], others: frozenset[str]) -> bytes:
    """The code of some definitions of a file, with the imports, constants and helpers that they need; as `marshal` writes it.

    Parameters
    ----------
    path : the file; its contents must not change.
    wanted : names of the definitions.
    others : names of definitions that must never be included.
    """
    tree = ast.parse(path.read_text(encoding="utf-8"))
    needed = needed_names(uses(tree), wanted, others) - (others - wanted)
    body = [part for statement in tree.body if (part := _part(statement, needed))]
    code = compile(ast.Module(body, []), f"<reference {path.name}>", "exec", dont_inherit=True)
    return marshal.dumps(code)


def _part(statement: ast.stmt, needed: Collection[str]) -> ast.stmt | None:
    """The statement if it binds something needed; of an import, only the needed names."""
    if isinstance(statement, ast.ImportFrom) and statement.module == "__future__":
        return statement
    if isinstance(statement, ast.Import | ast.ImportFrom):
        statement.names = [alias for alias in statement.names if _imported(alias) in needed]
        return statement if statement.names else None
    return statement if _bound(statement) & set(needed) else None


def _bound(statement: ast.stmt) -> set[str]:
    """Names that a statement at the top of a file binds."""
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return {statement.name}
    if isinstance(statement, ast.Import | ast.ImportFrom):
        return {_imported(alias) for alias in statement.names}
    stored = {n.id for n in ast.walk(statement) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    inside = (child for child in ast.iter_child_nodes(statement) if isinstance(child, ast.stmt))
    return stored.union(*map(_bound, inside))


def _imported(alias: ast.alias) -> str:
    return alias.asname or alias.name.partition(".")[0]


def _used(statement: ast.stmt) -> frozenset[str]:
    return frozenset(n.id for n in ast.walk(statement) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load))
