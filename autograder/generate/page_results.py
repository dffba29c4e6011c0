"""What the reference's cells printed and drew, stored for the notebook pages of the book: ``solutions/recorded/pages/NOTEBOOK.json``.

Only results of given code are stored, never of a check or a solution: on the site an exercise is as empty as in a student's notebook.
"""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from autograder.generate.percent import SourceCell
from autograder.manifest import Notebook

COLOURS = 48
"""Colours of a picture. Lines and bars need no more, and the file is a third as large."""
MOST_PIXELS = 900
"""Width in pixels, more than a column of the book has."""
Results = dict[str, list[dict[str, str]]]
"""The id of a notebook's cell -> its results: ``{"text": ...}`` or ``{"png": base64}``, in order."""


def page_results_file(notebook: Notebook) -> Path:
    """The file of the results for the page of a notebook."""
    return notebook.root / "solutions" / "recorded" / "pages" / f"{notebook.name}.json"


def is_given(cell: SourceCell) -> bool:
    """Whether a cell is code that students are given and that shows something."""
    return cell.kind == "code"


def page_results(executed: Iterable[tuple[SourceCell, Any]]) -> Results:
    """What the given cells of an executed notebook show."""
    found: Results = {}
    for cell, node in executed:
        shown = [result for output in node.get("outputs", ()) for result in _result(output)] if is_given(cell) else []
        if shown:
            found[node.id] = shown
    return found


def page_results_text(key: str, results: Results) -> str:
    """The bytes of the file."""
    return json.dumps({"key": key, "results": results}, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def read_page_results(notebook: Notebook, key: str) -> Results:
    """The results of a notebook's page; empty if none are recorded, or if they belong to other code."""
    path = page_results_file(notebook)
    if not path.is_file():
        return {}
    document = json.loads(path.read_text(encoding="utf-8"))
    results: Results = document["results"]
    return results if document["key"] == key else {}


def _result(output: Any) -> list[dict[str, str]]:
    if output.output_type == "stream":
        lines = "\n".join(line.rstrip() for line in output.text.split("\n")).strip("\n")
        return [{"text": lines}] if output.name == "stdout" and lines else []
    picture = output.get("data", {}).get("image/png")
    return [{"png": small_png(picture)}] if picture else []


def small_png(picture: str) -> str:
    """A PNG as base64, with few colours and no wider than the column of a page."""
    from PIL import Image

    image = Image.open(io.BytesIO(base64.b64decode(picture))).convert("RGB")
    if image.width > MOST_PIXELS:
        image = image.resize((MOST_PIXELS, round(image.height * MOST_PIXELS / image.width)), Image.Resampling.LANCZOS)
    small = io.BytesIO()
    image.quantize(COLOURS, dither=Image.Dither.NONE).save(small, "PNG", optimize=True)
    return base64.b64encode(small.getvalue()).decode()
