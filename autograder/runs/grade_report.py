"""What a run of `grade` says it did."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from autograder.results.documents import Document


@dataclass
class GradedSubmission:
    """What one submission got. The document stays on disk: a class may be large."""

    student: str
    failure: str | None = None
    fresh: bool = False
    """Whether the gradebook was given something new."""
    moves: dict[str, tuple[float, float]] = field(default_factory=dict)
    """Task -> points that the gradebook held before, and holds now; only where they differ."""
    reasons: list[str] = field(default_factory=list)
    """Why it was graded again; empty for the first time."""
    load: Callable[[], Document | None] = lambda: None

    @property
    def document(self) -> Document | None:
        """The result document, read from where it is kept; None when there is none."""
        return self.load()

    @property
    def moved(self) -> list[str]:
        """Tasks whose score is another one than the gradebook held."""
        return list(self.moves)


@dataclass
class GradeReport:
    """What a run of `grade` did."""

    assignment: str
    total: int = 0
    rows: list[GradedSubmission] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    """What went wrong on the way and was mended: damaged results, workers that died."""
    stopped: bool = False
    """Whether it was asked to stop before everybody was done."""
    contradicted: bool = False
    """Whether results from elsewhere were found to be wrong, and all of them graded again here."""
    elapsed_s: float = 0.0

    @property
    def failures(self) -> list[GradedSubmission]:
        """Submissions that have no mark, through no fault of theirs."""
        return [r for r in self.rows if r.failure]
