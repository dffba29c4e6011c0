"""Does the repair of any hand-in give a notebook in which every cell counts once?"""

from __future__ import annotations

import copy
import json
import time
from typing import Any

import nbformat
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from autograder.gradebook.repair import MAX_CODE_TOTAL, MAX_MARKDOWN, Repaired, repair
from autograder.gradebook.score_cells import markdown_text
from autograder.pages.filters import markdown2html
from autograder.pages.sanitize import clean_html, plain, png
from tests.autograder.gradebook.odd_class import PNG
from tests.examples import examples


def graded(grade_id: str, **more: Any) -> dict[str, Any]:
    """Return nbgrader's metadata for a cell."""
    meta = {"grade_id": grade_id, "grade": True, "solution": False, "locked": True, "points": 2, "schema_version": 3, "task": False}
    return {"nbgrader": {**meta, "checksum": "0" * 32, **more}}


CHECK = new_code_cell("assert works()", metadata=graded("check", cell_type="code"), id="check")
ANSWER = new_markdown_cell("*Your answer*", metadata=graded("answer", cell_type="markdown", solution=True, locked=False), id="answer")
CODE = new_code_cell(
    "raise NotImplementedError", metadata=graded("code", cell_type="code", grade=False, solution=True, locked=False), id="code"
)
RELEASE = new_notebook(
    cells=[new_markdown_cell("# Title", id="title"), CODE, CHECK, ANSWER],
    metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}},
)
RELEASE.nbformat_minor = 5


def sound(done: Repaired) -> None:
    """Assert what must hold for every input."""
    nbformat.validate(done.notebook)
    found = [c for c in done.notebook.cells if "nbgrader" in c.metadata]
    assert sorted(c.metadata.nbgrader.grade_id for c in found) == ["answer", "check", "code"]
    released = {c.metadata.nbgrader.grade_id: c for c in RELEASE.cells if "nbgrader" in c.metadata}
    for cell in found:
        assert cell.metadata == released[cell.metadata.nbgrader.grade_id].metadata
        assert cell.cell_type == released[cell.metadata.nbgrader.grade_id].cell_type
    assert next(c for c in found if c.id == "check").source == "assert works()"
    assert done.notebook.metadata == RELEASE.metadata
    text = nbformat.writes(done.notebook)
    text.encode("utf-8")
    assert not any(o.output_type == "execute_result" for c in done.notebook.cells if c.cell_type == "code" for o in c.outputs)


def test_an_unchanged_notebook_is_not_changed() -> None:
    """Is a notebook that needs no repair unchanged, without notes?"""
    done = repair(nbformat.writes(RELEASE).encode(), RELEASE)
    sound(done)
    assert done.notes == []
    assert [c.source for c in done.notebook.cells] == [c.source for c in RELEASE.cells]


def test_release_is_never_changed() -> None:
    """Does repairing one submission leave the released notebook as it was for the next?"""
    before = copy.deepcopy(RELEASE)
    repair(None, RELEASE).notebook.cells[1].metadata.nbgrader.points = 99
    assert before == RELEASE


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=20)
    | st.sampled_from(["markdown", "code", "raw", "check"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
KEYS = ("cell_type", "metadata", "source", "outputs", "id", "attachments", "execution_count")
odd_cells = st.dictionaries(st.sampled_from(KEYS), json_values | st.sampled_from(["code", "markdown", "raw"]), max_size=7)


@settings(max_examples=examples(150), suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_any_change_of_any_cell_is_survived(data: st.DataObject) -> None:
    """Is the result valid if cells are replaced, duplicated, emptied and mixed with nonsense?"""
    document = json.loads(nbformat.writes(RELEASE))
    cells: list[Any] = document["cells"]
    for _ in range(data.draw(st.integers(0, 4))):
        place = data.draw(st.integers(0, len(cells)))
        what = data.draw(st.sampled_from(["insert", "double", "drop", "key", "output"]))
        if what == "insert" or not cells:
            cells.insert(place, data.draw(odd_cells | json_values))
            continue
        cell = cells[place % len(cells)]
        if what == "double":
            cells.append(copy.deepcopy(cell))
        elif what == "drop":
            cells.remove(cell)
        elif what == "key" and isinstance(cell, dict):
            cell[data.draw(st.sampled_from(KEYS))] = data.draw(json_values)
        elif isinstance(cell, dict):
            kind = data.draw(st.sampled_from(["stream", "error", "display_data", "execute_result", "x"]))
            data_of = data.draw(st.dictionaries(st.sampled_from(["text/plain", "text/html", "image/png"]), json_values, max_size=3))
            cell["outputs"] = [{"output_type": kind, "data": data_of, "text": data.draw(json_values), "traceback": data.draw(json_values)}]
    sound(repair(json.dumps(document).encode(), RELEASE))


@settings(max_examples=examples(150))
@given(st.binary(max_size=200), st.integers(0, 3000), st.integers(0, 3000))
def test_any_bytes_are_survived(noise: bytes, start: int, length: int) -> None:
    """Is the result a valid notebook if any part of the file is replaced by noise?"""
    good = nbformat.writes(RELEASE).encode()
    sound(repair(good[:start] + noise + good[start + length :], RELEASE))
    sound(repair(noise, RELEASE))


def test_nothing_takes_long() -> None:
    """Do files made to be slow (deep, unclosed, huge) end in seconds?"""
    started = time.monotonic()
    for text in (
        '{"cells": [' + '{"metadata":[' * 300_000,
        '{"cells":[' + '{"metadata": [' * 900 + "1," * 2_000_000,
        "[" * 5_000_000,
        "1" * 5_000_000,
    ):
        sound(repair(text.encode(), RELEASE))
    assert time.monotonic() - started < 60


def test_long_answers_are_cut_and_long_text_is_shown_plain() -> None:
    """Is text that would take too long to render shortened where it matters, and shown in full elsewhere?"""
    document = json.loads(nbformat.writes(RELEASE))
    document["cells"][3]["source"] = "x" * (MAX_MARKDOWN + 7)
    document["cells"][0]["source"] = "y" * (MAX_MARKDOWN + 7)
    done = repair(json.dumps(document).encode(), RELEASE)
    sound(done)
    assert done.notebook.cells[3].source.endswith("[7 more characters]")
    assert done.notebook.cells[0].cell_type == "code"


def test_code_beyond_what_can_be_shown_is_left_out() -> None:
    """Is a notebook with megabytes of code, where each word is an element of the page, cut with a note, and the rest kept?"""
    document = json.loads(nbformat.writes(RELEASE))
    document["cells"][0] = {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None, "source": "a+b;\n" * 19_000}
    document["cells"][1:1] = [copy.deepcopy(document["cells"][0]) for _ in range(20)]
    done = repair(json.dumps(document).encode(), RELEASE)
    sound(done)
    assert sum(len(c.source) for c in done.notebook.cells) < MAX_CODE_TOTAL + 3_000
    assert any(f"first {MAX_CODE_TOTAL} characters of code" in note for note in done.notes)
    assert done.notebook.cells[-1].id == "answer"


@pytest.mark.parametrize(
    ("html", "gone"),
    [
        ("<script>x</script>", "<script"),
        ('<a href="javascript:x">a</a>', "javascript"),
        ('<a href="files/javascript:x">a</a>', "javascript"),
        ('<a href="evil.html">a</a>', "evil"),
        ('<a href="data:text/html,x">a</a>', "data:"),
        ('<img src="https://x.org/p.png">', "x.org"),
        ('<img src="data:image/svg+xml;base64,AAAA">', "svg"),
        ("<img src='data:image/png;base64,AAAA' onerror='x'>", "onerror"),
        ('<p style="position:fixed">a</p>', "position"),
        ("<form action='/x'><input></form>", "<form"),
        ("<style>*{}</style>", "<style"),
        ("<svg onload=x>", "<svg"),
        ("<math><mtext><img src=x onerror=y></mtext></math>", "<img"),
    ],
)
def test_active_html_is_removed(html: str, gone: str) -> None:
    """Is every known way to run a script, load from elsewhere or leave the page removed?"""
    assert gone not in clean_html(html)


def test_honest_html_stays() -> None:
    """Are links, tables, formulas and pictures of the notebook kept?"""
    html = '<h1>A</h1><p>$a_1 &lt; b$ <a href="https://x.org">x</a></p><table><tr><td>1</td></tr></table>'
    html += f'<img alt="p" src="data:image/png;base64,{PNG}">'
    assert clean_html(html).replace("<tbody>", "").replace("</tbody>", "") == html


def test_a_heading_is_closed_before_the_text_below_it() -> None:
    """Does a heading leave no link open, which would turn the rest of the page into one?"""
    shown = markdown2html({}, "# A heading\n\nText below.\n")
    assert "<a" not in shown
    assert "<p>Text below.</p>" in shown


def test_text_of_students_is_only_text() -> None:
    """Are escapes, surrogates and markup in file names and messages harmless?"""
    assert plain("\x1b[31mred\x1b[0m\x00\ud800") == "red?"
    assert plain(["a", 1, None, "b"]) == "ab"
    assert plain({"a": 1}) == ""
    assert markdown_text("<b>*x*</b>\n[y](z)") == "&lt;b&gt;\\*x\\*&lt;/b&gt; \\[y\\]\\(z\\)"
    assert png("AAAA") is None
    assert png('"><script>') is None
    assert png(None) is None
