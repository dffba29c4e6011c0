"""Does every notebook of the corpus come to a page on which a grader gives each score to the cell that it belongs to?"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup
from nbconvert.exporters import HTMLExporter
from nbgrader.server_extensions.formgrader import handlers

from autograder.gradebook import nodes
from autograder.gradebook.repair import repair
from autograder.gradebook.score_cells import markdown_text
from autograder.manifest import Course
from autograder.pages import filters
from autograder.workspace import nbgrader_api
from autograder.workspace.opening import open_workspace
from tests.submissions._corpus import Case, cases, submission
from tests.submissions.test_submissions import BUILDERS

CASES = [case for case in cases() if case.expected.shows]
MOST_S = 30
"""Of processor time and waiting, on a slow machine: five seconds of laying out, and converting the pictures."""


@pytest.fixture(scope="module")
def exporter(course: Course, tmp_path_factory: pytest.TempPathFactory) -> HTMLExporter:
    """The formgrader's exporter, with the configuration of a workspace."""
    workspace = open_workspace(tmp_path_factory.mktemp("pages") / "class", course)
    config = nbgrader_api.config(workspace)
    config.HTMLExporter.template_name = "formgrade"
    config.HTMLExporter.extra_template_basedirs = [handlers.template_path]
    return HTMLExporter(config=config)


@pytest.mark.sandbox
@pytest.mark.parametrize("case", CASES, ids=[c.folder.name for c in CASES])
def test_page(case: Case, course: Course, exporter: HTMLExporter, tmp_path: Path, prove: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Does each score stand once, in the released order and in its own cell, with the answer beside it, soon enough?"""
    if not prove:
        monkeypatch.setattr(filters, "PAGE_S", 1.0)
        monkeypatch.setattr(filters, "CELL_S", 0.4)
    (tmp_path / "outside").mkdir()
    folder = submission(case, tmp_path, tmp_path / "outside", course, BUILDERS)
    started = time.monotonic()
    for path in sorted(folder.glob("*.ipynb")):
        release = nodes.read(course.root / "notebooks" / path.name)
        done = repair(path.read_bytes(), release)
        done.notebook.cells.insert(0, nodes.markdown_cell("\n".join(f"- {markdown_text(note)}" for note in done.notes)))
        name = "<b id=dropout-scale class=score>Mallory</b>"
        resources = {"base_url": "", "index": 0, "total": 1, "first_name": name, "last_name": name}
        html, _ = exporter.from_notebook_node(done.notebook, resources=resources)
        page = BeautifulSoup(html, "html.parser")
        _scores_stand_in_their_cells(page, release)
        text = page.get_text()
        assert f"{name}, {name}" in text
        assert [words for words in case.expected.shows if words not in text] == []
        assert not page.find_all(["svg", "iframe", "form", "object"])
        images = page.find_all("img")
        assert len(images) == case.expected.pictures
        assert all(str(image["src"]).startswith("data:image/png;base64,") for image in images)
    assert time.monotonic() - started < MOST_S


def _scores_stand_in_their_cells(page: BeautifulSoup, release: Any) -> None:
    metas = [c.metadata.nbgrader for c in release.cells if "nbgrader" in c.metadata]
    names = [m.grade_id for m in metas if m.grade]
    assert [i["id"] for i in page.select("input.score")] == names
    assert [i["id"] for i in page.select("input.extra-credit")] == [f"{name}_extra_credit" for name in names]
    assert [i["id"] for i in page.select("textarea.comment")] == [f"{m.grade_id}-comment" for m in metas if m.solution]
    for name in names:
        # As the formgrader's script looks for it.
        found = page.select(f"#{name}")
        assert len(found) == 1
        boxes = [b for b in found[0].parents if "nbgrader_cell" in (b.get("class") or [])]
        assert [len(b.select(".score")) for b in boxes] == [1]
    assert len(page.select(".nbgrader_cell")) == len([m for m in metas if m.grade or m.solution])


def test_there_are_enough_of_them() -> None:
    """Are there cases for names, order, pictures, missing pictures and time?"""
    assert len(CASES) >= 5
