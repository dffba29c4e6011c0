"""All generated files of a course as plans, one for each root."""

from __future__ import annotations

import json
from collections.abc import Collection
from pathlib import Path

from autograder.generate.book import build_book
from autograder.generate.checks import checks_json
from autograder.generate.citation import build_citation
from autograder.generate.known_mistakes import known_mistakes_files
from autograder.generate.notebooks import build_notebooks
from autograder.generate.schema import build_schema
from autograder.generate.speed import build_speed
from autograder.generate.stubs import build_stubs
from autograder.generate.task_hints import TASK_HINTS, task_hints_json
from autograder.generate.tasks import CHECKS, tasks_json
from autograder.generate.tree import Plan
from autograder.manifest import Course

PARTS = ("stubs", "tasks", "checks", "task-hints", "notebooks", "known-mistakes", "book", "schema", "citation", "speed")


def build(course: Course, parts: Collection[str] = PARTS) -> list[Plan]:
    """Plan all generated files: JSON files of the package, stubs and notebooks of every folder, files of the book, a schema.

    Parameters
    ----------
    course : the manifest.
    parts : which of `PARTS`.

    Raises
    ------
    GeneratorError
        When a source is refused; nothing is written then.
    """
    plans = {root: Plan(root) for root in course.roots}
    if "stubs" in parts:
        for name, text in build_stubs(course).items():
            root = course.editable[name]
            plans[root].add(course.stub(name).relative_to(root).as_posix(), text)
        for root, plan in plans.items():
            plan.stale += _stale_stubs(course, root)
    if "tasks" in parts:
        plans[course.root].add("src/coursenn/tasks.json", tasks_json(course))
    if "checks" in parts:
        plans[course.root].add(f"src/coursenn/{CHECKS}", checks_json(course))
    if "task-hints" in parts and (steps := task_hints_json(course)) is not None:
        plans[course.root].add(f"src/coursenn/{TASK_HINTS}", steps)
    if "notebooks" in parts:
        for path, text in build_notebooks(course).items():
            root = path.parent.parent
            plans[root].add(path.relative_to(root).as_posix(), text)
        for root, plan in plans.items():
            plan.stale += _stale_notebooks(root, plan)
    if "known-mistakes" in parts:
        for path, text in known_mistakes_files(course).items():
            root = next(root for root in course.roots if path.is_relative_to(root))
            plans[root].add(path.relative_to(root).as_posix(), text)
    makers = {"book": build_book, "schema": build_schema, "citation": build_citation, "speed": build_speed}
    others = [make(course) for part, make in makers.items() if part in parts]
    return [*plans.values(), *filter(None, others)]


def _stale_stubs(course: Course, root: Path) -> list[str]:
    """Modules that are generated stubs and that the manifest no longer lists as editable there."""
    package = root / "src" / "coursenn"
    return [
        path.relative_to(root).as_posix()
        for path in sorted(package.rglob("*.py"))
        if course.editable.get(path.relative_to(package).as_posix()) != root
        and 'raise NotImplementedError("Task' in path.read_text(encoding="utf-8", errors="replace")
    ]


def _stale_notebooks(root: Path, plan: Plan) -> list[str]:
    """Generated notebooks (their metadata says so) that no longer have a source; other people's files are not touched."""
    found: list[str] = []
    for path in sorted((root / "notebooks").glob("*.ipynb")):
        name = path.relative_to(root).as_posix()
        if name not in plan.files and not path.is_symlink() and _is_ours(path):
            found.append(name)
    return found


def _is_ours(path: Path) -> bool:
    try:
        return "notebook" in json.loads(path.read_text(encoding="utf-8"))["metadata"]["coursenn"]
    except (ValueError, KeyError, TypeError):
        return False
