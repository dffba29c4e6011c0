"""``coursenn/task_hints.json``: the hints that students ask for, from ``solutions/hints/*.toml``. They are prose and never code."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

from autograder.generate.errors import GeneratorError
from autograder.generate.stubs import display, read_text
from autograder.manifest import Course

TASK_HINTS = "task_hints.json"
STEPS = ("think", "wrong", "way")
"""What to think of, where it usually goes wrong, an outline of the solution."""
CODE = re.compile(r"[`=\[\]{}_*@]|\w\(|\bnp\.|\n")
"""Signs of code, which prose does not need."""


def task_hints_json(course: Course) -> str | None:
    """The file as text: task -> its three steps; empty if the manifest switches them off, and None for a course without hints.

    Raises
    ------
    GeneratorError
        When a task has no hints, a hint belongs to no task, or one holds code.
    """
    paths = [path for root in course.roots for path in sorted((root / "solutions" / "hints").glob("*.toml"))]
    if not paths:
        return None
    found = dict(entry for path in paths for entry in _read(course, path))
    # A folder of extra tasks may have none, but not some.
    roots = {notebook.name: notebook.root for notebook in course.notebooks}
    folders = {path.parent.parent.parent for path in paths}
    missing = [task.id for task in course.tasks if task.id not in found and roots[task.notebook] in folders]
    if missing:
        raise GeneratorError("solutions/hints", f"no hints for {', '.join(missing)}", f"write {', '.join(STEPS)} for each")
    kept = {task.id: found[task.id] for task in course.tasks if task.id in found} if course.feedback.on_request else {}
    return json.dumps(kept, indent=1, ensure_ascii=False) + "\n"


def _read(course: Course, path: Path) -> Iterator[tuple[str, list[str]]]:
    where = display(course, path)
    try:
        document = tomllib.loads(read_text(course, path, "write it"))
    except tomllib.TOMLDecodeError as error:
        raise GeneratorError(where, str(error), "correct the file") from error
    known = {task.id for task in course.tasks}
    for task, hints in document.items():
        if task not in known or not isinstance(hints, dict) or tuple(hints) != STEPS:
            raise GeneratorError(f"{where}, {task}", "not the hints of a task", f"write a table [task] with {', '.join(STEPS)}")
        for step, text in hints.items():
            if not isinstance(text, str) or (code := CODE.search(text)):
                shown = repr(code.group()) if isinstance(text, str) and code else "no text"
                raise GeneratorError(f"{where}, {task}, {step}", f"{shown} in a hint", "say it in plain sentences")
        yield task, list(hints.values())
