"""Explains unpacking errors: what a line was unpacking, and how many names it has for how many things."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from autograder.plural import counted

PLACE = re.compile(r"(?P<file>[\w/]+\.py), line (?P<line>\d+)")
NUMBERS = re.compile(r"(?P<kind>too many|not enough) values to unpack \(expected (?P<wanted>\d+)(?:, got (?P<got>\d+))?\)")
SINGLE = re.compile(r"cannot unpack non-iterable (?P<type>[A-Za-z]\w{0,30}) object")
NAME = re.compile(r"[A-Za-z_]\w{0,39}(?:\.[A-Za-z_]\w{0,39}){0,2}", re.ASCII)
MAX_LINES = 6
"""A statement of more lines than this is not looked at."""
MAX_LINE = 240
"""Nor one with a line of more characters."""
UNREADABLE = (SyntaxError, ValueError, MemoryError, RecursionError)
"""What parsing a piece of a student's file may raise."""


class _Apart(NamedTuple):
    """How many names there are for the things, and what they are taken from."""

    names: int
    source: str
    is_call: bool


def taken_apart(text: str, place: str, package: Path) -> str:
    """What to say about an exception from unpacking, in addition to its own text; empty for others, and if the line does not tell.

    Parameters
    ----------
    text : the exception's text.
    place : where it was raised, such as ``layers.py, line 12``.
    package : folder of the files that were handed in.
    """
    numbers, single, where = NUMBERS.fullmatch(text), SINGLE.fullmatch(text), PLACE.fullmatch(place)
    if not where or not (numbers or single):
        return ""
    found = list(_in_statement(_lines(package / where["file"]), int(where["line"])))
    wanted = [one for one in found if not numbers or one.names == int(numbers["wanted"])]
    if len(wanted) != 1:
        return ""
    (apart,) = wanted
    verb = "returned" if apart.is_call else "is" if single else "holds"
    if single:
        kind = "None" if single["type"] == "NoneType" else f"one {single['type']}"
        return f"{apart.source} {verb} {kind}, and the line has {apart.names} names for it"
    assert numbers
    amount = f"more than {counted(apart.names, 'value')}" if numbers["kind"] == "too many" else _amount(numbers["got"], apart.names)
    return f"{apart.source} {verb} {amount}"


def _amount(got: str | None, count: int) -> str:
    return f"{counted(int(got), 'value') if got else 'fewer values'}, and the line has {counted(count, 'name')}"


def _lines(path: Path) -> Sequence[str]:
    try:
        text = path.read_bytes().decode("utf-8", "replace")
    except OSError:
        return ()
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def _in_statement(lines: Sequence[str], number: int) -> Iterator[_Apart]:
    """What is unpacked in the statement that begins on a line; nothing else of the file is read as Python."""
    part = [line.strip() for line in lines[number - 1 : number - 1 + MAX_LINES]]
    if number < 1 or any(len(line) > MAX_LINE for line in part):
        return
    for end in range(1, len(part) + 1):
        statement = "\n".join(part[:end])
        try:
            tree = ast.parse(statement + (" pass" if statement.endswith(":") else ""))
        except UNREADABLE:
            continue
        for node in tree.body:
            yield from _apart(node)
        return


def _apart(node: ast.stmt) -> Iterator[_Apart]:
    if isinstance(node, ast.For):
        yield from _named(node.target, node.iter, "an item of the loop", "an item of ")
    elif isinstance(node, ast.Assign):
        for target in node.targets:
            yield from _named(target, node.value, "the right side")


def _named(target: ast.expr, value: ast.expr, otherwise: str, before: str = "") -> Iterator[_Apart]:
    """What is unpacked, if it has a plain name; ``otherwise`` says where it is."""
    if not isinstance(target, ast.Tuple | ast.List) or any(isinstance(name, ast.Starred) for name in target.elts):
        return
    is_call = isinstance(value, ast.Call)
    inner = value.func if isinstance(value, ast.Call) else value
    if isinstance(inner, ast.Subscript):
        inner, before = inner.value, before or "an item of "
    source = ast.unparse(inner) if isinstance(inner, ast.Name | ast.Attribute) else ""
    plain = bool(NAME.fullmatch(source))
    yield _Apart(len(target.elts), before + source if plain else otherwise, plain and is_call and not before)
