"""Work that uses up its time does not delay the others."""

from __future__ import annotations

import pytest

from autograder.engine.clock import SlowWork
from autograder.engine.grade import grade_submission
from autograder.manifest import Course
from autograder.runs.grade import grade
from autograder.runs.pool import GradingJob, GradingOutcome, InProcessPool
from autograder.runs.progress import RunProgress
from autograder.sandbox.limits import Limits
from autograder.workspace.workspace import Workspace
from tests.autograder.fake_engine import fake, marks
from tests.autograder.small_course import RIGHT_LAYERS, hand_in


class ImpatientPool(InProcessPool):
    """Postpones the work of some students, like a process in which a check uses up its time."""

    def submit(self, job: GradingJob) -> None:
        """Grade a job, or postpone it."""
        if "slow" in job.name and not job.last:
            self._outcomes.append(GradingOutcome(job, error=SlowWork()))
        else:
            super().submit(job)


def test_slow_work_is_graded_last(workspace: Workspace, small: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    """Is everybody else graded first and slow work afterwards, and is slow work named until then?"""
    for student in ("a-slow", "b", "c-slow", "d"):
        marks(workspace, student, 2, 3, 2)
    order: list[str] = []
    named: list[list[str]] = []

    def show(progress: RunProgress) -> None:
        if progress.now in ("a-slow", "b", "c-slow", "d") and progress.now not in order and progress.graded > len(order):
            order.append(progress.now)
            named.append(list(progress.slow))

    monkeypatch.setattr("autograder.runs.grade.InProcessPool", ImpatientPool)
    report = grade(workspace, small, "first", grader=fake, show=show)
    assert order == ["b", "d", "a-slow", "c-slow"]
    assert named == [["a-slow"], ["a-slow", "c-slow"], ["c-slow"], []]
    assert [r.student for r in report.rows if r.failure is None] == ["a-slow", "b", "c-slow", "d"]


@pytest.mark.sandbox
@pytest.mark.usefixtures("needs_sandbox")
def test_engine_gives_up_when_there_is_a_hurry(workspace: Workspace, small: Course) -> None:
    """Does a check that uses up its time end a hurried run, and not one that has time?"""
    endless = RIGHT_LAYERS.replace("    return", "    while True:\n        pass\n    return", 1)
    folder = hand_in(workspace, "ada", {"coursenn/layers.py": endless})
    limits = Limits(check_cpu_s=1, check_wall_s=20)
    with pytest.raises(SlowWork):
        grade_submission(folder, small, "first", 5, limits=limits, hurry=True)
    assert "time_limit" in {t.verdict for t in grade_submission(folder, small, "first", 5, limits=limits).tasks}
