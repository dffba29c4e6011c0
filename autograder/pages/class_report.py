"""The report on a class as one static page, with plots as SVG."""

from __future__ import annotations

import statistics
from dataclasses import dataclass

from autograder.pages.class_summary import ClassReport
from autograder.pages.render import points, render
from autograder.verdicts import WORDS

BINS = 20
HARDEST = 12
MISTAKES = 25
CHANGES = 100


@dataclass(frozen=True)
class Bar:
    """A bar of the distribution, in the units of the picture."""

    x: float
    y: float
    width: float
    height: float
    low: str
    high: str
    count: int


@dataclass(frozen=True)
class Plot:
    """The distribution of points."""

    width: float
    height: float
    bars: list[Bar]
    most: int


def report_page(report: ClassReport) -> str:
    """The page as HTML."""
    scores = report.scores
    ordered = sorted(report.tasks, key=lambda t: t.share)
    slowest = max((t.longest_s for t in report.tasks), default=0.0)
    return render(
        "report.html.j2",
        title=f"{report.course.assignment(report.assignment).title}: how the class did",
        report=report,
        count=len(scores),
        mean=statistics.fmean(scores),
        median=statistics.median(scores),
        plot=distribution(scores, report.max_score),
        hardest=[t for t in ordered if t.share < 1][:HARDEST],
        mistakes=report.mistakes[:MISTAKES],
        more_mistakes=len(report.mistakes) - MISTAKES,
        most_named=max((m.students for m in report.mistakes), default=1),
        changes=sorted(report.changes, key=lambda c: -abs(c.points))[:CHANGES],
        more_changes=len(report.changes) - CHANGES,
        slowest=slowest or 1.0,
        mean_total=statistics.fmean(report.totals) if report.marks else 0.0,
        median_total=statistics.median(report.totals) if report.marks else 0.0,
        most_total=max((m.max_score for m in report.marks.values()), default=0.0),
        words=WORDS,
        students=sorted(report.documents.items()),
    )


def distribution(scores: list[float], most: float, width: float = 640.0, height: float = 180.0) -> Plot:
    """How many students have how many points, in bins of equal width; full marks fall into the last one."""
    step = most / BINS if most else 1.0
    counts = [0] * BINS
    for score in scores:
        counts[min(int(score / step), BINS - 1)] += 1
    top = max(counts)
    wide = width / BINS
    bars = [
        Bar(i * wide, height * (1 - n / top), wide - 2, height * n / top, points(i * step), points((i + 1) * step), n)
        for i, n in enumerate(counts)
    ]
    return Plot(width, height, bars, top)
