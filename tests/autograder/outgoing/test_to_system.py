"""Are marks written into the files of other systems in the form that these import, and never into another student's row?"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from autograder.checked_data import read_toml
from autograder.cli import main
from autograder.collect.people import Person
from autograder.manifest import Course
from autograder.outgoing import to_system
from autograder.outgoing.final_marks import FinalMark
from autograder.outgoing.system_map import SHIPPED, SystemMap, find_system, shipped_systems
from autograder.outgoing.whose_row import RowOwners
from autograder.runs.grade import grade
from autograder.term import journal
from autograder.term.published import published_marks
from autograder.workspace.workspace import Workspace, WorkspaceError
from tests.autograder.fake_engine import fake, marks
from tests.autograder.outgoing import lms_files

ROSTER = (
    "id,first_name,last_name,email,lms_user_id\n"
    "jane,Jane,Doe,jane@example.org,101\n"
    "rich,Richard von,Roe,rich@example.org,102\n"
    "edgar,Edgar,Poe,edgar@example.org,103\n"
    "ada,Ada,Lovelace,,104\n"
)
MARKS = {
    "jane": FinalMark(9.5, 13.0, handed_in=True, waiting=1),
    "rich": FinalMark(0.0, 13.0, handed_in=False),
    "edgar": FinalMark(6.5, 13.0, handed_in=True),
    "ada": FinalMark(13.0, 13.0, handed_in=True),
}


@pytest.fixture
def marked(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """A class of four, three of whom have a mark."""
    (workspace.root / "roster.csv").write_text(ROSTER)
    monkeypatch.setattr(to_system, "final_marks", lambda *_: MARKS)
    monkeypatch.setattr("autograder.outgoing.feedback_files.final_marks", lambda *_: MARKS)
    return workspace


def export(workspace: Workspace, *words: str) -> Result:
    """Run the command."""
    return CliRunner().invoke(main, ["export", "first", "--workspace", str(workspace.root), *words])


def into(workspace: Workspace, system: str, text: str, *words: str) -> tuple[Result, list[dict[str, str]]]:
    """Fill in a file; return the output of the command and the rows that it wrote."""
    source, target = workspace.root / "exported.csv", workspace.root / "filled.csv"
    source.write_text(text, encoding="utf-8", newline="")
    done = export(workspace, "--system", system, "--into", str(source), "--to", str(target), *words)
    assert source.read_bytes() == text.encode(), "the exported file is never changed"
    return done, rows_of(target) if target.is_file() else []


def rows_of(path: Path, delimiter: str = ",") -> list[dict[str, str]]:
    """Return the rows of a written file."""
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig")), delimiter=delimiter))


def test_canvas_gets_its_own_file_back(marked: Workspace) -> None:
    """Are marks in Canvas's column, matched by Canvas's numbers, with no other assignment in the file?"""
    done, rows = into(marked, "canvas", lms_files.CANVAS.format(maximum="13.00"))
    assert list(rows[0]) == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "First (4711)"]
    assert [r["First (4711)"] for r in rows] == ["Manual Posting", "13.00", "9.5", "EX", "6.5", ""]
    assert rows[1]["Student"] == "    Points Possible"
    assert done.exit_code == 1, "Ada is not in the file"
    assert "not in the file: ada" in done.output
    assert "Student, Test" in done.output
    assert "1 answer has not been graded by hand" in done.output


def test_canvas_with_semicolons_keeps_them(marked: Workspace) -> None:
    """Does a European export come back with its separators, line ends and byte-order mark?"""
    into(marked, "canvas", lms_files.CANVAS_SEMICOLONS)
    written = (marked.root / "filled.csv").read_bytes().decode()
    assert written.startswith("\ufeffStudent;ID;")
    assert "\r\n" in written
    assert rows_of(marked.root / "filled.csv", ";")[1]["First (4711)"] == "9.5"


@pytest.mark.parametrize(("system", "text"), [("canvas", lms_files.CANVAS), ("moodle", lms_files.MOODLE)])
def test_another_maximum_is_refused_or_converted(marked: Workspace, system: str, text: str) -> None:
    """Are marks out of 13 never entered into a column out of 26, unless the instructor says how?"""
    done, rows = into(marked, system, text.format(maximum="26.00"))
    assert done.exit_code == 1
    assert "is 26 and in the gradebook 13" in done.output
    assert not rows
    done, rows = into(marked, system, text.format(maximum="26.00"), "--scale")
    column = "First (4711)" if system == "canvas" else "Grade"
    assert "19" in [r[column] for r in rows]


def test_moodle_gets_its_worksheet_and_the_feedback(marked: Workspace) -> None:
    """Is the worksheet unchanged except for the marks, and has each feedback page the name by which Moodle finds the student?"""
    for student in ("jane", "edgar"):
        folder = marked.feedback(student, "first")
        folder.mkdir(parents=True)
        (folder / "index.html").write_text(f"for {student}")
        (folder / "notes.txt").write_text("not a page")
    (marked.feedback("jane", "first") / "Alpha_1.html").write_text("Alpha")
    (marked.feedback("jane", "first") / "link.html").symlink_to("/etc/hostname")
    done, rows = into(marked, "moodle", lms_files.MOODLE.format(maximum="13.00"), "--feedback")
    assert [r["Grade"] for r in rows] == ["9.5", "-", "6.5"]
    assert rows[2]["Feedback comments"] == "Well, done"
    assert list(rows[0])[-1] == "Feedback comments"
    with zipfile.ZipFile(marked.root / "filled-feedback.zip") as archive:
        found = {name: archive.read(name).decode() for name in archive.namelist()}
    assert found == {
        "Jane Doe_5001_assignfeedback_file_Alpha_1.html": "Alpha",
        "Jane Doe_5001_assignfeedback_file_index.html": "for jane",
        "Edgar Poe_5003_assignfeedback_file_index.html": "for edgar",
    }, done.output


def test_moodle_finds_each_student_by_the_names_in_the_zip() -> None:
    """Is the name before the number free of underscores, at which Moodle's importer splits?"""
    name = "Jane Doe_5001_assignfeedback_file_Alpha_1.html"
    who, number, kind, plugin, rest = name.split("_", 4)
    assert (who, number, kind, plugin, rest) == ("Jane Doe", "5001", "assignfeedback", "file", "Alpha_1.html")


def test_ids_with_a_hash_are_read(marked: Workspace) -> None:
    """Are Brightspace's ids found, which it writes with a leading sign?"""
    _, rows = into(marked, "brightspace", lms_files.BRIGHTSPACE)
    column = "First Points Grade <Numeric MaxPoints:13 Weight:10>"
    assert [(r["Username"], r[column], r["End-of-Line Indicator"]) for r in rows] == [("#jane", "9.5", "#"), ("#edgar", "6.5", "#")]


def test_blackboard_keeps_the_number_of_its_column(marked: Workspace) -> None:
    """Is the header by which Blackboard finds its column unchanged, with tabs and quotes?"""
    into(marked, "blackboard", lms_files.BLACKBOARD)
    written = (marked.root / "filled.csv").read_text()
    assert written.splitlines()[0] == '"Last Name"\t"First Name"\t"Username"\t"Student ID"\t"First [Total Pts: 13 Score] |12345"'
    assert written.splitlines()[1].endswith('"9.5"')


def test_a_new_file_by_a_map(marked: Workspace, tmp_path: Path) -> None:
    """Can an instructor's own map write a file for another system, and are names never interpreted as templates?"""
    own = tmp_path / "own.toml"
    own.write_text(
        'title = "Own"\nsources = ["its manual"]\n[write]\ndelimiter = ";"\ncolumns = [{header = "Login", value = "{id}"}, '
        '{header = "{column}", value = "{points} of {max}"}, {header = "Mail", value = "{email}"}]\n'
    )
    target = tmp_path / "out.csv"
    done = export(marked, "--system", str(own), "--column", "Lab 1", "--to", str(target))
    assert done.exit_code == 0, done.output
    assert rows_of(target, ";")[1] == {"Login": "edgar", "Lab 1": "6.5 of 13", "Mail": "edgar@example.org"}
    assert [r["Login"] for r in rows_of(target, ";")] == ["ada", "edgar", "jane"], "who handed in nothing gets no line"
    assert oct(target.stat().st_mode & 0o777) == "0o600"


def test_zero_is_entered_only_on_request(marked: Workspace) -> None:
    """If a student handed in nothing, does the system's cell stay unless 0 is asked for?"""
    text = lms_files.MOODLE.format(maximum="13.00")
    assert into(marked, "moodle", text)[1][1]["Grade"] == "-"
    assert into(marked, "moodle", text, "--zero")[1][1]["Grade"] == "0"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--system", "canvass"], "did you mean canvas"),
        (["--system", "canvas"], "name it with --into"),
        (["--system", "blackboard"], "--column"),
    ],
)
def test_missing_information_is_named(marked: Workspace, words: list[str], says: str) -> None:
    """Does a message say what is missing and what to do?"""
    done = export(marked, *words)
    assert done.exit_code == 1
    assert says in done.output


def test_the_exported_file_is_never_overwritten(marked: Workspace) -> None:
    """Does `--to` with the name of the exported file change nothing?"""
    source = marked.root / "gradebook.csv"
    source.write_text(lms_files.CANVAS.format(maximum="13.00"))
    done = export(marked, "--system", "canvas", "--into", str(source), "--to", str(source))
    assert done.exit_code == 1
    assert source.read_text() == lms_files.CANVAS.format(maximum="13.00")


def test_an_unclear_column_is_asked_for(marked: Workspace) -> None:
    """Are marks never written into a column that may be the wrong one?"""
    text = lms_files.CANVAS.format(maximum="13.00").replace("Essay (4712)", "First (4712)")
    done, _ = into(marked, "canvas", text)
    assert done.exit_code == 1
    assert "several columns" in done.output
    _, rows = into(marked, "canvas", text, "--column", "First (4711)")
    assert rows[2]["First (4711)"] == "9.5"


def test_contradicting_columns_belong_to_nobody() -> None:
    """Does a row with one person's number and another's address get no mark?"""
    people = [Person("jane", email="jane@example.org", lms_user_id="101"), Person("rich", email="rich@example.org", lms_user_id="102")]
    found = RowOwners(people).find([("lms_user_id", "101"), ("email", "rich@example.org")])
    assert not found.students
    assert found.problem == "it fits jane and rich"


def test_a_name_never_decides_against_a_number() -> None:
    """Is a name used only if no number or address is known?"""
    people = [Person("jane", "Jane", "Doe", lms_user_id="101"), Person("j2", "Jane", "Doe", lms_user_id="102")]
    owners = RowOwners(people)
    assert owners.find([("lms_user_id", "102"), ("name", "Doe, Jane")]).students == ("j2",)
    assert not owners.find([("name", "Doe, Jane")]).students


def test_a_mail_merge_has_a_file_for_each_student(marked: Workspace, tmp_path: Path) -> None:
    """Does everybody with feedback and an address get a file and a line, and is everybody else listed?"""
    for student in ("jane", "ada"):
        folder = marked.feedback(student, "first")
        folder.mkdir(parents=True)
        (folder / "index.html").write_text(f"for {student}")
    done = export(marked, "--mail-merge", str(tmp_path / "mails"))
    assert done.exit_code == 1
    assert "1 student: the roster has no email address: ada" in done.output
    (row,) = rows_of(tmp_path / "mails" / "merge.csv")
    assert (row["email"], row["points"], row["max"]) == ("jane@example.org", "9.5", "13")
    with zipfile.ZipFile(row["attachment"]) as archive:
        assert archive.read("index.html").decode() == "for jane"


def test_what_a_system_gets_counts_as_published(marked: Workspace, tmp_path: Path) -> None:
    """Is each mark that goes to a system or into mails recorded once as published and in the journal?"""
    for _ in range(2):
        into(marked, "canvas", lms_files.CANVAS.format(maximum="26.00"), "--scale")
    found = published_marks(marked, "first")
    assert {s: (m.total, m.way) for s, m in found.items()} == {"jane": (9.5, "export for Canvas"), "edgar": (6.5, "export for Canvas")}
    (marked.feedback("ada", "first")).mkdir(parents=True)
    (marked.feedback("ada", "first") / "index.html").write_text("for ada")
    (marked.root / "roster.csv").write_text(ROSTER.replace("Lovelace,,", "Lovelace,ada@example.org,"))
    export(marked, "--mail-merge", str(tmp_path / "mails"))
    assert published_marks(marked, "first")["ada"].total == 13
    told = [(e.student, e.text) for e in journal.events(marked) if e.kind == "marks"]
    assert sorted(told) == [
        ("ada", "exported for a mail merge: 13 points"),
        ("edgar", "exported for Canvas: 6.5 points"),
        ("jane", "exported for Canvas: 9.5 points"),
    ]


def test_nothing_that_was_refused_counts_as_published(marked: Workspace) -> None:
    """Is a mark that was never written not recorded?"""
    into(marked, "canvas", lms_files.CANVAS.format(maximum="26.00"))
    assert published_marks(marked, "first") == {}


def test_a_mark_without_a_time_counts_as_published(workspace: Workspace, small: Course, tmp_path: Path) -> None:
    """Is a mark recorded when the table is written if the system has no times, as in Canvas?"""
    (workspace.root / "roster.csv").write_text(ROSTER)
    marks(workspace, "jane", 2, 3, 2)
    (workspace.submitted("jane", "first") / "timestamp.txt").unlink(missing_ok=True)
    grade(workspace, small, "first", grader=fake)
    assert export(workspace, "--to", str(tmp_path / "marks.csv")).exit_code == 0
    assert {r["student"]: r["handed_in"] for r in rows_of(tmp_path / "marks.csv")}["jane"] == ""
    assert {s: m.total for s, m in published_marks(workspace, "first").items()} == {"jane": 7}


def test_who_is_excused_gets_no_mark(workspace: Workspace, small: Course) -> None:
    """Does Canvas get its word for excused, and does any other system keep the cell, even if zeros are asked for?"""
    (workspace.root / "roster.csv").write_text(ROSTER)
    (workspace.root / "deadlines.csv").write_text("assignment,who,due,excused\nfirst,jane,,yes\nfirst,edgar,,yes\n")
    marks(workspace, "jane", 2, 3, 2)
    grade(workspace, small, "first", grader=fake)
    done, rows = into(workspace, "canvas", lms_files.CANVAS.format(maximum="13.00"), "--zero")
    assert [r["First (4711)"] for r in rows][2:5] == ["EX", "EX", "EX"], "jane, rich as he was, edgar"
    assert "2 students: excused in deadlines.csv, so no mark is entered: jane, edgar" in done.output
    _, rows = into(workspace, "moodle", lms_files.MOODLE.format(maximum="13.00"), "--zero")
    assert [r["Grade"] for r in rows] == ["", "0", "2.00"]
    assert published_marks(workspace, "first") == {}


def test_every_map_says_where_it_comes_from() -> None:
    """Does each included map name its sources and what is unverified, and do its patterns compile?"""
    assert shipped_systems() == ["blackboard", "brightspace", "canvas", "moodle"]
    for path in SHIPPED.glob("*.toml"):
        found = read_toml(path, SystemMap)
        assert found.sources
        assert found.unverified
        if found.fill:
            re.compile(found.fill.column.replace("{title}", "x"))


def test_a_misspelt_name_in_a_map_is_refused(tmp_path: Path) -> None:
    """Is `{point}` an error, and not an empty column?"""
    own = tmp_path / "own.toml"
    own.write_text('title = "Own"\nsources = ["x"]\n[write]\ncolumns = [{header = "Mark", value = "{point}"}]\n')
    with pytest.raises(WorkspaceError, match="did you mean points"):
        find_system(str(own))
