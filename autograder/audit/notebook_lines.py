"""What the checks of the notebooks look at, and whether a wrong version of the reference makes it wrong.

A line of a notebook's check is proved by a version for which this line is wrong. ``coursenn/known_mistakes.json``, which is made by
running every check over every entry of the catalogue, holds what is wrong up to the end of the first block that fails. What comes
after that is looked at here, by going on.
"""

from __future__ import annotations

import contextlib
import functools
import importlib
import json
import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograder.audit.failures import version_of
from autograder.generate.known_mistakes import Keys, known_mistakes_json
from autograder.generate.visible_checks import CheckCell, check_cells, run_check_cell
from autograder.intake.reference import reference_path
from autograder.manifest import Course
from autograder.mistakes import Mistake
from autograder.paths import cache_directory, write_atomically
from autograder.sandbox.local import OwnPackage

CHECKING = "coursenn.checking"
MEASURED = re.compile(r" \(largest absolute error .*\)$")
"""What a comparison that holds says after its label."""


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
    yield from (place for place, _ in _recorded(cell, package))


def _recorded(cell: CheckCell, package: OwnPackage, *, going_on: bool = False) -> list[tuple[tuple[str, str], bool]]:
    """Block and label of each comparison of one cell, in order, and whether it holds.

    Parameters
    ----------
    going_on : whether the blocks after one that fails are run as well.
    """
    found: list[tuple[tuple[str, str], bool]] = []

    def watch() -> None:
        checking: Any = importlib.import_module(CHECKING)
        checks = checking.Checks
        record, leave = checks._record, checks.__exit__
        # Packages share the module, so that nothing of this may stay in it.
        before.callback(setattr, checks, "_record", record)
        before.callback(setattr, checks, "__exit__", leave)

        def noted(self: Any, holds: bool, right: str, wrong: str, got: Any = None) -> bool:
            found.append(((self.name, MEASURED.sub("", right)), bool(holds)))
            return bool(record(self, holds, right, wrong, got))

        def left(self: Any, kind: Any, error: Any, trace: Any) -> None:
            with contextlib.suppress(checking.CheckFailed):
                leave(self, kind, error, trace)

        checks._record = noted
        if going_on:
            checks.__exit__ = left

    with contextlib.ExitStack() as before:
        run_check_cell(cell, package, watch)
    return found


def broken_lines(course: Course) -> set[tuple[str, str]]:
    """Block and label of every comparison that an entry of the catalogue makes wrong before a check has failed."""
    made = json.loads(known_mistakes_json(course) or '{"checks": {}}')["checks"]
    return {(block, label) for block, entries in made.items() for entry in entries for label, _ in entry["wrong"]}


def broken_by_going_on(
    course: Course, task: str, wanted: Iterable[tuple[str, str]], versions: Iterable[Mistake], reference: Path
) -> set[tuple[str, str]]:
    """Which of these comparisons of a task's check some wrong version fails when the blocks after a failed one are run as well.

    Parameters
    ----------
    wanted : block and label; no more versions are run once all of them have failed.
    versions : of the task's functions.
    reference : folder with the reference's ``coursenn/``.
    """
    keys, open_, found = _keys(course), set(wanted), set[tuple[str, str]]()
    for version in versions:
        found |= _failed(keys, version, reference) & open_
        if found == open_:
            break
    return found


@functools.lru_cache(maxsize=4)
def _keys(course: Course) -> Keys:
    return Keys(course)


def _failed(keys: Keys, version: Mistake, reference: Path) -> set[tuple[str, str]]:
    """The comparisons that a version fails in all blocks of its check: kept on disk, so that an audit that was ended goes on."""
    path = cache_directory() / "lines" / f"{keys.of(version)}.json"
    with contextlib.suppress(OSError, ValueError, TypeError):
        return {(str(block), str(label)) for block, label in json.loads(path.read_text(encoding="utf-8"))}
    recorded = _recorded(keys.cells[version.task], version_of(version, reference), going_on=True)
    failed = {place for place, holds in recorded if not holds}
    write_atomically(path, json.dumps(sorted(failed)))
    return failed
