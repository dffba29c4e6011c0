"""Typed wrappers for the few calls of nbformat, which has no complete types."""

from __future__ import annotations

import json
import uuid
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import rwbase


def read(path: Path) -> NotebookNode:
    """A notebook from a file that we wrote."""
    notebook: NotebookNode = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    return notebook


def node(data: Any) -> NotebookNode:
    """Plain data as a node, copied."""
    made: NotebookNode = nbformat.from_dict(data)  # type: ignore[no-untyped-call]
    return made


def code_cell(source: str) -> NotebookNode:
    """A code cell."""
    # nbformat's own functions validate every cell and output separately, ten times the work of making one.
    return node({"cell_type": "code", "id": _new_id(), "metadata": {}, "execution_count": None, "source": source, "outputs": []})


def markdown_cell(source: str, **fields: Any) -> NotebookNode:
    """A markdown cell."""
    return node({"cell_type": "markdown", "id": _new_id(), "metadata": {}, "source": source, **fields})


def _new_id() -> str:
    return uuid.uuid4().hex[:8]


def stream(text: str, name: str = "stdout") -> NotebookNode:
    """Printed text as an output."""
    return node({"output_type": "stream", "name": name, "text": text})


def display_output(data: dict[str, str], kind: str = "display_data", **fields: Any) -> NotebookNode:
    """A ``display_data`` or ``execute_result`` output."""
    return node({"output_type": kind, "metadata": {}, "data": data, **fields})


def text(notebook: NotebookNode) -> str:
    """A valid notebook as the text of a file, as from `nbformat.writes`; the notebook cannot be used afterwards."""
    lines = rwbase.strip_transient(rwbase.split_lines(notebook))  # type: ignore[no-untyped-call]
    return json.dumps(lines, indent=1, sort_keys=True, separators=(",", ": "), ensure_ascii=False) + "\n"
