"""Is what the reference printed and drew kept for the pages of notebooks, small, and only from code that students are given?"""

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
    """A picture with many colours, as base64."""
    target = io.BytesIO()
    Image.linear_gradient("L").resize((width, 300)).convert("RGB").save(target, "PNG")
    return base64.b64encode(target.getvalue()).decode()


def executed(kind: str, *outputs: Any) -> tuple[SourceCell, Any]:
    """A cell of this kind, and what it became."""
    cell = SourceCell(kind, "", "print(1)", "here")
    return cell, v4.new_code_cell("print(1)", id="abc", outputs=list(outputs))  # type: ignore[no-untyped-call]


PRINTED = v4.new_output("stream", name="stdout", text="one  \ntwo\n\n")  # type: ignore[no-untyped-call]
WARNED = v4.new_output("stream", name="stderr", text="careful")  # type: ignore[no-untyped-call]


def test_given_code_is_kept_and_no_exercise() -> None:
    """Is the text of a given cell kept without its empty ends, and nothing of a check, of a solution or of a warning?"""
    assert page_results([executed("code", PRINTED, WARNED)]) == {"abc": [{"text": "one\ntwo"}]}
    for kind in ("check", "solution", "setup", "submit"):
        assert page_results([executed(kind, PRINTED)]) == {}


def test_pictures_become_small() -> None:
    """Is a picture no wider than a column, with few colours?"""
    made = Image.open(io.BytesIO(base64.b64decode(small_png(drawing(2000)))))
    assert made.width == MOST_PIXELS
    assert len(made.convert("RGB").getcolors(10_000)) < 60
    output = v4.new_output("display_data", data={"image/png": drawing(200)})  # type: ignore[no-untyped-call]
    (result,) = page_results([executed("code", output)])["abc"]
    assert set(result) == {"png"}


def test_results_of_other_code_are_not_shown(tmp_path: Path) -> None:
    """Is a file with another key, or none, as good as nothing?"""
    notebook: Any = SimpleNamespace(root=tmp_path, name="First")
    assert read_page_results(notebook, "key") == {}
    path = page_results_file(notebook)
    path.parent.mkdir(parents=True)
    path.write_text(page_results_text("key", {"abc": [{"text": "1"}]}), encoding="utf-8")
    assert read_page_results(notebook, "key") == {"abc": [{"text": "1"}]}
    assert read_page_results(notebook, "other") == {}


def test_a_cell_is_known_by_its_kind() -> None:
    """Does no other field of a cell decide?"""
    cell, node = executed("code", PRINTED)
    assert page_results([(dataclasses.replace(cell, record="name", tags=("tag",)), node)])
