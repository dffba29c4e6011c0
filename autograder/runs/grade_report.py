"""The report of a run of `grade`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from autograder.results.documents import Document


@dataclass
class GradedSubmission:
    """The result of one submission. The document stays on disk, since a class may be large."""

    student: str
    failure: str | None = None
    fresh: bool = False
    """Whether something new was entered into the gradebook."""
    moves: dict[str, tuple[float, float]] = field(default_factory=dict)
    """Task -> points in the gradebook before and now; only those that differ."""
    reasons: list[str] = field(default_factory=list)
    """Why it was graded again; empty for the first time."""
    load: Callable[[], Document | None] = lambda: None

    @property
    def document(self) -> Document | None:
        """The result document, read from its file; None if there is none."""
        return self.load()

    @property
    def moved(self) -> list[str]:
        """Tasks whose score differs from the gradebook's."""
        return list(self.moves)


@dataclass
class GradeReport:
    """What a run of `grade` did."""

    assignment: str
    total: int = 0
    rows: list[GradedSubmission] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    """What went wrong during the run and was repaired: damaged results, workers that died."""
    stopped: bool = False
    """Whether it was asked to stop before everybody was done."""
    contradicted: bool = False
    """Whether results from a cluster were found to be wrong, so that all of them were graded again here."""
    elapsed_s: float = 0.0

    @property
    def failures(self) -> list[GradedSubmission]:
        """Submissions that have no mark, through no fault of the students."""
        return [r for r in self.rows if r.failure]
