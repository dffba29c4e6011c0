"""Does the sample class go from release to marks, and does everybody get what their story says?"""

from __future__ import annotations

import csv
import html
import re
import signal
import sys
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from rich.console import Console

from autograder.checking import Observation
from autograder.cli import main
from autograder.demo import cycle
from autograder.demo.cycle import Demo, contradictions, marks_table, run_cycle
from autograder.demo.play import DemoError
from autograder.demo.sample_class import CLASS, hand_written
from autograder.engine.catalogue import checks_of
from autograder.engine.expectations import finish_check, open_session
from autograder.generate.leaks import find_leaks, secret_lines
from autograder.manifest import Course
from autograder.mistakes import load_mistakes
from autograder.outgoing.leaks import leaks
from autograder.pages.render import points
from autograder.sandbox import sandbox
from autograder.sandbox.local import LocalBackend

# Student -> the tasks in which marks are lost, and no others.
LOST = {
    "eva": {"softmax-loss"},
    "finn": {"conv-backward"},
    "gina": {"adam"},
    "hugo": {"dropout-forward"},
    "jan": {"fc-net-normalization"},
    "mona": {"rmsprop"},
    "olga": {"spatial-groupnorm-backward"},
    "pia": {"max-pool-backward"},
    "quin": {"svm-loss"},
    "rosa": {"layernorm-backward"},
}


@pytest.fixture(scope="module")
def demo(course: Course, tmp_path_factory: pytest.TempPathFactory) -> Demo:
    """The whole cycle, without the book, in a folder of its own."""
    return run_cycle(course, tmp_path_factory.mktemp("demo") / "class", Console(quiet=True), with_book=False)


def test_every_change_of_the_class_applies_to_todays_reference(course: Course) -> None:
    """Is the line that each student wrote differently still in the reference, exactly once?"""
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


def test_each_feedback_page_names_its_own_mistake(demo: Demo, course: Course) -> None:
    """Do at least ten students read about the mistake they made, and about no other?"""
    catalogue = {m.id: m for m in load_mistakes(course)}
    documents = {r.student: r.document for r in demo.report.rows}
    named = {s.id: s.mistakes[0] for s in CLASS if s.mistakes}
    assert len(set(named.values())) >= 10
    for student, mistake in named.items():
        document = documents[student]
        assert document is not None
        found = {m for task in document["tasks"] for m in task["mistakes"]}
        page = _page(demo, student)
        assert found == {mistake}, student
        assert html.escape(catalogue[mistake].says) in page.replace("&#39;", "&#x27;")
        others = {m.says for m in catalogue.values() if m.id in set(named.values()) - found and m.says != catalogue[mistake].says}
        assert not [text for text in others if html.escape(text) in page.replace("&#39;", "&#x27;")]


def test_right_work_is_told_so(demo: Demo) -> None:
    """Does a page begin with what is right, and is there nothing to lament on a perfect one?"""
    assert "Where points were lost" not in _page(demo, "ada")
    assert _page(demo, "dan").index("What is right") < _page(demo, "dan").index("Where points were lost")
    assert "What is still missing" in _page(demo, "ben")


def test_no_page_lets_one_rebuild_an_input_or_an_expected_value(demo: Demo, course: Course, reference: Path) -> None:
    """Does any page of the class hold a number of a hidden input, or of what the reference makes of it?"""
    seed = int(next(demo.folder.glob("*seed*")).read_text(encoding="utf-8"))
    secret = hidden_numbers(course, reference, seed)
    assert len(secret) > 10_000
    for row in demo.report.rows:
        assert row.document is not None
        graded = (row.document, *row.document["tasks"])
        told = {points(entry[key]) for entry in graded for key in ("score", "max_score")} | {course.version}
        (path,) = (demo.folder / "feedback" / row.student).glob("*/index.html")
        text = re.sub(r"<style>.*?</style>", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        numbers = set(NUMBER.findall(re.sub(r"<[^>]*>", " ", text))) - told
        assert not numbers & secret, row.student
        assert not [n for n in numbers if len(n.replace(".", "").lstrip("-0")) > 3], row.student


NUMBER = re.compile(r"-?\d+\.\d+(?:e[+-]?\d+)?")


def hidden_numbers(course: Course, reference: Path, seed: int) -> set[str]:
    """Every number of the hidden inputs and expected values that is not round, as people and Python write it."""
    arrays: list[np.ndarray] = []
    state = np.random.get_state()
    for task in course.tasks:
        for check in checks_of(course, task) if not task.model else ():
            session = open_session(check, LocalBackend(reference), seed)
            arrays += [s.value for s in finish_check(check, session) if isinstance(s, Observation)]
            arrays += [a for call in session.calls.values() for a in call.args if isinstance(a, np.ndarray)]
    np.random.set_state(state)
    values = np.concatenate([np.asarray(a, dtype=np.float64).ravel()[:500] for a in arrays])
    telling = [float(v) for v in values[np.isfinite(values)] if round(v, 2) != v]
    written = {form.format(v) for v in telling for form in ("{:.3f}", "{:.4f}", "{:.4g}", "{:.6g}", "{!r}")}
    # Three digits do not identify a number: 0.9 occurs in many sentences.
    return {text for text in written if len(text.replace(".", "").lstrip("-0")) > 3}


def _page(demo: Demo, student: str) -> str:
    (path,) = (demo.folder / "feedback" / student).glob("*/index.html")
    return path.read_text(encoding="utf-8")


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
    seed = next(demo.folder.glob("*seed*")).read_text(encoding="utf-8").strip()
    assert seed
    for pages_of_one in (demo.folder / "feedback").glob("*/*"):
        # What a student wrote is no secret to the student, a mistake of the catalogue included.
        own = demo.folder / "submitted" / pages_of_one.parent.name / pages_of_one.name
        assert not leaks(course, pages_of_one, int(seed), own=own)
    assert not [p for p in demo.folder.glob("release/**/*") if p.is_file() and seed.encode() in p.read_bytes()]
    assert not [p for p in pages if seed in p.read_text(encoding="utf-8")]


def test_feedback_of_a_damaged_notebook_still_says_why(demo: Demo) -> None:
    """Is a notebook that cannot be read, or is missing, named to its student?"""
    text = "".join(p.read_text(encoding="utf-8") for p in (demo.folder / "feedback" / "nils").rglob("*.html"))
    assert "BatchNormalization" in text
    assert "Dropout" in text


def test_the_last_table_names_everybody(demo: Demo) -> None:
    """Does the table that ends the demonstration have a row for each student?"""
    assert marks_table(demo).row_count == len(CLASS)


def test_without_a_sandbox_the_first_and_last_line_say_so(demo: Demo, monkeypatch: pytest.MonkeyPatch) -> None:
    """Is nobody left to believe that student code was walled in when it was not?"""
    monkeypatch.setattr(sandbox, "problem", lambda: "bubblewrap is not installed")
    monkeypatch.setattr(cycle, "run_cycle", lambda *args, **options: demo)
    done = CliRunner().invoke(main, ["demo", "--no-book"])
    assert done.exit_code == 0, done.output
    lines = " ".join(done.output.split())
    assert lines.startswith("WITHOUT A SANDBOX")
    assert lines.endswith("says how to get one.")
    assert lines.count("WITHOUT A SANDBOX") == 2


def test_the_demo_leaves_nothing_outside_its_folder(demo: Demo, course: Course) -> None:
    """Is the course itself untouched?"""
    assert Path(demo.folder).is_dir()
    assert not list(course.root.glob("**/gradebook.db"))


def test_the_book_ends_with_the_class(monkeypatch: pytest.MonkeyPatch) -> None:
    """Is the program that builds the book ended when a step of the class fails, and is it told why when the book does not build?"""
    monkeypatch.setattr(cycle, "BOOK", [sys.executable, "-c", "import time; time.sleep(600)"])
    with pytest.raises(DemoError, match="on purpose"), cycle._building_book() as building:
        raise DemoError("on purpose")
    assert building.returncode == -signal.SIGTERM
    monkeypatch.setattr(cycle, "BOOK", [sys.executable, "-c", "raise SystemExit('no such page')"])
    with cycle._building_book() as building, pytest.raises(DemoError, match="no such page"):
        cycle._book(building)
