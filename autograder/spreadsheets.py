"""Tables as spreadsheet programs write them: commas, semicolons or tabs, in UTF-8, UTF-16 or Windows' code page for western Europe."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

MAX_BYTES = 10_000_000

Row = tuple[int, list[str]]
"""The number of a line, from 1, and the values of its cells."""


class NotATable(ValueError):
    """A file that cannot be read as a table; the message says why and follows the name of the file."""


def read_rows(path: Path, known: Collection[str]) -> list[Row]:
    """The lines of a file that are not empty; the first has the names of the columns.

    Parameters
    ----------
    known : names of columns as `header_name` gives them; the delimiter is the one with which most of them are found.

    Raises
    ------
    NotATable
        When the file cannot be read, is a workbook, too large, empty or not a table.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise NotATable(f"cannot be read ({error.strerror or error})") from error
    if data.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise NotATable("is a workbook: open it in your spreadsheet program and save it as CSV")
    if len(data) > MAX_BYTES:
        raise NotATable(f"is larger than {MAX_BYTES // 1_000_000} MB")
    try:
        return _rows(decoded(data), known)
    except csv.Error as error:
        raise NotATable(f"is not a table of comma-separated values ({error})") from error


def decoded(data: bytes) -> str:
    """Text of a spreadsheet, in the encoding that its first bytes announce, else UTF-8, else what Windows writes in western Europe."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    if b"\0" in data[:200]:
        return data.decode("utf-16-be" if data[:1] == b"\0" else "utf-16-le", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def _rows(text: str, known: Collection[str]) -> list[Row]:
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    first, _, rest = lines.partition("\n")
    skipped = 0
    if (said := re.fullmatch(r'"?sep=(.)"?\s*', first.strip("\ufeff"), re.IGNORECASE)) is not None:
        delimiter, lines, skipped = said[1], rest, 1
    else:
        delimiter = max(",;\t", key=lambda mark: _known_columns(first, mark, known))
    reader = csv.reader(io.StringIO(lines), delimiter=delimiter, skipinitialspace=True, strict=True)
    rows, begin = [], 1 + skipped
    for row in reader:
        values = [_value(v) for v in row]
        if any(values):
            rows.append((begin, values))
        begin = reader.line_num + 1 + skipped
    return rows


def _known_columns(line: str, delimiter: str, known: Collection[str]) -> tuple[int, int]:
    """How many columns a header has with that delimiter: the known ones, and all."""
    try:
        cells = next(csv.reader([line], delimiter=delimiter, skipinitialspace=True), [])
    except csv.Error:
        return 0, 0
    return sum(header_name(_value(c)) in known for c in cells), len(cells)


def _value(cell: str) -> str:
    """The value of a cell: spreadsheets preserve leading zeros of a number by writing ``="0815"``."""
    text = unicodedata.normalize("NFC", cell).strip().strip("\ufeff\u200b\xa0").strip()
    return formula[1] if (formula := re.fullmatch(r'="(.*)"', text)) else text


def header_name(cell: str) -> str:
    """The name of a column, in lower case and with ``_`` for everything that is not a letter or digit."""
    return re.sub(r"[\W_]+", "_", cell.casefold()).strip("_")


def table_text(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table in the form in which a workspace keeps it: commas, and a line feed after each line."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return out.getvalue()
