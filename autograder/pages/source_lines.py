"""The text of a student's file as numbered lines, statements and definitions, without parsing it as Python.

Some texts make a parser use up the stack or the memory, and a parser says nothing about a file that is cut short. Here
lines are read one by one: strings, brackets and indentation are enough to find a function, even in a broken file. Nothing is run.
"""

from __future__ import annotations

import bisect
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from autograder.sandbox.worker.sources import decode_source

MAX_BYTES = 1 << 20
MAX_LINES = 20_000
MAX_LINE = 2_000
"""Most characters of a line that are read; a page shows fewer."""
MAX_SHOWN = 160
_PIECE = re.compile(
    r"\"\"\"|'''|\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'|#.*|[()\[\]{}]|[A-Za-z_]\w*|\d[\w.]*|\*\*|//|[=!<>+\-*/@%&|^]=|->|\S"
)
_DEFINES = re.compile(r"(?P<indent>\s*)(?:(?:async\s+)?def|class)\s+(?P<name>\w+)")


@dataclass(frozen=True)
class Statement:
    """A simple statement, or the head of a block: its lines, and its words and symbols in order."""

    first: int
    """Number of its first line, from 1."""
    last: int
    pieces: tuple[str, ...]
    indent: int

    @property
    def is_string(self) -> bool:
        """Whether it is only a string, like a docstring."""
        return bool(self.pieces) and all(piece in ('"""', "'''") or piece[0] in "\"'" for piece in self.pieces if piece not in "rRbBuU")

    def assigned(self) -> frozenset[str]:
        """The names that it gives a value to, ``dw`` in ``dw = ...`` and in ``dw[i] += ...``."""
        names: set[str] = set()
        open_: list[str] = []
        before = ""
        for piece in self.pieces:
            if piece in "([{":
                # After a name, a bracket is an index or a call.
                open_.append(piece if before in ("", ",", "(", "[", "*") else "inside")
            elif piece in ")]}" and open_:
                open_.pop()
            elif not open_ and piece[-1] == "=" and piece not in ("==", "!=", "<=", ">="):
                return frozenset(names)
            elif piece.isidentifier() and "inside" not in open_ and before in ("", ",", "(", "[", "*"):
                names.add(piece)
            before = piece
        return frozenset()


@dataclass(frozen=True)
class Definition:
    """A function or a class, in lines numbered from 1."""

    name: str
    first: int
    last: int
    statements: tuple[Statement, ...]
    """Its statements, including those of inner definitions; the first is its head."""


class SourceText:
    """One file as it was handed in.

    Parameters
    ----------
    data : its bytes; those after `MAX_BYTES` are not read.
    """

    def __init__(self, data: bytes) -> None:
        text, _ = decode_source(data[:MAX_BYTES])
        self.lines = text.split("\n")[:MAX_LINES]

    @cached_property
    def _statements(self) -> tuple[Statement, ...]:
        # Read only when a page quotes a line: most files are quoted on no page.
        return tuple(_statements(self.lines))

    def names(self) -> list[str]:
        """The functions and classes at the top of the file, in order."""
        return list(dict.fromkeys(name for s in self._statements if not s.indent and (name := _defined(s))))

    def definition(self, name: str) -> Definition | None:
        """A function, a class, or a method as ``Class.method``; the last one of that name, which counts."""
        found: Definition | None = None
        first, last, outside = 1, len(self.lines), -1
        for part in name.split("."):
            places = [i for i, s in enumerate(self._statements) if _defined(s) == part and first <= s.first <= last]
            places = [i for i in places if self._statements[i].indent > outside and (outside >= 0 or not self._statements[i].indent)]
            if not places:
                return None
            found = self._whole(name, places[-1])
            first, last, outside = found.first + 1, found.last, self._statements[places[-1]].indent
        return found

    def enclosing(self, line: int) -> Definition | None:
        """The innermost function or class around a line."""
        place = bisect.bisect_right(self._statements, line, key=lambda s: s.first) - 1
        if place < 0 or self._statements[place].last < line:
            return None
        inside = self._statements[place].indent + bool(_defined(self._statements[place]))
        for i in range(place, -1, -1):
            head = self._statements[i]
            if head.indent < inside:
                inside = head.indent
                if name := _defined(head):
                    return self._whole(name, i)
        return None

    def _whole(self, name: str, start: int) -> Definition:
        stop = start + 1
        while stop < len(self._statements) and self._statements[stop].indent > self._statements[start].indent:
            stop += 1
        inside = self._statements[start:stop]
        return Definition(name, inside[0].first, inside[-1].last, inside)


def _defined(statement: Statement) -> str:
    pieces = statement.pieces[1:] if statement.pieces[:1] == ("async",) else statement.pieces
    return pieces[1] if len(pieces) > 1 and pieces[0] in ("def", "class") else ""


def _statements(lines: Sequence[str]) -> Iterator[Statement]:
    """The statements of a file, as far as strings and brackets show them."""
    quote, depth, goes_on = "", 0, False
    first, indent = 0, 0
    pieces: list[str] = []
    for number, whole in enumerate(lines, start=1):
        line = whole[:MAX_LINE]
        starts = not quote and not goes_on and (depth <= 0 or _DEFINES.match(line) is not None)
        if starts:
            if pieces:
                yield Statement(first, number - 1, tuple(pieces), indent)
            first, depth, pieces = number, 0, []
            indent = len(line.expandtabs()) - len(line.expandtabs().lstrip())
        before = len(pieces)
        quote, depth = _read(line, quote, depth, pieces)
        goes_on = not quote and line.endswith("\\")
        if starts and len(pieces) == before and not quote:
            first = number + 1  # an empty line, or a comment
    if pieces:
        last = next((n for n in range(len(lines), first, -1) if lines[n - 1].strip()), first)
        yield Statement(first, last, tuple(pieces), indent)


def _read(line: str, quote: str, depth: int, pieces: list[str]) -> tuple[str, int]:
    """Read the pieces of a line; return the quote of a string that goes on in the next line, and the number of open brackets."""
    place = 0
    while place < len(line):
        if quote:
            end = line.find(quote, place)
            if end < 0:
                return quote, depth
            place, quote = end + 3, ""
            continue
        found = _PIECE.search(line, place)
        if found is None:
            break
        piece, place = found.group(), found.end()
        if piece in ('"""', "'''"):
            quote = piece
        if piece[0] != "#":
            pieces.append(piece)
        depth += (piece in ("(", "[", "{")) - (piece in (")", "]", "}"))
    return quote, depth


def shown(line: str) -> str:
    """A line made safe to show: no control or direction characters, no stacked accents, at most `MAX_SHOWN` characters."""
    kept, marks = [], 0
    text = line[:MAX_LINE].expandtabs(4)
    for character in text[:MAX_SHOWN]:
        category = unicodedata.category(character)
        marks = marks + 1 if category[0] == "M" else 0
        if marks <= 2:
            kept.append("\ufffd" if category in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp") else character)
    return "".join(kept) + ("…" if len(text) > MAX_SHOWN or len(line) > MAX_LINE else "")
