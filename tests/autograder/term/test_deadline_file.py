"""Is `deadlines.csv` read for each student as its author meant it, from any spreadsheet program?"""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from autograder.manifest import Course
from autograder.term.deadline_file import FILE, Deadlines, set_cells
from autograder.term.groups import Groups, Membership
from autograder.term.standing import standings
from autograder.times import find_zone
from autograder.workspace.workspace import Workspace, WorkspaceError

TABLE = """assignment;who;due;grace;rule;tokens;excused;counts;my own column
one;;2026-10-01 23:59;15 min;"10% a day; floor 40%";;;;a
two;;2026-11-01 23:59 +00:00;;zero;;;in time;
;;;;;2;;;
;jdoe;+3 days;;;;;;
one;jdoe;+1 day;;;;;;
two;abe;;;;;yes;;
one;group:Team 1;2026-10-03 12:00;;;;;;
"""
GROUPS = Groups((Membership("Team 1", "kim"), Membership("Team 1", "leo")))


def table(folder: Path, text: str) -> Deadlines:
    """Write a file with that text."""
    (folder / FILE).write_text(text, encoding="utf-8")
    return Deadlines(folder / FILE, find_zone("Europe/Berlin"), ("one", "two"), GROUPS)


def test_the_nearest_line_counts(tmp_path: Path) -> None:
    """Is each column looked up in the student's own line, then in the group's, then in that of the class?"""
    deadlines = table(tmp_path, TABLE)
    assert deadlines.terms("x", "one").due == datetime(2026, 10, 1, 21, 59)
    assert deadlines.terms("jdoe", "one").due == datetime(2026, 10, 2, 21, 59)
    assert deadlines.terms("jdoe", "two").due == datetime(2026, 11, 4, 23, 59)
    assert deadlines.terms("kim", "one").due == datetime(2026, 10, 3, 10)
    assert deadlines.terms("kim", "one").grace == timedelta(minutes=15)
    assert deadlines.terms("abe", "two").excused
    assert not deadlines.terms("abe", "one").excused
    assert [deadlines.terms("x", a).counts for a in ("one", "two")] == ["newest", "in time"]


def test_late_days_are_spent_where_they_help_and_once(tmp_path: Path) -> None:
    """Are late days used in the order of the deadlines, and saved if they would change nothing?"""
    deadlines = table(tmp_path, TABLE)
    late = {"one": datetime(2026, 10, 2, 12), "two": datetime(2026, 11, 4, 12)}
    found = standings(deadlines, "x", late)
    assert (found["one"].tokens, found["one"].points_lost(10, 10)) == (1, 0)
    # Two and a half days late with one late day left: everything is lost with or without it.
    assert (found["two"].tokens, found["two"].tokens_left, found["two"].points_lost(10, 10)) == (0, 1, 10)
    nearly = standings(deadlines, "x", {"two": datetime(2026, 11, 3, 12)})
    assert (nearly["two"].tokens, nearly["two"].points_lost(10, 10)) == (2, 0)


def test_the_grace_is_not_late(tmp_path: Path) -> None:
    """Is work within the grace period in time, and later work counted as late from the deadline?"""
    deadlines = table(tmp_path, TABLE)
    within, after = (standings(deadlines, "abe", {"one": datetime(2026, 10, 1, 21, 59) + timedelta(minutes=m)})["one"] for m in (15, 16))
    assert within.late == timedelta(0)
    assert after.late == timedelta(minutes=16)


def test_what_the_student_reads(tmp_path: Path) -> None:
    """Does a student read their deadline, how late the work came, the late days used and the marks lost?"""
    deadlines = table(tmp_path, TABLE)
    standing = standings(deadlines, "jdoe", {"one": datetime(2026, 10, 5, 22)})["one"]
    assert standing.sentences(deadlines.zone) == [
        "Your deadline was 2026-10-02 23:59 Europe/Berlin (2026-10-02 21:59 UTC), an extension.",
        "Your work came 3 days 1 min late. 2 late days were used for it. It loses 20% of the points (10% a day; floor 40%).",
        "You have 0 late days left.",
    ]


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("three,,2026-10-01 23:59,,", "line 2, assignment: there is no 'three'"),
        ("one,,01/10/2026,,", "line 2, due: "),
        ("one,,+3 days,,", "line 2, due: .* must name a student or a group"),
        ("one,ada,+3 moons,,", "line 2, due: .* write for instance 15 min"),
        ("one,,,a tenth,", "line 2, rule: "),
        ("one,,,,some", "line 2, tokens: "),
        ("one,,,,,,,", "line 2: has"),
    ],
)
def test_a_slip_is_named(tmp_path: Path, line: str, problem: str) -> None:
    """Is a cell that cannot be read refused before anything is done, with its line and column?"""
    with pytest.raises(WorkspaceError, match=problem):
        table(tmp_path, f"assignment,who,due,rule,tokens\n{line.replace(',,,,,,,', ',,,,,x')}\n")


def test_edits_leave_the_rest_unchanged(tmp_path: Path) -> None:
    """Does an edit keep the author's lines, order and columns, and remove a line with nothing left in it?"""
    deadlines = table(tmp_path, TABLE)
    text = deadlines.edited("one", "jdoe", {"due": "+2 days", "why": "ill"})
    again = table(tmp_path, text)
    assert len(again.lines) == len(deadlines.lines)
    assert again.header[-2:] == ["my own column", "why"]
    assert again.lines[0].cells["my_own_column"] == "a"
    assert again.terms("jdoe", "one").due == datetime(2026, 10, 3, 21, 59)
    assert len(table(tmp_path, again.edited("one", "jdoe", {"due": "", "why": ""})).lines) == len(deadlines.lines) - 1


def test_an_edit_that_cannot_be_read_changes_nothing(workspace: Workspace, small: Course) -> None:
    """Is the file as it was after a refused edit?"""
    set_cells(workspace, "first", "", {"due": "2026-10-01 23:59"})
    before = (workspace.root / FILE).read_bytes()
    with pytest.raises(WorkspaceError, match="rule"):
        set_cells(workspace, "first", "", {"rule": "a tenth"})
    assert (workspace.root / FILE).read_bytes() == before
