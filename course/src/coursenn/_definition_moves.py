"""Which definitions of one source file go into another, and where: the decisions behind `coursenn.merge`."""

from __future__ import annotations

import ast
import builtins
from dataclasses import dataclass

from coursenn._definitions import Definition, Function, SourceFile, own_attributes, used_names

Edit = tuple[int, int, list[str]]


@dataclass(frozen=True)
class Move:
    """An edit of a file, or None where something is only to be said."""

    text: str
    edit: Edit | None = None


def update_definitions(mine: SourceFile, new: SourceFile, released: dict[str, str], again: bool = False) -> list[Move]:
    """Give the moves that bring a student's file to a corrected release.

    Parameters
    ----------
    mine, new : the student's file and the released one.
    released : fingerprints of the definitions of the release that ``mine`` began with; may be empty.
    again : this release has been here before, and everything has been said.
    """
    moves: list[Move] = []
    for name, definition in new.definitions.items():
        container = definition.container
        if name not in mine.definitions:
            if name in mine.bindings or (container and container not in mine.definitions):
                continue  # bound in another way, or comes with its class
            if container and not isinstance(mine.definitions[container].node, ast.ClassDef):
                continue
            moves.append(Move(f"{name} added", _insertion(mine, new, definition)))
        elif isinstance(definition.node, Function) and isinstance(mine.definitions[name].node, Function):
            moves += _renew(mine, new, name, released, again)
        elif isinstance(definition.node, ast.ClassDef) and isinstance(mine.definitions[name].node, ast.ClassDef) and not again:
            moves += _corrected_description(mine, new, name)
    added = {move.text.removesuffix(" added") for move in moves if move.text.endswith(" added")}
    return [*_missing_statements(mine, new, added), *moves]


def carry_definitions(mine: SourceFile, old: SourceFile, stubs: dict[str, str]) -> list[Move]:
    """Give the moves that bring finished functions of an earlier file to the stubs of this one.

    Parameters
    ----------
    mine, old : the file to change and the earlier one.
    stubs : fingerprints of the definitions of the release that ``mine`` began with; may be empty.
    """
    moves: list[Move] = []
    roots: list[str] = []
    for definition in old.functions():
        here = mine.definitions.get(definition.name)
        if here is None or definition.open_tasks or not here.open_tasks or not isinstance(here.node, Function):
            continue
        if not is_untouched(mine, here, stubs, old, definition):
            moves.append(Move(f"{here.name} was begun here and stays as it is; the finished one is in the earlier hand-in"))
            continue
        margin = _margin_of(mine, here)
        moves.append(Move(f"{here.name} carried", (here.first, here.last, old.moved_text(definition, margin))))
        roots.append(definition.name)
    return [*_needed(mine, old, roots), *moves]


def is_untouched(mine: SourceFile, here: Definition, released: dict[str, str], other: SourceFile, counterpart: Definition) -> bool:
    """Whether a student has not edited a definition.

    The release's fingerprint decides. Without one, a stub counts when every statement and comment of it is also in its counterpart,
    in that order: what replaces it holds all there was.
    """
    if here.name in released:
        return mine.fingerprint(here) == released[here.name]
    if not here.open_tasks or not set(mine.comments(here)) <= set(other.comments(counterpart)):
        return False
    rest = iter(counterpart.statements())
    return all(statement in rest for statement in here.statements())


def _renew(mine: SourceFile, new: SourceFile, name: str, released: dict[str, str], again: bool) -> list[Move]:
    here, there = mine.definitions[name], new.definitions[name]
    if mine.fingerprint(here) == new.fingerprint(there):
        return []
    if not is_untouched(mine, here, released, new, there):
        return [] if again else _corrected_description(mine, new, name)
    return [Move(f"{name} renewed", (here.first, here.last, new.moved_text(there, _margin_of(mine, here))))]


def _corrected_description(mine: SourceFile, new: SourceFile, name: str) -> list[Move]:
    """A word about an edited function whose description is no longer that of the release: what is graded may have been made clearer."""
    texts = [ast.get_docstring(source.definitions[name].node) for source in (mine, new)]
    if texts[0] is None or texts[0] == texts[1]:
        return []
    return [Move(f"{name} is yours and stays as it is, but its description was corrected: read it in the release")]


def _insertion(mine: SourceFile, new: SourceFile, definition: Definition) -> Edit:
    """Put a definition after the nearest one before it that both files have."""
    container = definition.container
    siblings = [d for d in new.definitions.values() if d.container == container]
    before = [d.name for d in siblings[: [d.name for d in siblings].index(definition.name)] if d.name in mine.definitions]
    gap = [""] if container else ["", ""]
    lines = new.moved_text(definition, mine.indentation(container) if container else "")
    if before:
        place = mine.definitions[before[-1]].last
    elif container:
        place = mine.definitions[container].last
    else:
        place = len(mine.lines)
    return (place, place, [*gap, *lines])


def _missing_statements(mine: SourceFile, new: SourceFile, added: set[str]) -> list[Move]:
    """Imports and assignments of the release whose names this file lacks: a renewed or added stub may need them."""
    moves: list[Move] = []
    seen: list[ast.stmt] = []
    for name, node in new.bindings.items():
        if name in mine.bindings or name == "*" or isinstance(node, Function | ast.ClassDef) or node in seen:
            continue
        seen.append(node)
        if isinstance(node, ast.Import | ast.ImportFrom):
            lacking = {n for n, statement in new.bindings.items() if statement is node and n not in mine.bindings}
            if not _has_star_of(mine, node):
                moves.append(_import_move(mine, node, lacking))
        elif set(used_names(node)) & added:
            # An alias such as `NewName = Class`, which must be below the class.
            moves.append(Move(f"{name} added", (len(mine.lines), len(mine.lines), ["", "", *new.statement(node)])))
        elif set(used_names(node)) & set(mine.definitions):
            place = max(mine.definitions[used].last for used in used_names(node) if used in mine.definitions)
            moves.append(Move(f"{name} added", (place, place, ["", "", *new.statement(node)])))
        else:
            moves.append(Move(f"{name} added", (_below_imports(mine), _below_imports(mine), new.statement(node))))
    return moves


def _needed(mine: SourceFile, old: SourceFile, roots: list[str]) -> list[Move]:
    """Helpers, constants, imports and methods that carried functions use and this file lacks, and what those use in turn."""
    needed: dict[ast.stmt, set[str]] = {}
    methods: list[Definition] = []
    star = False
    queue: list[tuple[str, ast.AST]] = [(name, old.definitions[name].node) for name in roots]
    while queue:
        name, code = queue.pop(0)
        for used in sorted(used_names(code)):
            if used in mine.bindings or hasattr(builtins, used):
                continue
            node = old.bindings.get(used)
            star = star or (node is None and "*" in old.bindings)
            if node is not None:
                if node not in needed:
                    queue.append((used, node))
                needed.setdefault(node, set()).add(used)
        owner = name.rpartition(".")[0]
        for attribute in sorted(own_attributes(code)) if owner else []:
            method = old.definitions.get(f"{owner}.{attribute}")
            if method and method.name not in mine.definitions and owner in mine.definitions and method not in methods:
                methods.append(method)
                queue.append((method.name, method.node))
    moves = _helper_moves(mine, old, needed)
    if star and "*" not in mine.bindings:
        place = _below_imports(mine)
        stars = [n for n in old.tree.body if isinstance(n, ast.ImportFrom) and n.names[0].name == "*"]
        moves += [Move(f"`{ast.unparse(n)}` added", (place, place, old.statement(n))) for n in stars]
    return moves + [Move(f"{m.name} carried along", _insertion(mine, old, m)) for m in methods]


def _helper_moves(mine: SourceFile, old: SourceFile, needed: dict[ast.stmt, set[str]]) -> list[Move]:
    """Place helpers in their old order above the first definition, where everything can see them."""
    moves: list[Move] = []
    first = min([d.first for d in mine.definitions.values()], default=len(mine.lines))
    place = _above_comments(mine, first)
    for node, names in sorted(needed.items(), key=lambda item: item[0].lineno):
        if isinstance(node, ast.Import | ast.ImportFrom):
            moves.append(_import_move(mine, node, names))
        elif isinstance(node, Function | ast.ClassDef):
            moves.append(Move(f"{node.name} carried along", (place, place, [*old.text(old.definitions[node.name]), "", ""])))
        else:
            moves.append(Move(f"{', '.join(sorted(names))} carried along", (place, place, [*old.statement(node), "", ""])))
    return moves


def _import_move(mine: SourceFile, node: ast.Import | ast.ImportFrom, names: set[str]) -> Move:
    aliases = [alias for alias in node.names if (alias.asname or alias.name.partition(".")[0]) in names]
    if isinstance(node, ast.Import):
        text = ast.unparse(ast.Import(names=aliases))
    else:
        text = ast.unparse(ast.ImportFrom(module=node.module, names=aliases, level=node.level))
    place = 0 if isinstance(node, ast.ImportFrom) and node.module == "__future__" else _below_imports(mine)
    if place == 0:
        place = _below_docstring(mine)
    return Move(f"`{text}` added", (place, place, [text]))


def _has_star_of(mine: SourceFile, node: ast.Import | ast.ImportFrom) -> bool:
    """Whether a file imports everything of the module that a statement imports from, as in ``from .layers import *``."""
    stars = (n for n in mine.tree.body if isinstance(n, ast.ImportFrom) and n.names[0].name == "*")
    return isinstance(node, ast.ImportFrom) and any((n.module, n.level) == (node.module, node.level) for n in stars)


def _below_docstring(mine: SourceFile) -> int:
    first = mine.tree.body[0] if mine.tree.body else None
    is_docstring = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str)
    return (first.end_lineno or 0) if first is not None and is_docstring else 0


def _below_imports(mine: SourceFile) -> int:
    """Below the imports at the top of a file (not one that somebody put further down)."""
    place = _below_docstring(mine)
    for node in mine.tree.body:
        if isinstance(node, Function | ast.ClassDef):
            break
        if isinstance(node, ast.Import | ast.ImportFrom):
            place = node.end_lineno or place
    return place


def _above_comments(mine: SourceFile, place: int) -> int:
    """Above the comment lines that are directly before a line."""
    while place > 0 and mine.lines[place - 1].startswith("#"):
        place -= 1
    return place


def _margin_of(source: SourceFile, definition: Definition) -> str:
    line = source.lines[definition.first]
    return line[: len(line) - len(line.lstrip(" \t"))]
