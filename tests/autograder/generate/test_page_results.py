"""Are the results of given code kept for the notebook pages of the book, in small files?"""

from __future__ import annotations

import base64
import dataclasses
import io
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from nbformat import v4

from autograder.generate.page_results import MOST_PIXELS, page_results, page_results_file, page_results_text, read_page_results, small_png
from autograder.generate.percent import SourceCell

Image = pytest.importorskip("PIL.Image")


def drawing(width: int) -> str:
    """A picture with many colours, in base64."""
    target = io.BytesIO()
    Image.linear_gradient("L").resize((width, 300)).convert("RGB").save(target, "PNG")
    return base64.b64encode(target.getvalue()).decode()


def executed(kind: str, *outputs: Any) -> tuple[SourceCell, Any]:
    """A cell of this kind, and the executed cell."""
    cell = SourceCell(kind, "", "print(1)", "here")
    return cell, v4.new_code_cell("print(1)", id="abc", outputs=list(outputs))  # type: ignore[no-untyped-call]


PRINTED = v4.new_output("stream", name="stdout", text="one  \ntwo\n\n")  # type: ignore[no-untyped-call]
WARNED = v4.new_output("stream", name="stderr", text="careful")  # type: ignore[no-untyped-call]


def test_only_results_of_given_code_are_kept() -> None:
    """Is the printed text of a given cell kept, and no warning and no result of a check or a solution?"""
    assert page_results([executed("code", PRINTED, WARNED)]) == {"abc": [{"text": "one\ntwo"}]}
    for kind in ("check", "solution", "setup", "submit"):
        assert page_results([executed(kind, PRINTED)]) == {}


def test_pictures_are_made_small() -> None:
    """Is a picture reduced to the width of a column and to few colours?"""
    made = Image.open(io.BytesIO(base64.b64decode(small_png(drawing(2000)))))
    assert made.width == MOST_PIXELS
    assert len(made.convert("RGB").getcolors(10_000)) < 60
    output = v4.new_output("display_data", data={"image/png": drawing(200)})  # type: ignore[no-untyped-call]
    (result,) = page_results([executed("code", output)])["abc"]
    assert set(result) == {"png"}


def test_results_of_other_code_are_not_shown(tmp_path: Path) -> None:
    """Does a page have no results if the file is missing or has another key?"""
    notebook: Any = SimpleNamespace(root=tmp_path, name="First")
    assert read_page_results(notebook, "key") == {}
    path = page_results_file(notebook)
    path.parent.mkdir(parents=True)
    path.write_text(page_results_text("key", {"abc": [{"text": "1"}]}), encoding="utf-8")
    assert read_page_results(notebook, "key") == {"abc": [{"text": "1"}]}
    assert read_page_results(notebook, "other") == {}


def test_only_the_kind_of_a_cell_decides() -> None:
    """Are the results of a given cell kept if its other fields differ?"""
    cell, node = executed("code", PRINTED)
    assert page_results([(dataclasses.replace(cell, record="name", tags=("tag",)), node)])
