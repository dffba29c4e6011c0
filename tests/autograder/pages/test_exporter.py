"""Can a student read the page of a graded notebook anywhere, and does it show their work and nothing else?"""

from __future__ import annotations

import re
from copy import deepcopy
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbconvert.exporters import Exporter
from nbconvert.preprocessors import Preprocessor
from nbformat.v4 import new_code_cell, new_output
from traitlets.config import Config

from autograder.manifest import Course
from autograder.pages import filters, text_html
from autograder.pages.exporter import PageExporter
from autograder.titles import titles
from tests.autograder.gradebook.odd_class import PNG
from tests.axe import violations

RESOURCES = {"nbgrader": {"notebook": "Dropout", "student": "ada <b>", "score": 7.0, "max_score": 14.0, "late_penalty": 0}}


def graded(course: Course, answer: str = "An answer with $p < 1$.") -> nbformat.NotebookNode:
    """A graded copy of one of our notebooks, with all that a page shows of it."""
    notebook = nbformat.read(course.root / "notebooks" / "Dropout.ipynb", as_version=4)
    for cell in notebook.cells:
        meta = cell.metadata.get("nbgrader")
        if meta and meta.get("grade"):
            meta["score"] = 1.0
        if meta and meta["grade_id"] == "dropout-scale":
            meta["waiting"] = True
            cell.source, meta["comment"] = answer, "Well *put*: $\\frac12$ <script>alert(1)</script>"
        if meta and meta["grade_id"] == "dropout-forward":
            cell.outputs = [new_output("stream", text="dropout-forward: <i>passed</i>")]
            meta["comment"] = "Look at the mask."
    notebook.cells[-3].source = "# Mine\n" + "x = 1\n" * 3
    notebook.cells.insert(8, new_code_cell("plot()", outputs=[new_output("display_data", {"image/png": PNG, "text/plain": "<Figure>"})]))
    return notebook


def page_of(course: Course, notebook: nbformat.NotebookNode) -> str:
    """The page of a notebook, with the titles from a workspace's configuration."""
    names = titles(course) | {n.name: n.title for n in course.notebooks}
    return PageExporter(config=Config({"PageExporter": {"titles": names}})).from_notebook_node(notebook, RESOURCES)[0]


class StockSteps(PageExporter):
    """Takes nbconvert's own way through the steps, which copies a notebook twice and validates it once more."""

    def from_notebook_node(self, nb: Any, resources: Any = None, **kw: Any) -> tuple[str, dict[str, Any]]:  # type: ignore[override]
        nb, resources = Exporter.from_notebook_node(self, nb, resources, **kw)
        self._preprocessors = []
        return super().from_notebook_node(nb, resources)


class Praise(Preprocessor):
    """A step that changes what it is given."""

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        for cell in nb.cells:
            if cell.metadata.get("nbgrader", {}).get("grade_id") == "dropout-forward":
                cell.metadata.nbgrader.comment = "*Good*"
        return nb, resources


def test_stock_steps_make_the_same_page(course: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    """Is a page, with its texts remembered, the one that nbconvert's own way through the steps gives?"""
    names = titles(course) | {n.name: n.title for n in course.notebooks}
    notebook = graded(course)
    pages = []
    monkeypatch.setattr(filters, "_remembered", {})
    text_html._remembered.cache_clear()
    for kind in (StockSteps, PageExporter):
        exporter = kind(config=Config({"PageExporter": {"titles": names}}))
        exporter.register_preprocessor(Praise, enabled=True)
        pages.append(exporter.from_notebook_node(deepcopy(notebook), deepcopy(RESOURCES))[0])
    assert "<em>Good</em>" in pages[0]
    assert pages[1] == pages[0]
    assert text_html._remembered.cache_info().hits > 10


@pytest.fixture
def page(course: Course) -> str:
    return page_of(course, graded(course))


def test_names_and_links(page: str, course: Course) -> None:
    """Do headings show titles, is the summary linked, and does every link within the page have a target?"""
    assert "<h1>Dropout</h1>" in page
    assert 'href="index.html"' in page
    assert '<a href="#dropout-forward">Dropout: forward</a>: 1 of 4, with a comment' in page
    assert re.search(r'<a href="#dropout-scale">[^<]*</a>: not read yet, \d points?', page)
    assert "Test cell" not in page
    ids = re.findall(r'id="([^"]*)"', page)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'href="#([^"]+)"', page)) <= set(ids)


def test_only_the_students_work_is_shown(page: str) -> None:
    """Are code, answers, pictures, verdicts and comments shown, and the cells that set up and hand in left out?"""
    assert "dropout-forward: &lt;i&gt;passed&lt;/i&gt;" in page
    for text in ("plot()", "An answer with <math", f"base64,{PNG}", "Look at the mask.", "<em>put</em>"):
        assert text in page
    for text in ("Finds the package", "get_CIFAR10_data()\n", "from coursenn.submit import", "<script"):
        assert text not in page
    assert "ada &lt;b&gt;" in page


def test_mathematics_needs_no_other_file(page: str, course: Course) -> None:
    """Is every formula MathML, and does the page have no address that a browser would load?"""
    assert page.count("<math") > 5
    assert "$" not in re.sub(r"<(pre|code)\b.*?</\1>", "", page, flags=re.DOTALL)
    assert not re.search(r'(src|href)="https?:|<script|<link|url\(|@import', page)


def test_a_page_is_small(page: str) -> None:
    """Is a page so small that those of 1,000 students can be sent?"""
    assert len(page) < 60_000


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_open_without_a_network(scheme: Any, page: str, tmp_path: Path, chromium: Any) -> None:
    """Does a phone load only the page, does it fit the screen, and does axe find nothing?"""
    path = tmp_path / "Dropout.html"
    path.write_text(page, encoding="utf-8")
    context = chromium.new_context(viewport={"width": 390, "height": 844}, color_scheme=scheme, bypass_csp=True, offline=True)
    view = context.new_page()
    asked: list[str] = []
    errors: list[str] = []
    view.on("request", lambda request: asked.append(request.url))
    view.on("console", lambda message: errors.append(message.text))
    view.goto(path.as_uri())
    assert [url for url in asked if not url.startswith("data:")] == [path.as_uri()]
    assert not errors
    assert view.evaluate("document.documentElement.scrollWidth") <= 390
    assert view.evaluate("document.querySelector('mfrac').getBoundingClientRect().height") > 20
    assert not violations(view)
    context.close()


def test_headings_of_an_answer_are_below_the_title(course: Course) -> None:
    """Does the page have one `h1`, even if an answer has more?"""
    page = page_of(course, graded(course, "# A\n\n<h1>B</h1>\n\n###### C"))
    assert page.count("<h1") == 1
    assert page.count("<h2>B</h2>") == 1


def test_a_page_without_configured_titles(course: Course) -> None:
    """Does the page show ids if no titles are configured?"""
    assert 'href="#dropout-forward">dropout-forward</a>' in PageExporter().from_notebook_node(graded(course), RESOURCES)[0]
