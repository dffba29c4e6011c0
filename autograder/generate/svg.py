"""Draws small pictures of text and bars as SVG without a browser or a font file, so that every machine gives the same bytes.

A picture has a background of its own, because it is shown on light and on dark pages.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from html import escape

WIDTH = 480
MARGIN = 16
LINE = 18
HEADER = 34
SPACE_BELOW = 8
"""Space between pictures that a narrow page puts one below the other."""
CHARACTER = 7.53
"""Width of a character of the fixed font: 0.602 of its 12.5 pixels, in the fixed fonts of all systems, or less."""
MONOSPACE_COLUMNS = 58
SANS_COLUMNS = 64
"""Characters in a line, such that it fits in DejaVu Sans, the widest font named below."""

_STYLE = """\
rect{fill:#ffffff;stroke:#d0d7de}.header{fill:#f5f6f8}
text{fill:#1b1f24;font:13px system-ui,-apple-system,'Segoe UI',Helvetica,Arial,sans-serif}
.code{font:12.5px ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace}
.bold{font-weight:600}.soft{fill:#4d5662}.good{fill:#1a6b35}.bad{fill:#a3201d}.link{fill:#0b57a4}
@media (prefers-color-scheme:dark){
rect{fill:#14171b;stroke:#8b95a1}.header{fill:#1f242a}text{fill:#e8eaed}
.soft{fill:#b4bcc6}.good{fill:#7fd69a}.bad{fill:#ff9c94}.link{fill:#8ec1ff}}"""
_STYLE_OF_BARS = """\
.bar,.other,.rule{stroke:none}.bar{fill:#1b3a57}.other{fill:#c05a00}.rule{fill:#4d5662}
@media (prefers-color-scheme:dark){.bar{fill:#8ec1ff}.other{fill:#ffb26b}.rule{fill:#b4bcc6}}"""


@dataclass(frozen=True)
class Piece:
    """Some characters in one style, from a place on the line."""

    text: str
    style: str = ""
    """Classes of the style sheet: ``code``, ``bold``, ``soft``, ``good``, ``bad``, ``link``."""
    x: float = 0.0
    """Pixels from the left margin."""


@dataclass(frozen=True)
class Bar:
    """A filled box on a line: a bar of a chart, or a thin bar that marks a value."""

    x: float
    """Pixels from the left margin."""
    width: float
    top: float
    """Pixels from the base of the line's letters to its upper edge; negative above them."""
    height: float
    style: str = "bar"
    """Class of the style sheet: ``bar``, ``other``, ``rule``."""


@dataclass(frozen=True)
class Line:
    """A line of a picture."""

    pieces: Sequence[Piece] = field(default_factory=tuple)
    space: float = 0.0
    """Pixels above it, in addition to the height of a line."""
    bars: Sequence[Bar] = field(default_factory=tuple)


def paragraph(piece: Piece, *, columns: int, mark: Piece | None = None, space: float = 0.0) -> list[Line]:
    """Break a text into lines of at most that many characters; the first of them also shows the mark."""
    texts = textwrap.wrap(piece.text, columns) or [""]
    first, *rest = [Piece(text, piece.style, piece.x) for text in texts]
    return [Line((*((mark,) if mark else ()), first), space), *(Line((one,)) for one in rest)]


def draw(header: str, description: str, lines: Iterable[Line]) -> str:
    """Draw lines below a header.

    Parameters
    ----------
    header : what the picture shows, in a few words.
    description : the same for people who do not see it.
    lines : from top to bottom.
    """
    y = float(HEADER)
    texts, lines = [], list(lines)
    style = f"{_STYLE}\n{_STYLE_OF_BARS}" if any(line.bars for line in lines) else _STYLE
    for line in lines:
        y += LINE + line.space
        texts += [_box(bar, y) for bar in line.bars]
        texts += [_text(piece, MARGIN + piece.x, y) for piece in line.pieces if piece.text]
    card = round(y + MARGIN)
    height = card + SPACE_BELOW
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" role="img">',
            f"<title>{escape(description)}</title>",
            f"<style>\n{style}\n</style>",
            f'<rect x="0.5" y="0.5" width="{WIDTH - 1}" height="{card - 1}" rx="6"/>',
            f'<rect class="header" x="0.5" y="0.5" width="{WIDTH - 1}" height="{HEADER - 8}" rx="6"/>',
            _text(Piece(header, "soft"), MARGIN, HEADER - 16),
            *texts,
            "</svg>\n",
        ]
    )


def _text(piece: Piece, x: float, y: float) -> str:
    style = f' class="{piece.style}"' if piece.style else ""
    return f'<text x="{x:g}" y="{y:g}"{style}>{escape(piece.text)}</text>'


def _box(bar: Bar, y: float) -> str:
    place = f'x="{MARGIN + bar.x:g}" y="{y + bar.top:g}" width="{max(bar.width, 1):.1f}" height="{bar.height:g}"'
    return f'<rect class="{bar.style}" {place}/>'
