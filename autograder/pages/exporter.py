"""Notebooks as feedback pages, made from this project's own templates, each in one file that loads nothing from elsewhere.

nbgrader's own page of a notebook loads MathJax from the network, is nine times as large, and takes fifteen times as long to make.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from nbconvert.exporters import HTMLExporter
from nbformat.notebooknode import NotebookNode
from traitlets import Dict

from autograder.pages.render import render
from autograder.pages.sanitize import plain, png
from autograder.pages.student import FEEDBACK_PAGE
from autograder.pages.text_html import Page, text_html

_SECTION = re.compile(r"^## ", re.MULTILINE)
_HANDS_IN = re.compile(r"^\s*(?:from coursenn\.submit import|import coursenn\.submit)\b", re.MULTILINE)
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")


@dataclass(frozen=True)
class Output:
    """An output below a cell: text, or a picture as base64."""

    text: str = ""
    picture: str = ""


@dataclass(frozen=True)
class PageCell:
    """A cell as the page shows it."""

    id: str
    title: str = ""
    """The title of a cell with points."""
    html: str = ""
    """Its text, cleaned."""
    code: str = ""
    locked: bool = False
    """Whether its code was given, and is folded."""
    outputs: tuple[Output, ...] = ()
    score: float | None = None
    max_score: float = 0.0
    waiting: bool = False
    """Whether a person still has to grade it."""
    comment: str = ""
    """As HTML, cleaned."""


class PageExporter(HTMLExporter):
    """Makes the feedback page of a notebook, for nbgrader's converter."""

    titles = Dict(help="Titles of tasks, questions and notebooks, by their ids.").tag(config=True)

    def from_notebook_node(  # type: ignore[override]
        self, nb: NotebookNode, resources: Any = None, **kw: Any
    ) -> tuple[str, dict[str, Any]]:
        """The page of a notebook, which the steps change."""
        # The classes in between would fill nbconvert's templates, copy the notebook twice and validate it once more: it was validated
        # when it was read, and the steps only add scores and comments.
        resources = self._init_resources(resources)  # type: ignore[no-untyped-call]
        for step in self._preprocessors:
            nb, resources = step(nb, resources)
        about = resources["nbgrader"]
        cells = list(page_cells(nb, self.titles))
        page = render(
            "notebook.html.j2",
            title=self.titles.get(about["notebook"], about["notebook"]),
            student=about["student"],
            score=about["score"],
            max_score=about["max_score"],
            penalty=about["late_penalty"],
            summary=FEEDBACK_PAGE,
            cells=cells,
            graded=[cell for cell in cells if cell.score is not None],
        )
        return page, resources


def page_cells(nb: NotebookNode, titles: dict[str, str]) -> Iterator[PageCell]:
    """The cells of a graded copy without the code that sets the notebook up and hands it in."""
    at_the_top, page = True, Page()
    for number, cell in enumerate(nb.cells):
        graded = cell.metadata.get("nbgrader", {})
        if graded or (cell.cell_type == "markdown" and _SECTION.search(cell.source)):
            at_the_top = False
        sets_up = at_the_top or _HANDS_IN.search(cell.source)
        if cell.cell_type == "markdown" or graded or not sets_up:
            yield _page_cell(page, cell, graded, titles, number)


def _page_cell(page: Page, cell: NotebookNode, graded: NotebookNode, titles: dict[str, str], number: int) -> PageCell:
    name = str(graded.get("grade_id", ""))
    comment = graded.get("comment")
    is_text = cell.cell_type == "markdown"
    return PageCell(
        id=name if _NAME.fullmatch(name) else f"cell-{number}",
        title=titles.get(name, name) if graded.get("grade") else "",
        html=text_html(cell.source, page, cell) if is_text else "",
        code="" if is_text else plain(cell.source),
        locked=bool(graded.get("locked")),
        outputs=() if is_text else tuple(_outputs(cell)),
        score=graded.get("score") if graded.get("grade") else None,
        max_score=graded.get("points", 0.0),
        waiting=bool(graded.get("waiting")),
        comment=text_html(comment, page) if comment else "",
    )


def _outputs(cell: NotebookNode) -> Iterator[Output]:
    for output in cell.get("outputs", []):
        if output.output_type == "stream":
            yield Output(plain(output.get("text")))
        elif output.output_type == "display_data":
            if picture := png(output.data.get("image/png")):
                yield Output(picture=picture)
            elif text := plain(output.data.get("text/plain")):
                yield Output(text)
