"""`report`: what a class found hard, from the results of the newest grading."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from autograder.bridge.results import Results
from autograder.bridge.workspace import Workspace
from autograder.course import Course


@dataclass
class TaskSummary:
    """One task over the whole class."""

    id: str
    max_score: float
    scores: list[float] = field(default_factory=list)
    verdicts: Counter[str] = field(default_factory=Counter)
    failed: Counter[str] = field(default_factory=Counter)
    """Check -> how many did not pass it."""

    @property
    def mean(self) -> float:
        """Mean points."""
        return sum(self.scores) / len(self.scores) if self.scores else 0.0


def summary(workspace: Workspace, course: Course, assignment: str) -> list[TaskSummary]:
    """One entry for each task, over the submissions that have a stored result."""
    results = Results(workspace, course)
    found = {t.id: TaskSummary(t.id, t.points) for t in course.tasks_of(assignment)}
    for student in workspace.students(assignment):
        document = results.load(results.key(student, assignment))
        for task in document["tasks"] if document else []:
            if (entry := found.get(task["id"])) is not None:
                entry.scores.append(task["score"])
                entry.verdicts[task["verdict"]] += 1
                entry.failed.update(c["name"] for c in task["checks"] if not c["passed"])
    return list(found.values())
