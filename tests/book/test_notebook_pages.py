"""Do the pages of notebooks show what the reference makes of given code, and nothing of what a student is to write?"""

from __future__ import annotations

import functools

import nbformat
import pytest

from autograder.generate.leaks import find_leaks_in_bytes, secret_lines
from autograder.generate.percent import read_notebook
from autograder.generate.recorded import read_results
from autograder.manifest import Course, Notebook, load_course
from autograder.publish.notebook_pages import notebook_page

COURSE = load_course()
NOTEBOOKS = pytest.mark.parametrize("notebook", COURSE.notebooks, ids=lambda notebook: notebook.name)


@functools.cache
def page(notebook: Notebook) -> nbformat.NotebookNode:
    """The staged notebook."""
    made: nbformat.NotebookNode = nbformat.reads(notebook_page(COURSE, notebook), as_version=4)  # type: ignore[no-untyped-call]
    return made


@NOTEBOOKS
def test_tables_are_shown_below_the_code_that_prints_them(notebook: Notebook, course: Course) -> None:
    """Is each recorded table an output of its page?"""
    printed = read_results(course, notebook, read_notebook(course, notebook))
    shown = "".join(str(output.get("text", "")) for cell in page(notebook).cells for output in cell.get("outputs", ()))
    given = {cell.record for cell in read_notebook(course, notebook) if cell.kind == "code"}
    assert given
    assert [name for name, text in printed.items() if name in given and text not in shown] == []


@NOTEBOOKS
def test_exercises_stay_empty(notebook: Notebook) -> None:
    """Has no graded cell an output, is its check folded, and is every cell the one that students get?"""
    student = nbformat.read(notebook.root / "notebooks" / f"{notebook.name}.ipynb", as_version=4)  # type: ignore[no-untyped-call]
    assert [(cell.id, cell.source) for cell in page(notebook).cells] == [(cell.id, cell.source) for cell in student.cells]
    graded = [cell for cell in page(notebook).cells if cell.cell_type == "code" and "nbgrader" in cell.metadata]
    assert graded
    for cell in graded:
        assert cell.outputs == []
    assert all("hide-input" in cell.metadata.get("tags", ()) for cell in graded if cell.metadata.nbgrader.grade)


@NOTEBOOKS
def test_no_page_shows_a_secret(notebook: Notebook, course: Course) -> None:
    """Is no line of a solution, of a hidden check or of an answer among the results?"""
    assert find_leaks_in_bytes(notebook_page(course, notebook).encode(), "page.ipynb", secret_lines(course)) == []


def test_what_the_reference_draws_is_shown() -> None:
    """Has the page of a notebook the curves and bars of its experiments?"""
    (dropout,) = [notebook for notebook in COURSE.notebooks if notebook.name == "Dropout"]
    drawn = [cell for cell in page(dropout).cells if any(o.output_type == "display_data" for o in cell.get("outputs", ()))]
    assert len(drawn) >= 3


def test_pictures_are_described(course: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    """Has a picture on a page of a notebook an alternative text, and does it take the place of the table?"""
    notebook = course.notebooks[0]
    given = next(
        node.id
        for cell, node in zip((c for c in read_notebook(course, notebook) if c.kind != "instructor"), page(notebook).cells, strict=True)
        if cell.record and cell.kind == "code"
    )
    results = {given: [{"text": "a table"}, {"png": "iVBORw0KGgo="}]}
    monkeypatch.setattr("autograder.publish.notebook_pages.read_page_results", lambda *_: results)
    made = nbformat.reads(notebook_page(course, notebook), as_version=4)  # type: ignore[no-untyped-call]
    (cell,) = [cell for cell in made.cells if cell.id == given]
    assert [output.output_type for output in cell.outputs] == ["stream", "display_data"]
    assert "reference" in cell.metadata.mystnb.image.alt
