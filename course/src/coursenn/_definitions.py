"""The functions of a source file as pieces of text that can be compared and moved.

`ast` gives the positions and the text itself is kept, so comments, formatting, line ends and a byte-order mark survive.
Nothing here runs the code it reads.
"""

from __future__ import annotations

import ast
import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

BOM = b"\xef\xbb\xbf"
_LINES = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
_STUB = re.compile(r"Tasks? ([a-z0-9]+(?:-[a-z0-9]+)*(?:, [a-z0-9]+(?:-[a-z0-9]+)*)*)")
Function = ast.FunctionDef | ast.AsyncFunctionDef


class SourceError(ValueError):
    """A file that is not Python in UTF-8; the message says where and why."""


@dataclass(frozen=True)
class Definition:
    """A function, a class or a method: lines ``first`` to ``last`` (from 0, ``last`` excluded) of its file."""

    name: str
    node: Function | ast.ClassDef
    first: int
    last: int

    @property
    def container(self) -> str:
        """The class a method belongs to; empty at the top level."""
        return self.name.rpartition(".")[0]

    @cached_property
    def open_tasks(self) -> tuple[str, ...]:
        """The tasks that its stubs name, where one can still be reached."""
        return tuple(dict.fromkeys(open_tasks(self.node.body)))

    def statements(self) -> list[str]:
        """Its statements without docstring and stub, in a form that can be compared."""
        body = self.node.body[1:] if ast.get_docstring(self.node, clean=False) is not None else self.node.body
        return [ast.dump(node) for node in body if not _named_tasks(node)]


class SourceFile:
    """A Python file: its lines with their ends, its definitions, and the top-level statement that binds each name.

    Parameters
    ----------
    content : bytes of the file, UTF-8.
    name : what messages call it.

    Raises
    ------
    SourceError
        If it is not UTF-8 or not Python.
    """

    def __init__(self, content: bytes, name: str) -> None:
        self.name = name
        self.bom = BOM if content.startswith(BOM) else b""
        try:
            text = content.removeprefix(BOM).decode("utf-8")
            self.tree = ast.parse(text)
        except UnicodeDecodeError as error:
            raise SourceError(f"{name} is not UTF-8 (byte {error.start}): save it as UTF-8") from None
        except SyntaxError as error:
            raise SourceError(f"{name}, line {error.lineno}: {error.msg}") from None
        except (ValueError, RecursionError, MemoryError) as error:
            raise SourceError(f"{name} is not Python: {error}") from None
        self.lines: list[str] = _LINES.findall(text)
        ends = [line[len(line.rstrip("\r\n")) :] for line in self.lines]
        self.newline = max(("\n", "\r\n", "\r"), key=ends.count)

    @cached_property
    def definitions(self) -> dict[str, Definition]:
        """Qualified name -> function, class or method; of two with one name the last, as in Python."""
        found: dict[str, Definition] = {}
        for node in self.tree.body:
            if isinstance(node, Function | ast.ClassDef):
                found[node.name] = self._definition(node.name, node)
            if isinstance(node, ast.ClassDef):
                for inner in node.body:
                    if isinstance(inner, Function):
                        found[f"{node.name}.{inner.name}"] = self._definition(f"{node.name}.{inner.name}", inner)
        return found

    @cached_property
    def bindings(self) -> dict[str, ast.stmt]:
        """Top-level name -> the top-level statement that binds it last."""
        return {name: node for node in self.tree.body for name in bound_names([node])}

    def functions(self) -> list[Definition]:
        """Functions and methods, without the classes around them."""
        return [d for d in self.definitions.values() if isinstance(d.node, Function)]

    def text(self, definition: Definition) -> list[str]:
        """Its lines."""
        return self.lines[definition.first : definition.last]

    def statement(self, node: ast.stmt) -> list[str]:
        """The lines of a top-level statement."""
        return self.lines[_first(node) : node.end_lineno]

    def fingerprint(self, definition: Definition) -> str:
        """A short hash of its text that does not see line ends, trailing blanks and common indentation."""
        margin = len(_margin(self.text(definition)[0]))
        plain = [line[min(margin, len(line) - len(line.lstrip())) :].rstrip() for line in self.text(definition)]
        return hashlib.sha256("\n".join(plain).encode()).hexdigest()[:16]

    def comments(self, definition: Definition) -> list[str]:
        """Lines of it that hold nothing but a comment."""
        inside = set(_string_lines(definition.node))
        lines = enumerate(self.text(definition), start=definition.first)
        return [line.strip() for number, line in lines if number not in inside and line.lstrip().startswith("#")]

    def with_edits(self, edits: Iterable[tuple[int, int, list[str]]]) -> bytes:
        """Content with lines ``first`` to ``last`` replaced, for each ``(first, last, lines)``; the new lines get this file's line ends."""
        lines = list(self.lines)
        if lines and not lines[-1].endswith(("\n", "\r")):
            lines[-1] += self.newline
        # From the end, so that earlier numbers stay right; insertions at one place keep their order and come before a replacement.
        for first, last, new in sorted(edits, key=lambda e: e[:2])[::-1]:
            lines[first:last] = [line.rstrip("\r\n") + self.newline for line in new]
        return self.bom + "".join(lines).encode("utf-8")

    def moved_text(self, definition: Definition, to: str) -> list[str]:
        """Its lines with the indentation of its first line replaced by ``to``; strings that span lines stay as they are."""
        lines = self.text(definition)
        margin = _margin(lines[0])
        inside = set(_string_lines(definition.node))
        return [
            to + line.removeprefix(margin) if line.strip() and number not in inside else line
            for number, line in enumerate(lines, start=definition.first)
        ]

    def indentation(self, class_name: str) -> str:
        """How the members of a class are indented."""
        body = self.definitions[class_name].node.body
        return _margin(self.lines[_first(body[0])]) if _first(body[0]) > self.definitions[class_name].node.lineno - 1 else "    "

    def _definition(self, name: str, node: Function | ast.ClassDef) -> Definition:
        last = node.end_lineno or node.lineno
        # Comments after the last statement belong to the body as long as they are indented like it.
        for number in range(last, len(self.lines)):
            line = self.lines[number]
            if line.strip() and not (line.lstrip().startswith("#") and len(_margin(line)) > node.col_offset):
                break
            if line.strip():
                last = number + 1
        return Definition(name, node, _first(node), last)


def fingerprints(content: bytes, name: str) -> dict[str, str]:
    """Qualified name -> fingerprint, for every function and method of a file: what a release records of its stubs."""
    source = SourceFile(content, name)
    return {d.name: source.fingerprint(d) for d in source.functions()}


def open_tasks(body: list[ast.stmt]) -> Iterator[str]:
    """Tasks whose stub's ``raise`` is in these statements, where the control flow can get to it."""
    for node in body:
        yield from _named_tasks(node)
        for inner in ("body", "orelse", "finalbody"):
            yield from open_tasks(getattr(node, inner, []))
        for branch in (*getattr(node, "handlers", ()), *getattr(node, "cases", ())):
            yield from open_tasks(branch.body)
        if isinstance(node, ast.Return | ast.Raise | ast.Break | ast.Continue):
            return  # a `raise` left standing below a `return` is never met


def bound_names(body: Iterable[ast.stmt]) -> Iterator[str]:
    """Names that statements bind in their own scope; ``*`` for a star import."""
    for node in body:
        if isinstance(node, Function | ast.ClassDef):
            yield node.name
            continue
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield from (alias.asname or alias.name.partition(".")[0] for alias in node.names)
            continue
        for inner in ("body", "orelse", "finalbody"):
            yield from bound_names(getattr(node, inner, []))
        for branch in (*getattr(node, "handlers", ()), *getattr(node, "cases", ())):
            yield from bound_names(branch.body)
        for expression in (c for c in ast.iter_child_nodes(node) if isinstance(c, ast.expr | ast.withitem)):
            yield from (n.id for n in ast.walk(expression) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store))


def used_names(node: ast.AST) -> set[str]:
    """Names that the code below a node reads."""
    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}


def own_attributes(node: ast.AST) -> set[str]:
    """Attributes of ``self`` and ``cls`` that the code below a node uses."""
    return {
        n.attr for n in ast.walk(node) if isinstance(n, ast.Attribute) and isinstance(n.value, ast.Name) and n.value.id in ("self", "cls")
    }


def tasks_of_stub(line: str) -> list[str]:
    """Tasks that a line of source names as a stub does; for files that cannot be read in any better way."""
    start, mark, text = line.strip().partition("raise NotImplementedError(")
    match = _STUB.match(text.lstrip("\"'")) if mark and not start else None
    return match.group(1).split(", ") if match else []


def _named_tasks(node: ast.stmt) -> list[str]:
    """Tasks that the NotImplementedError of a stub names; empty for any other statement."""
    if not (isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) and len(node.exc.args) == 1):
        return []
    raised, text = node.exc.func, node.exc.args[0]
    if not (isinstance(raised, ast.Name) and raised.id == "NotImplementedError" and isinstance(text, ast.Constant)):
        return []
    match = _STUB.match(str(text.value))
    return match.group(1).split(", ") if match else []


def _first(node: ast.stmt) -> int:
    """Number, from 0, of the first line of a statement, its decorators included."""
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(d.lineno for d in decorators)]) - 1


def _margin(line: str) -> str:
    return line[: len(line) - len(line.lstrip(" \t\f"))]


def _string_lines(node: ast.AST) -> Iterator[int]:
    """Numbers, from 0, of the lines that begin inside a string."""
    for part in ast.walk(node):
        if isinstance(part, ast.JoinedStr) or (isinstance(part, ast.Constant) and isinstance(part.value, str | bytes)):
            yield from range(part.lineno, part.end_lineno or part.lineno)
