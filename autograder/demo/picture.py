"""The table of the demonstration as an SVG for the README."""

from __future__ import annotations

import io
import re
from pathlib import Path

from rich.console import Console
from rich.table import Table

FONT_FACE = re.compile(r"@font-face\s*\{.*?\}", re.DOTALL)


def save(table: Table, path: Path) -> None:
    """Write the picture; it loads no font from a network."""
    console = Console(record=True, width=150, file=io.StringIO())
    console.print(table)
    svg = console.export_svg(title="make demo", unique_id="demo")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(FONT_FACE.sub("", svg), encoding="utf-8")
