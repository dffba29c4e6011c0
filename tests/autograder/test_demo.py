"""Does the sample class go from release to marks, and does everybody get what their story says?"""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from click.testing import CliRunner
from rich.console import Console

from autograder.cli import main
from autograder.course import Course
from autograder.demo import cycle
from autograder.demo.cycle import Demo, contradictions, play, table
from autograder.demo.sample_class import CLASS, hand_written
from autograder.engine import sandbox
from autograder.generate.leaks import find_leaks, secret_lines

# Student -> the tasks in which marks are lost, and no others.
LOST = {
    "eva": {"softmax-loss"},
    "finn": {"conv-backward"},
    "gina": {"adam"},
    "hugo": {"dropout-forward"},
    "jan": {"fc-net-normalization"},
    "mona": {"rmsprop"},
    "olga": {"spatial-groupnorm-backward"},
}


@pytest.fixture(scope="module")
def demo(course: Course, tmp_path_factory: pytest.TempPathFactory) -> Demo:
    """The whole cycle, without the book, in a folder of its own."""
    return play(course, tmp_path_factory.mktemp("demo") / "class", Console(quiet=True), with_book=False)


def test_every_change_of_the_class_applies_to_todays_reference(course: Course) -> None:
    """Does the line that each student wrote differently still stand in the reference, once?"""
    for student in CLASS:
        for name, text in hand_written(course, student).items():
            if student.id != "olga":
                compile(text, name, "exec")


def test_nobodys_mark_contradicts_their_story(demo: Demo) -> None:
    """Do right submissions get full marks, the untouched stub none, and everybody else something between?"""
    assert len(demo.report.rows) == len(CLASS) >= 12
    assert not contradictions(demo)


def test_each_mistake_costs_its_own_task_alone(demo: Demo) -> None:
    """Are marks lost exactly where the mistake is?"""
    documents = {r.student: r.document for r in demo.report.rows}
    found = {}
    for student in LOST:
        document = documents[student]
        assert document is not None
        found[student] = {t["id"] for t in document["tasks"] if t["score"] < t["max_score"]}
    assert found == LOST


def test_half_done_work_gets_half_the_marks(demo: Demo, course: Course) -> None:
    """Has the student of two notebooks all points of these two, but for networks that were not handed in, and few of the others?"""
    (document,) = (r.document for r in demo.report.rows if r.student == "cleo")
    assert document is not None
    scores = {t["id"]: (t["score"], t["max_score"], t["notebook"]) for t in document["tasks"] if not t["id"].startswith("best-")}
    assert all(score == most for score, most, notebook in scores.values() if notebook in ("FullyConnectedNets", "BatchNormalization"))
    assert all(score < most for score, most, notebook in scores.values() if notebook in ("Dropout", "ConvolutionalNetworks"))


def test_the_table_of_marks_has_a_row_for_everybody(demo: Demo, course: Course) -> None:
    """Does grades.csv hold student, assignment, a column for each task, and the total?"""
    with demo.grades.open(encoding="utf-8", newline="") as file:
        rows = {row["student"]: row for row in csv.DictReader(file)}
    assert set(rows) == {s.id for s in CLASS}
    for task in course.tasks:
        assert float(rows["ada"][task.id]) == task.points
        assert float(rows["ben"][task.id]) == 0
    assert float(rows["ada"]["total"]) == sum(t.points for t in course.tasks)
    assert float(rows["nils"]["total"]) == sum(t.points for t in course.tasks)


def test_neither_release_nor_feedback_shows_a_solution_or_a_check(demo: Demo, course: Course) -> None:
    """Does any file that students get hold a line of a solution, a hidden check or a model answer?"""
    secrets = secret_lines(course)
    pages = list((demo.folder / "feedback").rglob("*.html"))
    assert len(pages) >= len(CLASS) * len(course.notebooks)
    assert not find_leaks(demo.folder / "release", secrets)
    assert not find_leaks(demo.folder / "feedback", secrets)
    seed = next(demo.folder.glob("*seed*")).read_text(encoding="utf-8").strip()
    assert seed
    assert not [p for p in demo.folder.glob("release/**/*") if p.is_file() and seed.encode() in p.read_bytes()]
    assert not [p for p in pages if seed in p.read_text(encoding="utf-8")]


def test_feedback_of_a_damaged_notebook_still_says_why(demo: Demo) -> None:
    """Is a notebook that cannot be read, or is missing, named to its student?"""
    text = "".join(p.read_text(encoding="utf-8") for p in (demo.folder / "feedback" / "nils").rglob("*.html"))
    assert "BatchNormalization" in text
    assert "Dropout" in text


def test_the_last_table_names_everybody(demo: Demo) -> None:
    """Does the table that ends the demonstration have a row for each student?"""
    assert table(demo).row_count == len(CLASS)


def test_without_a_sandbox_the_first_and_last_line_say_so(demo: Demo, monkeypatch: pytest.MonkeyPatch) -> None:
    """Is nobody left to believe that student code was walled in when it was not?"""
    monkeypatch.setattr(sandbox, "problem", lambda: "bubblewrap is not installed")
    monkeypatch.setattr(cycle, "play", lambda *args, **options: demo)
    done = CliRunner().invoke(main, ["demo", "--no-book"])
    assert done.exit_code == 0, done.output
    lines = " ".join(done.output.split())
    assert lines.startswith("WITHOUT A SANDBOX")
    assert lines.endswith("for the cure.")
    assert lines.count("WITHOUT A SANDBOX") == 2


def test_the_demo_leaves_nothing_outside_its_folder(demo: Demo, course: Course) -> None:
    """Is the course itself untouched?"""
    assert Path(demo.folder).is_dir()
    assert not list(course.root.glob("**/gradebook.db"))
