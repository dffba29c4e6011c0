"""The cells of a notebook that decide what is stored from a run: the stored cells, and the cells that they depend on."""

from __future__ import annotations

import ast
import re
import symtable
from collections.abc import Sequence

from autograder.generate.percent import SourceCell
from autograder.generate.what_runs import digest, plain_code, reach_of
from autograder.given_module import given_module
from autograder.manifest import Course, Notebook

RUN = ("code", "solution", "check")
TEMPLATE = re.compile(r"\{\{[^{}]*\}\}")
MAGIC = re.compile(r"^(\s*)[%!].*$", re.MULTILINE)
SEEDS, DRAWS = "random.seed(", "random"
IMPORTS = (ast.Import, ast.ImportFrom)


def recording_key(course: Course, notebook: Notebook, cells: Sequence[SourceCell]) -> str:
    """A digest of the code that can change what is recorded.

    It covers the stored cells (recorded ones, and given ones, which the book's page shows) up to the last recorded one,
    the cells whose variables or random numbers they use, and every definition of the package that these reach. So a new check in
    the notebook, or a new function in a file, does not change it; comments, docstrings and blank lines do not count.
    """
    last = max((number for number, cell in enumerate(cells) if cell.record), default=-1)
    counting = cells_that_count([cell for cell in cells[: last + 1] if cell.kind in RUN])
    imports = [line for cell in cells[: last + 1] if cell.kind in RUN for line in _imports(cell)]
    texts = [(cell.record, _without_imports(cell)) for cell in counting]
    program = "\n".join([*imports, *(_plain_python(text) for _, text in texts)])
    return digest(*(f"{name}\0{plain_code(text)}" for name, text in texts if name or text), *_reached(course, notebook, program))


def _reached(course: Course, notebook: Notebook, program: str) -> list[str]:
    return reach_of(course, (course.root, notebook.root)).of(program)


def cells_that_count(cells: Sequence[SourceCell]) -> list[SourceCell]:
    """The recorded and the given cells among some cells, and the earlier ones that they need.

    A cell needs the nearest earlier cell that binds a variable that it reads, the cells in between that change it, and, if it draws
    random numbers without a seed, all cells back to the one that set the seed.
    """
    chosen: list[SourceCell] = []
    needed: set[str] = set()
    draws = False
    for cell in reversed(cells):
        statements = _statements(cell)
        kept = bool(cell.record) or cell.kind == "code" or statements is None
        if not (kept or draws or any(_changes(s) & needed for s in statements or ())):
            continue
        chosen.append(cell)
        for statement in reversed(statements or []):
            needed -= _binds(statement)
            needed |= _reads(statement)
        draws = SEEDS not in cell.source and (draws or DRAWS in cell.source)
    return chosen[::-1]


def _statements(cell: SourceCell) -> list[ast.stmt] | None:
    """The statements of a cell without its imports; None if it is not Python."""
    try:
        return [node for node in ast.parse(_plain_python(cell.source)).body if not isinstance(node, IMPORTS)]
    except SyntaxError:
        return None


def _imports(cell: SourceCell) -> list[str]:
    try:
        tree = ast.parse(_plain_python(cell.source))
    except SyntaxError:
        return []
    return [ast.unparse(node) for node in tree.body if isinstance(node, IMPORTS)]


def _without_imports(cell: SourceCell) -> str:
    """The text of a cell without the imports at its top level."""
    lines = cell.source.split("\n")
    try:
        body = ast.parse(_plain_python(cell.source)).body
    except SyntaxError:
        return cell.source
    for node in body:
        if isinstance(node, IMPORTS):
            lines[node.lineno - 1 : node.end_lineno] = [""] * ((node.end_lineno or node.lineno) - node.lineno + 1)
    return "\n".join(lines).strip("\n")


def _plain_python(source: str) -> str:
    """A cell without what only the generator and IPython understand, with the same lines."""
    return MAGIC.sub(r"\1pass", TEMPLATE.sub("0", source))


def _binds(statement: ast.stmt) -> set[str]:
    return set(given_module("_definitions").bound_names([statement]))


def _changes(statement: ast.stmt) -> set[str]:
    """Names that a statement binds, or whose entries or attributes it sets."""
    stored = (n for n in ast.walk(statement) if isinstance(n, ast.Subscript | ast.Attribute) and isinstance(n.ctx, ast.Store))
    return _binds(statement) | {_base(node) for node in stored}


def _base(node: ast.expr) -> str:
    while isinstance(node, ast.Subscript | ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def _reads(statement: ast.stmt) -> set[str]:
    """Names that a statement takes from earlier ones, without those of its own functions and comprehensions."""
    found = _read_in(symtable.symtable(ast.unparse(statement), "<cell>", "exec"))
    found |= {node.target.id for node in ast.walk(statement) if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name)}
    if isinstance(statement, ast.For):
        found -= {n.id for n in ast.walk(statement.target) if isinstance(n, ast.Name)}
    if isinstance(statement, ast.With):
        targets = (item.optional_vars for item in statement.items if item.optional_vars is not None)
        found -= {n.id for target in targets for n in ast.walk(target) if isinstance(n, ast.Name)}
    return found


def _read_in(table: symtable.SymbolTable) -> set[str]:
    at_top = table.get_type() == "module"
    own = {s.get_name() for s in table.get_symbols() if s.is_referenced() and (at_top or s.is_global())}
    return own.union(*map(_read_in, table.get_children()))
