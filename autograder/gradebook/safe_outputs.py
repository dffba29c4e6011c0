"""The part of the outputs handed in with a notebook that may be shown: text and PNG only."""

from __future__ import annotations

from typing import Any

from nbformat.notebooknode import NotebookNode

from autograder.gradebook import nodes
from autograder.pages.sanitize import plain, png

MAX_OUTPUTS = 40
MAX_TRACEBACK_LINES = 200
NOT_VERIFIED = "[handed in with the notebook, not verified by the grader]\n"


def safe_outputs(cell: dict[str, Any], label: str = NOT_VERIFIED) -> list[NotebookNode]:
    """The outputs of a cell below a line that says what they are; everything except text and PNG is dropped."""
    outputs = cell.get("outputs")
    if not isinstance(outputs, list):
        return []
    kept = [o for o in (_safe_output(o) for o in outputs[:MAX_OUTPUTS] if isinstance(o, dict)) if o is not None]
    return [nodes.stream(label), *kept] if kept else []


def _safe_output(output: dict[str, Any]) -> NotebookNode | None:
    kind = output.get("output_type")
    if kind == "stream":
        text = plain(output.get("text", ""))
        return nodes.stream(text, "stderr" if output.get("name") == "stderr" else "stdout") if text else None
    if kind in ("error", "pyerr"):
        traceback = output.get("traceback")
        lines = traceback[:MAX_TRACEBACK_LINES] if isinstance(traceback, list) else [output.get("ename"), output.get("evalue")]
        return nodes.stream(plain("\n".join(line for line in lines if isinstance(line, str))) + "\n")
    data = output.get("data")
    if kind not in ("display_data", "execute_result") or not isinstance(data, dict):
        return None
    kept = {}
    if (picture := png(data.get("image/png"))) is not None:
        kept["image/png"] = picture
    if text := plain(data.get("text/plain")):
        kept["text/plain"] = text
    # Always display_data, since nbgrader reads a score from an execute_result.
    return nodes.display_output(kept) if kept else None
