"""Notebooks as students break them, by accident or on purpose: each function changes a notebook as plain data."""

from __future__ import annotations

import base64
import copy
import io
import json
import struct
import zlib
from pathlib import Path
from typing import Any

from PIL import Image

from autograder.paths import REPOSITORY

NOTEBOOK = "Dropout.ipynb"
Document = dict[str, Any]


def read() -> Document:
    """The notebook as students of this course get it."""
    found: Document = json.loads((REPOSITORY / "course" / "notebooks" / NOTEBOOK).read_text(encoding="utf-8"))
    return found


def write(root: Path, document: Document) -> None:
    """Hand it in."""
    (root / NOTEBOOK).write_text(json.dumps(document), encoding="utf-8")


def names(document: Document) -> list[str]:
    """The names of the cells that carry points."""
    return [c["metadata"]["nbgrader"]["grade_id"] for c in document["cells"] if c["metadata"].get("nbgrader", {}).get("grade")]


def answers(document: Document) -> list[Document]:
    """The cells that students write their answers into."""
    return [c for c in document["cells"] if c["cell_type"] == "markdown" and c["metadata"].get("nbgrader", {}).get("solution")]


def text_cell(source: str, **more: Any) -> Document:
    """A text cell."""
    return {"cell_type": "markdown", "metadata": {}, "source": source, **more}


def take_the_place_of_scores(document: Document) -> None:
    """Elements that carry the names of all scores and comments, in every way that a text has to name an element."""
    ids = [n for name in names(document) for n in (name, f"{name}-comment", f"{name}_extra_credit")]
    box = '<div class="panel panel-primary nbgrader_cell">{}</div>'
    field = '<input id="{0}" name="{0}" class="score tabbable"><b id={0} class="score">x</b><a name="{0}"></a>'
    formula = "$\\cssId{{{0}}}{{x}} \\class{{score}}{{y}} &#92;cssId{{{0}}}{{z}}$\n\n## A heading {{#{0}}}\n\n[^{0}]\n\n[^{0}]: a note"
    html = box.format("\n".join(field.format(i) for i in ids)) + "\n\n" + "\n\n".join(formula.format(i) for i in ids)
    for cell in answers(document):
        cell["source"] = f"My answer.\n\n{html}"
    for n, name in enumerate(ids):
        document["cells"].insert(n, text_cell(box.format(field.format(name)), id=name))
        document["cells"].append({"cell_type": "raw", "metadata": {"format": "text/html"}, "source": box.format(field.format(name))})


def repeat_and_turn_round(document: Document) -> None:
    """Every cell three times, and all of them in the opposite order."""
    document["cells"] = [copy.deepcopy(cell) for _ in range(3) for cell in reversed(document["cells"])]


def attach_every_kind(document: Document) -> None:
    """An honest answer with pictures as telephones, browsers and Colab make them."""
    kinds = {"png": "PNG", "jpeg": "JPEG", "gif": "GIF", "webp": "WEBP"}
    pictures = {f"my photo.{name}": {f"image/{name}": _picture(kind)} for name, kind in kinds.items()}
    links = [f"![photo](attachment:my%20photo.{name})" for name in kinds]
    links.append(f"![image.png](data:image/jpeg;base64,{_picture('JPEG', 900)})")
    links.append('<img src="attachment:my photo.jpeg" width="200">')
    answers(document)[0].update(source="\n\n".join(["My answer.", *links, "That is the point of it."]), attachments=pictures)


def attach_what_is_no_picture(document: Document) -> None:
    """Attachments that are missing, that lie about their kind, or that a browser would choke on."""
    attachments = {
        "bomb.png": {"image/png": base64.b64encode(_bomb(20_000)).decode()},
        "page.png": {"image/png": base64.b64encode(b"<script>alert(1)</script>").decode()},
        "drawing.svg": {"image/svg+xml": "<svg onload='alert(1)'/>"},
        "broken.png": {"image/png": "not base64!"},
        "odd.png": {"image/png": 7},
        "empty.png": {},
        "list.png": [],
    }
    links = [f"![p](attachment:{name})" for name in [*attachments, "nobody.png", "<b>.png"]]
    answers(document)[0].update(source="\n\n".join(["My answer.", *links, "That is the point of it."]), attachments=attachments)


def take_long_to_lay_out(document: Document) -> None:
    """Texts and code for which a parser's time grows with the square of their length."""
    for n, text in enumerate(("\\\\[", "\\\\(a", "[\\", "![](", "\\begin{a}", "<div>", "$a", "|a\n")):
        document["cells"].insert(n, text_cell(text * (19_000 // len(text))))
    document["cells"].append({"cell_type": "code", "metadata": {}, "outputs": [], "source": "*a" * 49_000})
    for cell in answers(document):
        cell["source"] = "My answer.\n\n" + "\\\\[" * 6_000


def _picture(kind: str, size: int = 40) -> str:
    file = io.BytesIO()
    Image.effect_noise((size, size), 90).convert("RGB").save(file, kind)
    return base64.b64encode(file.getvalue()).decode()


def _bomb(side: int) -> bytes:
    """A white square, small as a file, that takes four bytes for each of its pixels in a browser."""
    head = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    rows = zlib.compress(bytes(1 + side // 8) * side, 9)
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*c) for c in ((b"IHDR", head), (b"IDAT", rows), (b"IEND", b"")))


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
