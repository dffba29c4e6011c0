"""Do the pages of notebooks show the results of given code, and nothing that a student must write?"""

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
    """Return the notebook as its page is built from it."""
    made: nbformat.NotebookNode = nbformat.reads(notebook_page(COURSE, notebook), as_version=4)  # type: ignore[no-untyped-call]
    return made


@NOTEBOOKS
def test_tables_are_shown_below_the_code_that_prints_them(notebook: Notebook, course: Course) -> None:
    """Is each recorded table of a code cell an output of the page?"""
    printed = read_results(course, notebook, read_notebook(course, notebook))
    shown = "".join(str(output.get("text", "")) for cell in page(notebook).cells for output in cell.get("outputs", ()))
    given = {cell.record for cell in read_notebook(course, notebook) if cell.kind == "code"}
    assert given
    assert [name for name, text in printed.items() if name in given and text not in shown] == []


@NOTEBOOKS
def test_exercises_stay_empty(notebook: Notebook) -> None:
    """Are graded cells without outputs, checks folded, and all cells those that students get?"""
    student = nbformat.read(notebook.root / "notebooks" / f"{notebook.name}.ipynb", as_version=4)  # type: ignore[no-untyped-call]
    assert [(cell.id, cell.source) for cell in page(notebook).cells] == [(cell.id, cell.source) for cell in student.cells]
    graded = [cell for cell in page(notebook).cells if cell.cell_type == "code" and "nbgrader" in cell.metadata]
    assert graded
    for cell in graded:
        assert cell.outputs == []
    assert all("hide-input" in cell.metadata.get("tags", ()) for cell in graded if cell.metadata.nbgrader.grade)


@NOTEBOOKS
def test_no_page_shows_a_secret(notebook: Notebook, course: Course) -> None:
    """Are the pages free of lines of a solution, a hidden check or an answer?"""
    assert find_leaks_in_bytes(notebook_page(course, notebook).encode(), "page.ipynb", secret_lines(course)) == []


def test_plots_of_the_reference_are_shown() -> None:
    """Does the page of a notebook show the plots of its experiments?"""
    (dropout,) = [notebook for notebook in COURSE.notebooks if notebook.name == "Dropout"]
    drawn = [cell for cell in page(dropout).cells if any(o.output_type == "display_data" for o in cell.get("outputs", ()))]
    assert len(drawn) >= 3


def test_pictures_are_described(course: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    """Does a picture on a notebook's page have an alternative text?"""
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
