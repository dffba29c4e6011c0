"""The graph of a forward pass as SVG: one box for each value, from the inputs down to the loss, with the wrong one marked.

Nothing is said by colour only, the card has a background of its own for dark pages, and a description says the same in words.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape

from coursenn.debug._findings import Findings
from coursenn.debug._subject import Key
from coursenn.debug._table import shape_text
from coursenn.debug._verdict import SUSPECT, Row, Status, listed

LOSS: Key = ("the loss", -1)
MARGIN, ROW, BOX, WIDTH, LANE = 14, 46, 32, 318, 13
"""Pixels: around everything, from box to box, height and width of a box, between the lines beside the boxes."""
CHARACTERS = 17
"""Letters of a name that fit beside the verdict."""
INK, ALARM = "#16191d", "#a3201d"
TEXT = 'font-family="ui-monospace,SFMono-Regular,Menlo,Consolas,\'DejaVu Sans Mono\',monospace" font-size="12"'
WORDS = {Status.UNNAMED: "no gradient named"}


def draw(findings: Findings) -> str:
    """The picture as one SVG element."""
    rows = {row.node.key: row for row in findings.rows}
    order = _in_order(findings, rows)
    places = {key: i for i, key in enumerate(order)}
    targets = {
        key: [child for child in [*findings.children[key], *([LOSS] if key in findings.last else [])] if child in places]
        for key in order
        if key != LOSS
    }
    lanes = _lanes(targets, places)
    width = 2 * MARGIN + WIDTH + 10 + LANE * (1 + max(lanes.values(), default=-1))
    height = 2 * MARGIN + ROW * (len(order) - 1) + BOX
    parts = [_edges(key, children, places, lanes.get(key)) for key, children in targets.items()]
    parts += [_box(findings, rows.get(key), y) for key, y in zip(order, _tops(), strict=False)]
    label = escape(_description(findings, rows, targets, order), quote=True)
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
            f'style="max-width:100%;height:auto" role="img" aria-label="{label}">',
            f'<rect width="{width}" height="{height}" rx="6" fill="#ffffff"/>',
            *parts,
            "</svg>",
        ]
    )


def _tops() -> Iterable[int]:
    y = MARGIN
    while True:
        yield y
        y += ROW


def _in_order(findings: Findings, rows: Mapping[Key, Row]) -> list[Key]:
    """Values that lead to the loss or have a gradient, in the order of the forward pass, each input just before its first use."""
    leads = set(findings.last)
    while more := {key for key, children in findings.children.items() if key not in leads and leads & set(children)}:
        leads |= more
    forward = [row.node.key for row in reversed(findings.rows) if row.node.key in leads or row.status is not Status.UNNAMED]
    order: list[Key] = [key for key in forward if not rows[key].node.is_input]
    for key in [key for key in forward if rows[key].node.is_input]:
        uses = [order.index(child) for child in findings.children[key] if child in order and not rows[child].node.is_input]
        at = min(uses, default=len(order))
        order.insert(at, key)
    return [*order, LOSS]


def _lanes(targets: Mapping[Key, Sequence[Key]], places: Mapping[Key, int]) -> dict[Key, int]:
    """A lane beside the boxes for each value that is used further down than in the next box; long lines are further out."""
    spans = {
        key: (places[key], max(places[child] for child in children))
        for key, children in targets.items()
        if any(places[child] > places[key] + 1 for child in children)
    }
    lanes: dict[Key, int] = {}
    for key, (start, stop) in sorted(spans.items(), key=lambda item: item[1][1] - item[1][0]):
        taken = {lane for other, lane in lanes.items() if spans[other][0] < stop and start < spans[other][1]}
        lanes[key] = next(lane for lane in range(len(taken) + 1) if lane not in taken)
    return lanes


def _edges(key: Key, children: Sequence[Key], places: Mapping[Key, int], lane: int | None) -> str:
    parts, start = [], places[key]
    right = MARGIN + WIDTH
    for child in children:
        end = places[child]
        if end == start + 1:
            x, top = MARGIN + WIDTH // 2, MARGIN + ROW * start + BOX
            parts.append(_arrow(f"M{x} {top}V{top + ROW - BOX - 2}", x, top + ROW - BOX, "down"))
        elif lane is not None:
            x, y1, y2 = right + 14 + LANE * lane, MARGIN + ROW * start + BOX - 9, MARGIN + ROW * end + 9
            parts.append(_arrow(f"M{right} {y1}H{x}V{y2}H{right + 3}", right, y2, "left"))
    return "".join(parts)


def _arrow(path: str, x: int, y: int, way: str) -> str:
    head = f"M{x} {y}l-4 -7h8z" if way == "down" else f"M{x} {y}l7 -4v8z"
    return f'<path d="{path}" fill="none" stroke="{INK}"/><path d="{head}" fill="{INK}"/>'


def _box(findings: Findings, row: Row | None, y: int) -> str:
    if row is None:
        return _frame(y, 1, INK, "") + _text(MARGIN + 10, y + 20, "the loss", INK)
    is_place = row is findings.place
    suspect = row.status in SUSPECT
    ink = ALARM if is_place else INK
    frame = _frame(y, 4 if is_place else 1, ink, "5 4" if row.status is Status.UNNAMED else "")
    name = row.node.label if len(row.node.label) <= CHARACTERS else f"{row.node.label[: CHARACTERS - 1]}…"
    word = "LOOK HERE" if is_place else WORDS.get(row.status, row.status.value)
    bold = ' font-weight="700"' if suspect else ""
    return (
        frame
        + _text(MARGIN + 10, y + 14, name, ink, ' font-weight="700"')
        + _text(MARGIN + 10, y + 27, shape_text(row.node.value.shape), INK)
        + _text(MARGIN + WIDTH - 10, y + 20, word, ink, f' text-anchor="end"{bold}')
    )


def _frame(y: int, stroke: int, ink: str, dashes: str) -> str:
    dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
    return (
        f'<rect x="{MARGIN}" y="{y}" width="{WIDTH}" height="{BOX}" rx="4" fill="#ffffff" stroke="{ink}" stroke-width="{stroke}"{dashed}/>'
    )


def _text(x: int, y: int, text: str, ink: str, more: str = "") -> str:
    return f'<text x="{x}" y="{y}" {TEXT} fill="{ink}"{more}>{escape(text)}</text>'


def _description(findings: Findings, rows: Mapping[Key, Row], targets: Mapping[Key, Sequence[Key]], order: Sequence[Key]) -> str:
    """The picture in words."""
    names = {key: rows[key].node.label if key in rows else key[0] for key in order}
    said = [f"The graph of {findings.title}. {findings.summary}"]
    for key in order:
        if key in rows:
            into = listed([names[child] for child in targets[key]]) if targets[key] else "nothing"
            word = "wrong, look here" if rows[key] is findings.place else WORDS.get(rows[key].status, rows[key].status.value)
            said.append(f"{names[key]}, {shape_text(rows[key].node.value.shape)}, goes into {into}: {word}.")
    return " ".join(said)
