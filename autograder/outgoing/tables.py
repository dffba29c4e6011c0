"""Tables of comma-separated values as systems export them, read so that they can be written again in the same form."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograder.spreadsheets import decoded
from autograder.workspace.workspace import WorkspaceError

MAX_BYTES = 50_000_000
_MARKS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}


@dataclass
class ExportedTable:
    """The rows of a file, including its first line, and the form in which they were written."""

    rows: list[list[str]]
    delimiter: str = ","
    encoding: str = "utf-8"
    newline: str = "\n"
    quote_all: bool = False

    def content(self) -> bytes:
        """The rows as bytes, in the form in which they came."""
        out = io.StringIO()
        form: Any = {"delimiter": self.delimiter, "lineterminator": self.newline}
        csv.writer(out, quoting=csv.QUOTE_ALL if self.quote_all else csv.QUOTE_MINIMAL, **form).writerows(self.rows)
        return out.getvalue().encode(self.encoding)


def read_exported(path: Path) -> ExportedTable:
    """Read a file that a system exported.

    Raises
    ------
    WorkspaceError
        When it cannot be read or is not such a table.
    """
    try:
        data = path.read_bytes() if path.stat().st_size <= MAX_BYTES else b""
    except OSError as error:
        raise WorkspaceError(f"{path} cannot be read ({error.strerror or error})") from error
    if not data:
        raise WorkspaceError(f"{path} is empty, or larger than {MAX_BYTES // 1_000_000} MB: export it again")
    if data.startswith(b"PK\x03\x04"):
        raise WorkspaceError(f"{path} is a workbook: export it as CSV, and do not save it with a spreadsheet program in between")
    text = decoded(data)
    first = text.splitlines()[0] if text.splitlines() else ""
    delimiter = max(",;\t", key=first.count)
    encoding = next((name for mark, name in _MARKS.items() if data.startswith(mark)), "utf-8")
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error as error:
        raise WorkspaceError(f"{path} is not a table of comma-separated values ({error})") from error
    return ExportedTable(rows, delimiter, encoding, "\r\n" if "\r\n" in text else "\n", quote_all=first.startswith('"'))
