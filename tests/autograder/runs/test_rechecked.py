"""A sample of a cluster's results is graded again here: how a lie is punished, and what does not count as one."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from autograder.manifest import Course
from autograder.results.documents import Document
from autograder.runs import grade as grade_module
from autograder.runs import rechecked
from autograder.runs.grade import grade
from autograder.runs.pool import GradingJob, GradingOrder, GradingOutcome, InProcessPool
from autograder.runs.rechecked import RecheckedPool
from autograder.workspace.workspace import Workspace
from tests.autograder.fake_engine import fake, marks
from tests.autograder.marks import marks_of


class Draws(random.Random):
    """Random draws that a test chooses."""

    def __init__(self, *values: float) -> None:
        super().__init__()
        self.values = iter(values)

    def random(self) -> float:
        """Return the next draw, or 0.99 after the last."""
        return next(self.values, 0.99)


def lying(change: Callable[[Document], None], *students: str) -> Callable[..., Document]:
    """A grader that falsifies the results of some students."""

    def lie(folder: Path, *arguments: Any) -> Document:
        document = fake(folder, *arguments)
        if folder.parent.name in students:
            change(document)
            document["score"] = sum(task["score"] for task in document["tasks"])
        return document

    return lie


def full_marks(document: Document) -> None:
    """Everything right."""
    for task in document["tasks"]:
        task |= {"score": task["max_score"], "verdict": "passed"}


def full_marks_in_spite_of_a_limit(document: Document) -> None:
    """Return a result with full marks, and one verdict that may differ on another machine."""
    full_marks(document)
    document["tasks"][0]["verdict"] = "time_limit"


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Let the local pool grade in this process, and record the names of those whom it grades."""
    graded: list[str] = []

    def grader(folder: Path, *arguments: Any) -> Document:
        graded.append(folder.parent.name)
        return fake(folder, *arguments)

    monkeypatch.setattr(grade_module, "LocalPool", lambda order, jobs: InProcessPool(order, grader))
    return graded


def grade_there(workspace: Workspace, course: Course, grader: Callable[..., Document]) -> Any:
    """Grade a class with a grader that is not trusted."""
    return grade(workspace, course, "first", make_pool=lambda order: InProcessPool(order, grader))


def write_class(workspace: Workspace) -> None:
    """Four submissions, one of them wrong."""
    for student in ("ada", "ben", "cyd", "dee"):
        marks(workspace, student, 2, 3 if student != "ben" else 1, 2)


def test_honest_cluster_is_sampled_and_said_so(workspace: Workspace, small: Course, here: list[str]) -> None:
    """Is a small class graded again as a whole, without the canaries, and does the report give the number?"""
    write_class(workspace)
    report = grade_there(workspace, small, fake)
    assert sorted(here) == ["ada", "ben", "cyd", "dee"]
    assert report.notes == ["4 of 4 results of the cluster were graded again here; the marks are the same"]
    assert not report.contradicted


@pytest.mark.parametrize("lie", [full_marks, full_marks_in_spite_of_a_limit])
def test_liar_is_found_out(lie: Callable[[Document], None], workspace: Workspace, small: Course, here: list[str]) -> None:
    """If a worker gives a friend full marks, are all workers distrusted, and does everybody get the marks of this machine?"""
    write_class(workspace)
    report = grade_there(workspace, small, lying(lie, "ben"))
    assert report.contradicted
    assert "cannot be trusted" in report.notes[-1]
    assert "ben: relu-backward 3 there and 1 here" in report.notes[-1]
    assert {r.student: (r.document or {})["score"] for r in report.rows} == {"ada": 7.0, "ben": 5.0, "cyd": 7.0, "dee": 7.0}
    assert marks_of(workspace)["ben", "Alpha", "relu-backward"][0] == 1.0


def test_lies_that_were_believed_are_taken_back(
    workspace: Workspace, small: Course, here: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """If a lie is detected after other lies were entered: are their marks corrected in the same run, and the report too?"""
    write_class(workspace)
    # The results of ada and ben are accepted, cyd is in the sample.
    monkeypatch.setattr(rechecked, "AT_LEAST", 2)
    monkeypatch.setattr(random, "SystemRandom", lambda: Draws(0.9, 0.9, 0.1))
    report = grade_there(workspace, small, lying(lambda d: d["tasks"][1].update(score=2.5), "ada", "ben", "cyd"))
    assert report.contradicted
    assert [r.student for r in report.rows] == ["ada", "ben", "cyd", "dee"]
    assert marks_of(workspace)["ada", "Alpha", "relu-backward"][0] == 3.0
    assert marks_of(workspace)["ben", "Alpha", "relu-backward"][0] == 1.0
    again = grade(workspace, small, "first", grader=fake)
    assert not any(r.fresh for r in again.rows)


def test_work_that_differs_by_itself_is_no_lie(workspace: Workspace, small: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    """Is a submission whose marks vary between runs distinguished from a lie, and does the first result found here count?"""
    marks(workspace, "ada", 2, 3, 2)
    scores = iter([1.0, 2.0, 3.0])

    def chance(folder: Path, *arguments: Any) -> Document:
        document = fake(folder, *arguments)
        if folder.parent.name == "ada":
            document["tasks"][1]["score"] = next(scores)
            document["score"] = sum(task["score"] for task in document["tasks"])
        return document

    monkeypatch.setattr(grade_module, "LocalPool", lambda order, jobs: InProcessPool(order, chance))
    report = grade_there(workspace, small, chance)
    assert not report.contradicted
    assert report.notes[0].startswith("ada: it does not get the same marks twice")
    assert [(r.document or {})["score"] for r in report.rows] == [6.0]


def test_slow_machine_is_no_liar(workspace: Workspace, small: Course, here: list[str]) -> None:
    """Are marks that are lower because of a limit reported and corrected without distrusting the cluster?"""
    write_class(workspace)
    report = grade_there(workspace, small, lying(lambda d: d["tasks"][1].update(score=0.0, verdict="time_limit"), "ada"))
    assert not report.contradicted
    assert report.notes[0].startswith("ada: a limit was reached on only one of the machines")
    assert marks_of(workspace)["ada", "Alpha", "relu-backward"][0] == 3.0


def test_size_of_the_sample(small: Course, workspace: Workspace) -> None:
    """Is the sample a twentieth of a large class, and all of a small one?"""
    order = GradingOrder(small, "first", 1)
    there, here = InProcessPool(order, fake), InProcessPool(order, fake)
    assert RecheckedPool(there, here, workspace.root, 10_000).share == 0.05
    assert RecheckedPool(there, here, workspace.root, 300).share == 0.1
    assert RecheckedPool(there, here, workspace.root, 30).share == 1.0


def test_failure_here_is_a_failure(workspace: Workspace, small: Course) -> None:
    """When a submission of the sample cannot be graded here: is that its outcome, whatever the cluster says of it?"""
    write_class(workspace)
    order = GradingOrder(small, "first", 1)

    def fails(*_: Any) -> Document:
        raise OSError("no")

    with RecheckedPool(InProcessPool(order, fake), InProcessPool(order, fails), workspace.root, 1) as pool:
        pool.submit(GradingJob(workspace.submitted("ada", "first")))
        found: list[GradingOutcome] = [*pool.finished(0), *pool.finished(0)]
    assert [str(outcome.error) for outcome in found] == ["no"]
    assert pool.busy == 0
