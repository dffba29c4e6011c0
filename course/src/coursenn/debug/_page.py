"""An explanation as HTML for a notebook: it uses the notebook's own colours, and everything in it is also text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from coursenn.debug._findings import Findings
from coursenn.debug._picture import draw
from coursenn.debug._table import HEAD, cells, described, details
from coursenn.debug._verdict import Row

LEFT = 'style="text-align:left"'
PLACE = 'style="text-align:left;border-top:3px solid;border-bottom:3px solid;font-weight:bold"'


def page(findings: Findings) -> str:
    """The rows down to the first wrong one, what is said of it, the picture, and the rest folded."""
    parts = [f"<p><strong>{escape(findings.summary)}</strong><br>{escape(findings.title)}</p>"]
    if findings.shown:
        parts.append(_table(findings, findings.shown))
    for row in described(findings):
        lines = "".join(f"<li>{_sentence(text)}</li>" for text in details(findings, row))
        parts.append(f"<p><strong>{escape(row.node.label)}</strong></p><ul>{lines}</ul>")
    if findings.folded:
        words = "Further on the way back, wrong perhaps because of it"
        parts.append(f"<details><summary>{words}</summary>{_table(findings, findings.folded)}</details>")
    parts += [f"<p>Note: {escape(note)}</p>" for note in findings.notes]
    return f'<div style="overflow-x:auto">{"".join(parts)}<div style="margin-top:1em">{draw(findings)}</div></div>'


def _table(findings: Findings, rows: Iterable[Row]) -> str:
    head = "".join(f'<th scope="col" {LEFT}>{text}</th>' for text in HEAD)
    lines = [_line(cells(findings, row), PLACE if row is findings.place else LEFT) for row in rows]
    return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(lines)}</tbody></table>"


def _line(texts: Sequence[str], style: str) -> str:
    first, *rest = (escape(text) for text in texts)
    return f'<tr><th scope="row" {style}>{first}</th>{"".join(f"<td {style}>{text}</td>" for text in rest)}</tr>'


def _sentence(text: str) -> str:
    """A line of code is set as code."""
    before, colon, code = text.partition(": ")
    return f"{escape(before)}: <code>{escape(code)}</code>" if colon and before.startswith("Line ") else escape(text)
