"""Which graded functions a check reaches: those that it calls, and those that these call in the reference."""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterable
from pathlib import Path

from autograder.manifest import Course
from autograder.paths import module_name


def reached(course: Course, reference: Path, targets: Iterable[str]) -> frozenset[str]:
    """The graded functions that calls lead to.

    Parameters
    ----------
    reference : the folder with the reference's ``coursenn/``.
    targets : what is called, such as ``layer_utils.affine_relu_forward``.
    """
    calls = _calls(course, reference)
    found: set[str] = set()
    waiting = [target for target in targets if target in calls]
    while waiting:
        function = waiting.pop()
        if function not in found:
            found.add(function)
            waiting += calls[function]
    return frozenset(found)


@functools.lru_cache(maxsize=4)
def _calls(course: Course, reference: Path) -> dict[str, frozenset[str]]:
    """Graded function or class -> the graded ones that its definition names."""
    graded = {function for task in course.tasks for function in task.functions}
    by_name = {function.rpartition(".")[2]: function for function in graded}
    found: dict[str, frozenset[str]] = {}
    for file in course.editable:
        tree = ast.parse((reference / "coursenn" / file).read_text(encoding="utf-8"))
        for node in tree.body:
            name = f"{module_name(file)}.{getattr(node, 'name', '')}"
            if name in graded:
                names = {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}
                found[name] = frozenset(by_name[n] for n in names & set(by_name)) - {name}
    return found
