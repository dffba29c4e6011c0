"""An explanation as text for a terminal."""

from __future__ import annotations

import textwrap

from coursenn.debug._findings import Findings
from coursenn.debug._verdict import Row, Status

WIDTH = 76
HEAD = ("value", "shape", "gradient", "compared")


def shape_text(shape: tuple[int, ...] | None) -> str:
    """A shape as tables show it."""
    return "-" if shape is None else "one number" if shape == () else " x ".join(map(str, shape))


def verdict(findings: Findings, row: Row) -> str:
    """The word for a row, and whether it is the place to look."""
    return f"{row.status.value}: LOOK HERE" if row is findings.place else row.status.value


def cells(findings: Findings, row: Row) -> tuple[str, str, str, str]:
    """A row as text."""
    return row.node.label, shape_text(row.node.value.shape), shape_text(row.claimed_shape), verdict(findings, row)


def details(findings: Findings, row: Row) -> list[str]:
    """All that is said of a node, with the line that assigns its gradient."""
    text = findings.source.get(row.node.claim_line)
    line = [f"Line {row.node.claim_line}: {text}"] if text and row.status is not Status.RIGHT else []
    return [*row.says, *line]


def described(findings: Findings) -> list[Row]:
    """Rows of which more than a word is said: the places, or everything when all is right."""
    if findings.place is None:
        return [row for row in findings.shown if row.says]
    return [findings.place, *findings.also]


def table(findings: Findings) -> str:
    """The rows from the end to the first wrong one, what is said of it, and the notes."""
    shown = [cells(findings, row) for row in findings.shown]
    lines = [*_wrapped([findings.title, findings.summary], ""), ""]
    if shown:
        widths = [max(len(line[i]) for line in [HEAD, *shown]) for i in range(len(HEAD))]
        lines += ["  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip() for line in [HEAD, *shown]]
    if findings.folded:
        words = ", ".join(f"{row.node.label} {row.status.value}" for row in findings.folded)
        lines += ["", *_wrapped([f"Further on the way back, wrong perhaps because of it: {words}."], "")]
    for row in described(findings):
        lines += ["", f"{row.node.label}:", *_wrapped(details(findings, row))]
    if findings.notes:
        lines += ["", *_wrapped([f"Note: {note}" for note in findings.notes], "")]
    return "\n".join(lines)


def _wrapped(sentences: list[str], indent: str = "  ") -> list[str]:
    return [line for text in sentences for line in textwrap.wrap(text, WIDTH, initial_indent=indent, subsequent_indent=indent)]
