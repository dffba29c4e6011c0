"""``coursenn/checks.json``: the check cells of the notebooks, each with the imports that it needs to run on its own."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator

from autograder.generate.visible_checks import CheckCell, check_cells
from autograder.manifest import Course

ALWAYS = "import numpy as np"
"""What the set-up cell imports before the import cell."""


def checks_json(course: Course) -> str:
    """The file as text: task -> lines of Python, in the order of the manifest."""
    cells = check_cells(course, models=True)
    found = {task.id: alone(cells[task.id]).split("\n") for task in course.tasks}
    return json.dumps(found, indent=1, ensure_ascii=False) + "\n"


def alone(cell: CheckCell) -> str:
    """A check cell as a program of its own.

    It ends with the last ``with checking(...)``: anything that a cell prints after that concerns the notebook.
    """
    tree = ast.parse(cell.source)
    blocks = [node for node in tree.body if isinstance(node, ast.With)]
    last = blocks[-1].end_lineno if blocks else None
    text = "\n".join(cell.source.split("\n")[:last])
    used = {node.id for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Name)}
    return "\n".join([*_imports(f"{ALWAYS}\n{cell.imports}", used), "", text])


def _imports(source: str, used: set[str]) -> Iterator[str]:
    """The import statements of a cell, reduced to these names."""
    for node in ast.parse(source).body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            node.names = [alias for alias in node.names if (alias.asname or alias.name.partition(".")[0]) in used]
            if node.names:
                yield ast.unparse(node)
