"""Move a term to another version: first find out whose marks would change, then change them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from autograder.gradebook.late_penalties import governs, spread, standings_of
from autograder.gradebook.marks import marks_of_class
from autograder.manifest import Course
from autograder.results.store import Grader
from autograder.runs.grade import grade
from autograder.runs.grade_report import GradeReport
from autograder.runs.progress import ProgressDisplay
from autograder.term import journal
from autograder.term.deadline_file import deadlines_of
from autograder.term.pin import differences, pin
from autograder.term.published import published_marks
from autograder.workspace.workspace import Workspace, WorkspaceError

CENT = 0.005


@dataclass(frozen=True)
class Move:
    """A mark that would change."""

    student: str
    assignment: str
    tasks: dict[str, tuple[float, float]]
    """Task -> points before and after."""
    before: float
    """The mark, including points given by people and the late penalty."""
    after: float
    published: float | None
    """The mark that was published, if any."""
    reasons: tuple[str, ...]

    @property
    def falls(self) -> bool:
        """Whether a published mark would be lowered."""
        return self.published is not None and self.after < self.published - CENT


@dataclass
class UpgradePlan:
    """What another version would change."""

    differences: list[str]
    moves: list[Move] = field(default_factory=list)
    looked_at: int = 0
    failures: dict[str, str] = field(default_factory=dict)

    @property
    def falls(self) -> list[Move]:
        """Published marks that would be lowered."""
        return [m for m in self.moves if m.falls]

    def by_task(self) -> list[tuple[str, int, int]]:
        """Task, and for how many students its points rise and fall; the task with the most changes first."""
        up, down = Counter[str](), Counter[str]()
        for move in self.moves:
            for task, (before, after) in move.tasks.items():
                (up if after > before else down)[task] += 1
        return sorted(((t, up[t], down[t]) for t in {*up, *down}), key=lambda row: (-row[1] - row[2], row[0]))


def plan_upgrade(
    workspace: Workspace,
    course: Course,
    *,
    jobs: int | None = None,
    unsafe: bool = False,
    show: ProgressDisplay | None = None,
    stop: Callable[[], bool] | None = None,
    grader: Grader | None = None,
) -> UpgradePlan:
    """Grade everybody with this checkout, without entering a mark; results are kept, so that nothing is graded twice.

    Raises
    ------
    WorkspaceError
        As for `autograder.runs.grade.grade`, and when it was stopped.
    """
    plan = UpgradePlan(differences(workspace, course))
    for a in course.assignments:
        if workspace.released(a.name).is_dir() and workspace.students(a.name):
            report = grade(workspace, course, a.name, enter=False, jobs=jobs, unsafe=unsafe, show=show, stop=stop, grader=grader)
            if report.stopped:
                raise WorkspaceError("stopped; what was graded is kept: run the same command again to go on")
            _add(workspace, course, report, plan)
    return plan


def _add(workspace: Workspace, course: Course, report: GradeReport, plan: UpgradePlan) -> None:
    marks, published = marks_of_class(workspace, report.assignment), published_marks(workspace, report.assignment)
    deadlines = deadlines_of(workspace)
    plan.looked_at += len(report.rows)
    plan.failures |= {r.student: r.failure for r in report.rows if r.failure is not None}
    for row in report.rows:
        held = marks.get(row.student)
        # Points that a person gave stay.
        moved = {t: pair for t, pair in row.moves.items() if held and t in held.cells and not held.cells[t].by_hand}
        if held is None or not moved:
            continue
        notebooks = held.by_notebook()
        for task, (before, after) in moved.items():
            score, most = notebooks[held.cells[task].notebook]
            notebooks[held.cells[task].notebook] = score + after - before, most
        standing = standings_of(workspace, deadlines, row.student)[report.assignment]
        lost = sum(spread(standing, notebooks).values()) if governs(workspace, deadlines, report.assignment) else held.penalty
        after_all = round(max(0.0, sum(s for s, _ in notebooks.values()) - lost), 2)
        before_all = published[row.student].total if row.student in published else None
        plan.moves.append(Move(row.student, report.assignment, moved, held.total, after_all, before_all, tuple(row.reasons)))


def upgrade(
    workspace: Workspace,
    course: Course,
    plan: UpgradePlan,
    *,
    allow_lower: bool = False,
    jobs: int | None = None,
    unsafe: bool = False,
    show: ProgressDisplay | None = None,
    grader: Grader | None = None,
) -> list[GradeReport]:
    """Pin the term to this checkout, and enter its marks.

    Raises
    ------
    WorkspaceError
        When a published mark would be lowered without permission; nothing is changed then.
    """
    if plan.falls and not allow_lower:
        who = ", ".join(f"{m.student} ({m.assignment}: {m.published:g} -> {m.after:g})" for m in plan.falls[:10])
        more = f" and {len(plan.falls) - 10} more" if len(plan.falls) > 10 else ""
        raise WorkspaceError(f"published marks would be lowered: {who}{more}. Nothing was changed; --allow-lower permits it")
    with workspace.only_one("autograder upgrade"):
        version = pin(workspace, course)
        commit = f", commit {version.commit}" if version.commit else ""
        text = f"upgraded to version {version.version}{commit}: {'; '.join(plan.differences) or 'nothing that changes marks'}"
        journal.write(workspace, [journal.Event("upgrade", text)])
    return [
        grade(workspace, course, a.name, jobs=jobs, unsafe=unsafe, show=show, grader=grader)
        for a in course.assignments
        if workspace.released(a.name).is_dir() and workspace.students(a.name)
    ]
