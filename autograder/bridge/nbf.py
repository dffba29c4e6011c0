"""nbformat, typed: the few calls the bridge makes of a library that has no complete types."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode, v4


def read(path: Path) -> NotebookNode:
    """A notebook from a file of ours."""
    notebook: NotebookNode = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    return notebook


def node(data: Any) -> NotebookNode:
    """Plain data as a node, copied."""
    made: NotebookNode = nbformat.from_dict(data)  # type: ignore[no-untyped-call]
    return made


def code_cell(source: str) -> NotebookNode:
    """A code cell."""
    cell: NotebookNode = v4.new_code_cell(source)  # type: ignore[no-untyped-call]
    return cell


def markdown_cell(source: str, **fields: Any) -> NotebookNode:
    """A markdown cell."""
    cell: NotebookNode = v4.new_markdown_cell(source, **fields)  # type: ignore[no-untyped-call]
    return cell


def stream(text: str, name: str = "stdout") -> NotebookNode:
    """Printed text as an output."""
    output: NotebookNode = v4.new_output("stream", name=name, text=text)  # type: ignore[no-untyped-call]
    return output


def shown(data: dict[str, str], kind: str = "display_data", **fields: Any) -> NotebookNode:
    """A ``display_data`` or ``execute_result`` output."""
    output: NotebookNode = v4.new_output(kind, data=data, **fields)  # type: ignore[no-untyped-call]
    return output
