"""Can an instructor change the data of one student with a command, see its effect on marks first, and read later what was done?"""

from __future__ import annotations

import re

import pytest
from click.testing import CliRunner, Result

from autograder.cli import main
from autograder.collect.roster import active_students
from autograder.gradebook.marks import marks_of_class
from autograder.manifest import Course
from autograder.runs.grade import grade
from autograder.term.deadline_file import FILE
from autograder.workspace.workspace import Workspace
from tests.autograder.fake_engine import CALLS, fake, marks


@pytest.fixture
def late(workspace: Workspace, small: Course) -> Workspace:
    """A graded class of two on a roster, one of them a day late."""
    (workspace.root / "roster.csv").write_text("id,first_name,last_name\nada,Ada,Lovelace\nben,Ben,Bell\ncyd,Cyd,Roe\n")
    (workspace.root / FILE).write_text("assignment,who,due,rule\nfirst,,2024-05-03 12:00,10% a day\n")
    for student, time in (("ada", "2024-05-03 11:00"), ("ben", "2024-05-04 11:00")):
        marks(workspace, student, 2, 3, 2)
        (workspace.submitted(student, "first") / "timestamp.txt").write_text(f"{time}:00 UTC")
    grade(workspace, small, "first", grader=fake)
    return workspace


def student(workspace: Workspace, *words: str, answer: str | None = None) -> Result:
    """Run `autograder student` with an answer to its question."""
    return CliRunner().invoke(main, ["student", *words, "--workspace", str(workspace.root)], input=answer, catch_exceptions=False)


def test_an_extension_is_shown_before_it_is_made(late: Workspace) -> None:
    """Does the answer no keep the mark, and yes change it, without grading?"""
    CALLS.clear()
    refused = student(late, "extend", "ben", "first", "--by", "2 days", answer="n\n")
    assert "ben, first: late penalty 0.7 -> 0, mark 6.3 -> 7" in refused.output
    assert refused.exit_code == 1
    assert marks_of_class(late, "first")["ben"].total == 6.3
    done = CliRunner().invoke(main, ["deadlines", "--workspace", str(late.root)], input="y\n")
    assert done.exit_code == 0, done.output
    assert marks_of_class(late, "first")["ben"].total == 7
    assert not CALLS
    shown = student(late, "show", "ben").output
    assert "ben, Ben Bell" in shown
    assert "extended from 2024-05-03 12:00 UTC" in shown
    assert "7 of 13 points" in shown
    back = student(late, "extend", "ben", "first", "--none", "--yes")
    assert back.exit_code == 0, back.output
    assert marks_of_class(late, "first")["ben"].total == 6.3


def test_history_names_the_account_and_the_version(late: Workspace, small: Course) -> None:
    """Does the history list grading, extension and note in order, with account and version, and the parts of the mark?"""
    student(late, "extend", "ben", "first", "--by", "2 days", "--why", "ill", "--yes")
    told = student(late, "history", "ben", "first", "--note", "asked for another look").output.splitlines()
    kinds = ["points from the checks", "deadlines.csv: due +2 days", "mark 6.3 -> 7", "asked for another look"]
    assert [next(k for k in kinds if k in line) for line in told if any(k in line for k in kinds)] == kinds
    assert all(f"{small.version}" in line for line in told[:-1])
    assert told[-1] == "first: 7 of 13 = 7 from the checks + 0 for answers"


def test_dropping_and_taking_back(late: Workspace, small: Course) -> None:
    """Is a student who left not graded, listed or exported, and does reversing that bring the hand-in back?"""
    assert student(late, "drop", "ben", answer="n\n").exit_code == 0
    assert active_students(late) == ["ada", "ben", "cyd"]
    student(late, "drop", "ben", "--yes")
    assert active_students(late) == ["ada", "cyd"]
    assert late.students("first") == ["ada"]
    assert "dropped" in student(late, "show", "ben").output
    assert "ben is in the class again, with what was handed in for first" in student(late, "add", "ben").output
    assert late.students("first") == ["ada", "ben"]
    assert [r.fresh for r in grade(late, small, "first", grader=fake).rows] == [False, False]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("show", "nobody"), "nobody here has the id"),
        (("show", "lovelace"), "did you mean ada?"),
        (("extend", "ada", "first"), "give one of --by"),
        (("extend", "ada", "first", "--by", "soon", "--yes"), "write for instance 15 min"),
        (("extend", "ada", "first", "--until", "01/10/2026"), "--until"),
        (("attempt", "ada", "first", "--use", "2020-01-01 12:00"), "no attempt with that time"),
        (("rename", "ada", "--to", "ben", "--yes"), "another student's id"),
        (("rename", "ada", "--to", "../x", "--yes"), "cannot be an id"),
        (("add", "ada"), "on the class list already"),
    ],
)
def test_typing_mistakes_are_refused(late: Workspace, words: tuple[str, ...], says: str) -> None:
    """Is a typing mistake named, with nothing changed?"""
    before = {p: p.read_bytes() for p in late.root.glob("*.csv")}
    done = student(late, *words)
    assert done.exit_code in (1, 2)
    assert says in " ".join(done.output.split())
    assert {p: p.read_bytes() for p in late.root.glob("*.csv")} == before


def test_renaming_keeps_everything(late: Workspace, small: Course) -> None:
    """Do mark, attempts and history move to a new id, without grading anybody again?"""
    CALLS.clear()
    assert student(late, "rename", "ben", "--to", "ben.b", "--yes").exit_code == 0
    assert marks_of_class(late, "first")["ben.b"].total == 6.3
    assert "ben" not in marks_of_class(late, "first")
    assert "renamed from ben" in student(late, "history", "ben.b").output
    assert "points from the checks" in student(late, "history", "ben.b").output
    grade(late, small, "first", grader=fake)
    assert "ben.b" not in CALLS
    assert marks_of_class(late, "first")["ben.b"].total == 6.3


def test_forgetting_asks_and_leaves_nothing(late: Workspace) -> None:
    """After yes, is a student removed from every file, including exported tables and pages of pairs, and untouched after no?"""
    made = {"grades.csv": "ben", "exports/first-canvas.csv": "Roe,ben", "exports/bens.csv": "bens", "exports/first-moodle-feedback.zip": ""}
    made |= {"similar/first/index.html": "<td>ben</td>", "similar/first/pair-1.html": "ada and eve", "similar/second/index.html": "ada"}
    for name, text in made.items():
        (late.root / name).parent.mkdir(parents=True, exist_ok=True)
        (late.root / name).write_text(text)
    assert student(late, "forget", "ben", answer="n\n").exit_code == 1
    assert late.submitted("ben", "first").is_dir()
    done = student(late, "forget", "ben", "--yes")
    assert "the gradebook and" in done.output
    assert "the LMS" in done.output
    assert sorted(n for n in made if (late.root / n).exists()) == ["exports/bens.csv", "similar/second/index.html"]
    assert "similar/first (write it again)" in done.output
    word = re.compile(rb"(?<![\w.@+-])ben(?![\w.@+-])")
    assert not [p for p in late.root.rglob("*") if p.stem == "ben" or (p.is_file() and word.search(p.read_bytes()))]
    assert list(marks_of_class(late, "first")) == ["ada"]
