"""What the checks of the notebooks look at, and whether a catalogued mistake makes it wrong.

A line of a notebook's check is proved by an entry of the catalogue for which this line is wrong:
``coursenn/known_mistakes.json``, which is made by running every check over every entry, holds what is.
"""

from __future__ import annotations

import importlib
import json
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from autograder.generate.known_mistakes import known_mistakes_json
from autograder.generate.visible_checks import CheckCell, check_cells, run_check_cell
from autograder.intake.reference import reference_path
from autograder.manifest import Course
from autograder.sandbox.local import OwnPackage

CHECKING = "coursenn.checking"
MEASURED = re.compile(r" \(largest absolute error .*\)$")
"""What a comparison that holds says beside its label."""


@dataclass(frozen=True)
class Line:
    """One comparison of a notebook's check.

    Parameters
    ----------
    task : its task.
    block : name of the block, such as ``affine_forward``.
    label : what it says when it holds.
    """

    task: str
    block: str
    label: str


def lines(course: Course, tasks: Collection[str] | None = None) -> list[Line]:
    """The comparisons that the checks of the notebooks make of the reference, in order; of all tasks by default."""
    package = OwnPackage(reference_path(course))
    cells = {task: cell for task, cell in check_cells(course).items() if tasks is None or task in tasks}
    return [Line(task, *line) for task, cell in cells.items() for line in dict.fromkeys(_compared(cell, package))]


def _compared(cell: CheckCell, package: OwnPackage) -> Iterator[tuple[str, str]]:
    """Block and label of each comparison of one cell."""
    found: list[tuple[str, str]] = []

    def watch() -> None:
        checks: Any = importlib.import_module(CHECKING).Checks
        record = checks._record

        def noted(self: Any, holds: bool, right: str, wrong: str, got: Any = None) -> bool:
            found.append((self.name, MEASURED.sub("", right)))
            return bool(record(self, holds, right, wrong, got))

        checks._record = noted

    run_check_cell(cell, package, watch)
    yield from found


def broken_lines(course: Course) -> set[tuple[str, str]]:
    """Block and label of every comparison that an entry of the catalogue makes wrong."""
    made = json.loads(known_mistakes_json(course) or '{"checks": {}}')["checks"]
    return {(block, label) for block, entries in made.items() for entry in entries for label, _ in entry["wrong"]}
