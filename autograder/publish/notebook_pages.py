"""The notebook pages: as students get the notebooks, with the reference's results of given cells, and with long code folded."""

from __future__ import annotations

from typing import Any

import nbformat
from nbformat import NotebookNode, v4

from autograder.generate.notebooks import notebook_text
from autograder.generate.page_results import is_given, read_page_results
from autograder.generate.percent import SourceCell, read_notebook
from autograder.generate.recorded import read_results
from autograder.generate.recorded_code import recording_key
from autograder.manifest import Course, Notebook

FOLDED = ("setup", "check", "submit")
"""Kinds of cells that readers rarely want to see: those that find the package, check a task, or pack the work."""
CALLED = {"setup": "Show the set-up", "check": "Show the check", "submit": "Show the packing"}
DESCRIBED = "What this cell draws with the reference; the text after it describes the picture."


def notebook_page(course: Course, notebook: Notebook) -> str:
    """The notebook of a page, as a file in the staged book.

    The cells are those of the students' notebook; only the results of given code are added.
    """
    student: NotebookNode = nbformat.reads(  # type: ignore[no-untyped-call]
        (notebook.root / "notebooks" / f"{notebook.name}.ipynb").read_text(encoding="utf-8"), as_version=4
    )
    cells = read_notebook(course, notebook)
    drawn = read_page_results(notebook, recording_key(course, notebook, cells))
    printed = read_results(course, notebook, cells)
    sources = [cell for cell in cells if cell.kind != "instructor"]
    for cell, node in zip(sources, student.cells, strict=True):
        if cell.kind in FOLDED:
            node.metadata["tags"] = sorted({*node.metadata.get("tags", []), "hide-input"})
            node.metadata["mystnb"] = {"code_prompt_show": CALLED[cell.kind]}
        if node.cell_type == "code":
            node.outputs = _outputs(cell, drawn.get(node.id), printed)
            if any(output.output_type == "display_data" for output in node.outputs):
                node.metadata["mystnb"] = {"image": {"alt": DESCRIBED}}
    return notebook_text(student)


def _outputs(cell: SourceCell, drawn: list[dict[str, str]] | None, printed: dict[str, str]) -> list[Any]:
    """The results of a cell: everything that was recorded for its page, or the table that the notebook's text quotes."""
    if not is_given(cell):
        return []
    if drawn is None:
        drawn = [{"text": printed[cell.record]}] if cell.record in printed else []
    return [_output(result) for result in drawn]


def _output(result: dict[str, str]) -> Any:
    if "text" in result:
        return v4.new_output("stream", name="stdout", text=result["text"] + "\n")  # type: ignore[no-untyped-call]
    return v4.new_output("display_data", data={"image/png": result["png"]})  # type: ignore[no-untyped-call]
