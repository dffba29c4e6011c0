"""Is an answer found by the heading of its question if nothing else of its cell is left?"""

from __future__ import annotations

import json
from typing import Any

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from autograder.gradebook.repair import repair
from autograder.manifest import Course
from autograder.paths import REPOSITORY

PLACEHOLDER = "*Write your answer here, in place of this line.*"


def question(name: str) -> Any:
    """An answer cell as it is released."""
    meta = {"grade_id": name, "grade": True, "solution": True, "locked": False, "points": 2, "schema_version": 3, "task": False}
    return new_markdown_cell(PLACEHOLDER, metadata={"nbgrader": {**meta, "cell_type": "markdown"}}, id=name)


RELEASE = new_notebook(
    cells=[
        new_markdown_cell("# Title", id="a"),
        new_markdown_cell("A table.\n\n### Question: first\n\nWhy?", id="b"),
        question("first"),
        new_code_cell("# not a heading\nx = 1", id="c"),
        new_markdown_cell("## Next\n\nText.\n\n### Question: second ##\n\nHow?", id="d"),
        question("second"),
        new_markdown_cell("## The end", id="e"),
    ]
)
HEADING, OTHER = "### Question: first", "##  Question:  second"


def answers(*cells: tuple[str, str]) -> dict[str, str]:
    """Return the answers found in a notebook of such cells (type and text) without names."""
    made = [{"cell_type": kind, "metadata": {}, "source": text, **({"outputs": []} if kind == "code" else {})} for kind, text in cells]
    done = repair(json.dumps({"cells": made, "metadata": {}, "nbformat": 4, "nbformat_minor": 4}).encode(), RELEASE)
    named = {c.metadata.nbgrader.grade_id: c.source for c in done.notebook.cells if "nbgrader" in c.metadata}
    assert sum("had lost its name and was recognised" in note for note in done.notes) == sum(a != PLACEHOLDER for a in named.values())
    return named


@pytest.mark.parametrize(
    ("cells", "first", "second"),
    [
        ([("markdown", HEADING), ("markdown", "Mine."), ("markdown", OTHER), ("markdown", "Too.")], "Mine.", "Too."),
        ([("markdown", OTHER), ("markdown", "Too."), ("markdown", f"intro\n{HEADING}\nWhy?"), ("raw", "Mine.")], "Mine.", "Too."),
        ([("markdown", HEADING), ("markdown", "  "), ("markdown", "## My own\nMine.")], "## My own\nMine.", PLACEHOLDER),
        ([("markdown", HEADING), ("markdown", OTHER), ("markdown", "Too.")], PLACEHOLDER, "Too."),
        ([("markdown", HEADING), ("code", "print(1)"), ("markdown", "Not mine.")], PLACEHOLDER, PLACEHOLDER),
        ([("markdown", HEADING), ("markdown", "## The end"), ("markdown", "Not mine.")], PLACEHOLDER, PLACEHOLDER),
        ([("markdown", "Mine, without its question.")], PLACEHOLDER, PLACEHOLDER),
        ([("markdown", HEADING), ("markdown", "Mine."), ("markdown", "More of it.")], "Mine.", PLACEHOLDER),
    ],
)
def test_an_answer_is_where_it_was_asked(cells: list[tuple[str, str]], first: str, second: str) -> None:
    """Is the answer looked for below the heading, even if it was moved, and never beyond the release's next one?"""
    assert answers(*cells) == {"first": first, "second": second}


def test_every_question_of_the_course_has_a_heading(course: Course) -> None:
    """With all metadata and ids gone, is each of the 13 answers found?"""
    found = {}
    for path in sorted((REPOSITORY / "course" / "notebooks").glob("*.ipynb")):
        document = json.loads(path.read_text())
        release = nbformat.reads(path.read_text(), as_version=4)
        for cell in document["cells"]:
            name = cell["metadata"].get("nbgrader", {}).get("grade_id")
            if name in {q.id for q in course.questions}:
                cell["source"] = f"My answer to {name}."
            cell["metadata"] = {}
            cell.pop("id")
        done = repair(json.dumps(document).encode(), release)
        found |= {c.metadata.nbgrader.grade_id: c.source for c in done.notebook.cells if c.metadata.get("nbgrader", {}).get("grade")}
    assert {q.id: found[q.id] for q in course.questions} == {q.id: f"My answer to {q.id}." for q in course.questions}
