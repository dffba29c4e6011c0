"""Does the report of a class show how every student did, and does it open quickly for a large class?"""

from __future__ import annotations

import csv
import random
import re
from pathlib import Path
from typing import Any

import pytest

from autograder.manifest import Course
from autograder.mistakes import load_mistakes
from autograder.outgoing.report import summarise, write_csv, write_html
from autograder.pages.class_report import BINS, distribution
from autograder.pages.class_summary import ClassReport, MarkChange

SECONDS = 2.0


def class_of(course: Course, count: int) -> ClassReport:
    """The report of an invented class in which many students lost marks."""
    rng = random.Random(count)
    assignment = course.assignments[0].name
    ids: dict[str, list[str]] = {}
    for mistake in load_mistakes(course):
        ids.setdefault(mistake.task, []).append(mistake.id)
    documents = {f"student-{n:04d}": _document(course, assignment, ids, rng) for n in range(count)}
    report = summarise(course, assignment, documents)
    report.changes = [MarkChange(s, 10.0, 12.0, ("relu-forward",)) for s in list(documents)[: count // 3]]
    return report


def _document(course: Course, assignment: str, ids: dict[str, list[str]], rng: random.Random) -> dict[str, Any]:
    tasks = []
    for task in course.tasks_of(assignment):
        share = rng.choice((0.0, 0.5, 1.0, 1.0, 1.0))
        tasks.append(
            {
                "id": task.id,
                "score": round(task.points * share, 2),
                "max_score": task.points,
                "verdict": {0.0: "failed", 0.5: "partial", 1.0: "passed"}[share],
                "elapsed_s": rng.random(),
                "checks": [{"name": "gradient of x", "passed": share == 1, "message": ""}],
                "mistakes": rng.sample(ids[task.id], 1) if share < 1 and task.id in ids else [],
            }
        )
    total = round(sum(t["score"] for t in tasks), 2)
    most = sum(t["max_score"] for t in tasks)
    return {"status": "graded", "score": total, "max_score": most, "elapsed_s": 1.0, "tasks": tasks}


def test_every_student_is_in_the_distribution() -> None:
    """Does each student count in one bar, including those with 0 points and with full marks?"""
    plot = distribution([0.0, 0.0, 4.9, 10.0], 10.0)
    assert sum(b.count for b in plot.bars) == 4
    assert (len(plot.bars), plot.bars[0].count, plot.bars[-1].count, plot.most) == (BINS, 2, 1, 2)


def test_a_mistake_in_several_tasks_of_a_student_counts_once(course: Course) -> None:
    """Is the number of students counted, and not the number of tasks in which a mistake shows?"""
    assignment = course.assignments[0].name
    first, second = (t.id for t in course.tasks_of(assignment)[:2])
    task = {"score": 0.0, "max_score": 1.0, "verdict": "failed", "elapsed_s": 0.1, "checks": [], "mistakes": ["affine-forward-no-bias"]}
    document = {"status": "graded", "score": 0.0, "max_score": 2.0, "elapsed_s": 1.0, "tasks": [{"id": i, **task} for i in (first, second)]}
    report = summarise(course, assignment, {"a": document, "b": document})
    assert [(m.id, m.students) for m in report.mistakes] == [("affine-forward-no-bias", 2)]
    assert report.mistakes[0].says


def test_the_table_has_a_row_for_every_student(course: Course, tmp_path: Path) -> None:
    """Does each row give the student's mistakes and the change of marks?"""
    report = class_of(course, 7)
    write_csv(report, tmp_path / "class.csv")
    rows = list(csv.DictReader((tmp_path / "class.csv").open(encoding="utf-8")))
    assert [r["student"] for r in rows] == sorted(report.documents)
    assert rows[0]["change"] == "2.0"
    assert rows[-1]["change"] == ""
    assert {m for r in rows for m in r["mistakes"].split()} == {m.id for m in report.mistakes}


def test_a_name_is_shown_as_text(course: Course, tmp_path: Path) -> None:
    """Is HTML in a student's name escaped?"""
    report = class_of(course, 2)
    report.documents = {"<script>alert(1)</script>": report.documents["student-0000"]}
    write_html(report, tmp_path / "class.html")
    text = (tmp_path / "class.html").read_text(encoding="utf-8")
    assert "<script" not in text
    assert "&lt;script&gt;" in text


@pytest.mark.browser
def test_the_report_of_a_large_class_opens_quickly(course: Course, tmp_path: Path, chromium: Any, record_property: Any) -> None:
    """Does a browser need less than 2 s of processor time to load and draw the report of 1,000 students?"""
    path = tmp_path / "class.html"
    write_html(class_of(course, 1000), path)
    assert not re.search(r"<script|https?://(?!\S*book)", path.read_text(encoding="utf-8"))
    page = chromium.new_page()
    page.goto(path.as_uri(), wait_until="load")
    page.evaluate("document.body.getBoundingClientRect().height")
    browser = page.context.new_cdp_session(page)
    browser.send("Performance.enable")
    metrics = {metric["name"]: metric["value"] for metric in browser.send("Performance.getMetrics")["metrics"]}
    seconds = metrics["ProcessTime"]
    nodes = page.evaluate("document.querySelectorAll('*').length")
    bars = page.locator("svg[role=img] rect").count()
    page.close()
    print(f"1,000 students: {path.stat().st_size / 1e3:.0f} kB, {nodes} elements, {seconds:.2f} s of processor time")
    record_property("seconds", seconds)
    assert bars == BINS
    assert 0 < seconds < SECONDS
