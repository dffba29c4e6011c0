"""Compares graders: what each gives on average, and how well two agree who have read the same answers."""

from __future__ import annotations

import itertools
import statistics
from collections.abc import Iterable, Mapping

import msgspec

from autograder.questions.items import Click, marked
from autograder.questions.readings import Reading


class OfGrader(msgspec.Struct, frozen=True):
    """What one grader gave in one question."""

    grader: str
    count: int
    mean: float
    spread: float
    """Standard deviation."""


class OfPair(msgspec.Struct, frozen=True):
    """Two graders on the answers that both have read."""

    first: str
    second: str
    count: int
    same: int
    """Answers with the same score from both."""
    distance: float
    """Mean of the absolute differences."""
    difference: float
    """Mean of the first grader's scores minus the second's."""


class Compared(msgspec.Struct, frozen=True):
    """An answer with the score of each grader who read it."""

    digest: str
    scores: dict[str, float]
    counts: str
    """Whose score counts."""

    @property
    def differs(self) -> bool:
        """Whether they disagree."""
        return len(set(self.scores.values())) > 1


def scores_of(found: Mapping[str, list[Reading]], known: list[Click], most: float) -> dict[str, dict[str, float]]:
    """Answer -> grader -> score, for finished readings."""
    scored = {
        digest: {r.grader: marked(known, set(r.marks), r.comment, most).score for r in several if r.state == "read"}
        for digest, several in found.items()
    }
    return {digest: scores for digest, scores in scored.items() if scores}


def of_graders(scores: Iterable[Mapping[str, float]]) -> list[OfGrader]:
    """Each grader's mean and spread."""
    given: dict[str, list[float]] = {}
    for several in scores:
        for grader, score in several.items():
            given.setdefault(grader, []).append(score)
    return [OfGrader(name, len(g), statistics.fmean(g), statistics.pstdev(g)) for name, g in sorted(given.items())]


def of_pairs(scores: Iterable[Mapping[str, float]]) -> list[OfPair]:
    """Every two graders who have read the same answers."""
    both: dict[tuple[str, str], list[tuple[float, float]]] = {}
    for several in scores:
        for first, second in itertools.combinations(sorted(several), 2):
            both.setdefault((first, second), []).append((several[first], several[second]))
    return [
        OfPair(
            first,
            second,
            len(pairs),
            sum(a == b for a, b in pairs),
            statistics.fmean(abs(a - b) for a, b in pairs),
            statistics.fmean(a - b for a, b in pairs),
        )
        for (first, second), pairs in sorted(both.items())
    ]
