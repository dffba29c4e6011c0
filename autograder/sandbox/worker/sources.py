"""Reads the text of an editable file in any encoding, and finds the statements in it that compile."""

from __future__ import annotations

import ast
import codecs
import io
import re
import tokenize

MAX_JOINED_CHUNKS = 60
CONTINUES = re.compile(r"(\)|\]|\}|elif\b|else\b|except\b|finally\b)")
CUT = ("unterminated triple-quoted", "was never closed", "unexpected EOF", "EOF while scanning")
DEFINES = re.compile(r"^(?:async\s+def|def|class)\s+(\w+)", re.MULTILINE)


def decode_source(data: bytes) -> tuple[str, str | None]:
    """Source text of a file in any of the encodings that editors write, and a note if it is not as it should be.

    A byte order mark and the line ends of Windows and old Macs are accepted. UTF-16 is read, NUL bytes are left
    out, and text that is neither UTF-8 nor what it declares is read as Latin-1: each with a note, and without costing marks.
    """
    for mark, encoding in ((codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16")):
        if data.startswith(mark):
            return _lines(data.decode(encoding, "replace")), "the file is UTF-16; Python files are UTF-8"
    note = None
    if b"\0" in data:
        data, note = data.replace(b"\0", b""), "the file holds NUL bytes, which were left out"
    try:
        encoding = tokenize.detect_encoding(io.BytesIO(data).readline)[0]
        text = data.decode(encoding)
    except (SyntaxError, UnicodeError, LookupError):
        text, note = data.decode("latin-1"), note or "the file is not UTF-8; it was read as Latin-1"
    return _lines(text), note


def _lines(text: str) -> str:
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


def statements(source: str) -> tuple[list[ast.stmt], list[tuple[int, str, str]]]:
    """Top-level statements, and ``(line, text, name)`` of each stretch that does not compile (name of its definition or '')."""
    try:
        return list(ast.parse(source).body), []
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return _salvage(source.split("\n"))


def _salvage(lines: list[str]) -> tuple[list[ast.stmt], list[tuple[int, str, str]]]:
    starts = _starts(lines)
    kept: list[ast.stmt] = []
    lost: list[tuple[int, str, str]] = []
    i = 0
    while i < len(starts) - 1:
        tree, stop, (line, text) = _join(lines, starts, i)
        kept += tree
        if text:
            name = DEFINES.search("\n".join(lines[starts[i] : starts[i + 1]]))
            lost.append((line, text, name.group(1) if name else ""))
        i = stop
    return kept, lost


def _join(lines: list[str], starts: list[int], i: int) -> tuple[list[ast.stmt], int, tuple[int, str]]:
    """Statements of the chunk at ``i``, the index of the next chunk, and what is wrong with this one.

    A line at the margin inside a docstring or a bracket looks like a start: such chunks are joined until they compile.
    """
    tree, first = _parse(lines, starts[i], starts[i + 1])
    error = first
    for j in range(i + 1, min(i + 1 + MAX_JOINED_CHUNKS, len(starts))):
        if j > i + 1:
            tree, error = _parse(lines, starts[i], starts[j])
        if tree is not None:
            return tree, j, (0, "")
        if not any(sign in error[1] for sign in CUT):
            break
    return [], i + 1, first


def _starts(lines: list[str]) -> list[int]:
    """Indices of lines that begin a top-level statement, and the end; decorators belong to what they decorate."""
    starts: list[int] = []
    for i, line in enumerate(lines):
        at_margin = bool(line) and not line[0].isspace() and line[0] != "#" and not CONTINUES.match(line)
        if at_margin and not (starts and lines[starts[-1]].startswith("@") and all(x.startswith("@") for x in lines[starts[-1] : i] if x)):
            starts.append(i)
    return [*starts, len(lines)]


def _parse(lines: list[str], start: int, stop: int) -> tuple[list[ast.stmt] | None, tuple[int, str]]:
    try:
        tree = ast.parse("\n".join(lines[start:stop]))
        ast.increment_lineno(tree, start)
        compile(tree, "<chunk>", "exec", dont_inherit=True)
        return list(tree.body), (0, "")
    except SyntaxError as error:
        return None, (start + (error.lineno or 1), error.msg or "invalid syntax")
    except (ValueError, RecursionError, MemoryError) as error:
        return None, (start + 1, type(error).__name__)
