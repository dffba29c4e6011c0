"""The visible checks: the locked check cells of the notebooks, and what they report on a package of our own."""

from __future__ import annotations

import contextlib
import io
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from autograder.generate.cells import cell_text, notebook_templates
from autograder.generate.percent import read_notebook
from autograder.manifest import Course, Notebook
from autograder.sandbox.local import OwnPackage

IMPORTS = "from coursenn.checking import"
CELL = "<check cell>"
"""The file of a cell's code, in tracebacks."""


class CheckCell(NamedTuple):
    """What is run for a task."""

    imports: str
    """The import cell of its notebook."""
    source: str
    """Its check cell as students see it."""


@dataclass(frozen=True)
class Seen:
    """What a visible check said."""

    error: Exception | None
    """Why it did not pass: a failed comparison, or an exception from the student's function."""
    check: str = ""
    """The name of the last block that was opened."""
    prints: tuple[tuple[str, Any], ...] = ()
    """Label and fingerprint of what is wrong in it."""

    @property
    def passed(self) -> bool:
        """Whether nothing failed."""
        return self.error is None


def check_cells(course: Course, *, models: bool = False) -> dict[str, CheckCell]:
    """Task -> its cell.

    Parameters
    ----------
    models : include tasks that are graded by a saved model, whose cells need that model.
    """
    cells = (found for notebook in course.notebooks for found in _cells_of_notebook(course, notebook))
    return {task: cell for task, cell in cells if models or not course.task(task).model}


def _cells_of_notebook(course: Course, notebook: Notebook) -> Iterator[tuple[str, CheckCell]]:
    source = read_notebook(course, notebook)
    templates = notebook_templates(course, notebook)
    codes = [cell for cell in source if cell.cell_type == "code"]
    imports = next((c for c in codes if IMPORTS in c.source), None)
    text = cell_text(course, notebook, imports, "student", templates) if imports else f"{IMPORTS} checking"
    for cell in codes:
        if cell.kind == "check":
            yield cell.id, CheckCell(text, cell_text(course, notebook, cell, "student", templates))


def run_check_cell(cell: CheckCell, package: OwnPackage, prepare: Callable[[], None] | None = None) -> Seen:
    """Run a check cell over a package, as if it were the first cell after the imports.

    Parameters
    ----------
    prepare : called before the import cell, while ``import coursenn`` means the package.
    """
    names: dict[str, Any] = {"np": np}
    state = np.random.get_state()
    try:
        with package.imported(), contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            if prepare:
                prepare()
            np.random.seed(0)
            exec(cell.imports, names)
            exec(compile(cell.source, CELL, "exec"), names)
    except Exception as error:
        opened = names.get("check")
        return Seen(error, getattr(opened, "name", ""), tuple(getattr(opened, "prints", ())))
    finally:
        np.random.set_state(state)
    return Seen(None)
