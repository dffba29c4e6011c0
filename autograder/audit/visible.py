"""How many mutants of the reference pass the notebook's check, and so would be handed in in good faith."""

from __future__ import annotations

import dataclasses
import os
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from autograder.audit.kill import KILLED, SURVIVED, equivalents, fates, tasks_of
from autograder.audit.mutants import Mutant, mutants
from autograder.generate.visible_checks import check_cells, run_check_cell
from autograder.intake.reference import reference_path
from autograder.manifest import Course
from autograder.sandbox.local import OwnPackage, package_at


@dataclass
class Passing:
    """The mutants that pass the visible checks, without those known to be equivalent to the reference, which are right."""

    total: Counter[str] = field(default_factory=Counter)
    """Task -> number of mutants of its functions."""
    passed: list[tuple[str, Mutant]] = field(default_factory=list)
    """Task and mutant."""

    def by_task(self) -> dict[str, tuple[int, int]]:
        """Task -> number of its mutants, and how many of them pass; the worst share first."""
        passing = Counter(task for task, _ in self.passed)
        return {task: (count, passing[task]) for task, count in sorted(self.total.items(), key=lambda i: -passing[i[0]] / i[1])}

    @property
    def share(self) -> float:
        """The share of all mutants that pass."""
        return len(self.passed) / max(1, self.total.total())

    @property
    def findings(self) -> list[str]:
        """Empty: a visible check is quick and shows its numbers, so it need not notice everything."""
        return []

    def document(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "tasks": [{"id": task, "mutants": count, "passed": passed} for task, (count, passed) in self.by_task().items()],
            "passed": [{"task": task, "function": m.function, "before": m.before, "after": m.after} for task, m in self.passed],
        }


def pass_visible_checks(
    course: Course, *, tasks: Iterable[str] | None = None, jobs: int | None = None, progress: Callable[[int, int], None] | None = None
) -> Passing:
    """Run every mutant through the check cell of each task that its function belongs to.

    Parameters
    ----------
    tasks : ids; mutants of their functions only.
    jobs : processes at a time; as many as there are processors by default.
    progress : called with the number of mutants that are done, and of all.

    Raises
    ------
    ImportError
        When cosmic-ray, a part of the extra ``prove``, is not installed.
    """
    chosen = course.tasks if tasks is None else tuple(course.task(t) for t in tasks)
    part, known, cells = dataclasses.replace(course, tasks=chosen), equivalents(), check_cells(course)
    result, done, reference = Passing(), 0, reference_path(course)
    found = [m for m in mutants(part) if m.key not in known]
    asked = {task.id: [m for m in found if task in tasks_of(part, m)] for task in chosen if task.id in cells}
    count = sum(len(own) for own in asked.values())
    for task, own in asked.items():
        if own:
            result.total[task] = len(own)
            # Imports here what its processes need of the reference, so that they do not do it one by one.
            run_check_cell(cells[task], package_at(reference))

        def attempt(mutant: Mutant, package: OwnPackage, task: str = task) -> None:
            try:
                passed = run_check_cell(cells[task], package).passed
            except BaseException:
                passed = False
            os._exit(SURVIVED if passed else KILLED)

        for mutant, killed in fates(own, reference, attempt, jobs):
            done += 1
            if not killed:
                result.passed.append((task, mutant))
            if progress:
                progress(done, count)
    return result
