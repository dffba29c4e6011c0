"""Is a download whose names fit no student summed up in a few lines, with a pattern that reads it?"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from autograder.collect.download import collect_download
from autograder.collect.people import KnownPeople, Person
from autograder.collect.submissions import Unread
from autograder.collect.unread import suggested_pattern, summary
from autograder.manifest import Course
from autograder.workspace.workspace import Workspace
from tests.autograder.small_course import RIGHT_LAYERS, write_files

IDS = [f"{first}{n}" for n in range(10) for first in ("ada", "ben", "cem")]
KNOWN = KnownPeople([Person(i, i.capitalize(), "Roe") for i in IDS], complete=True)


def test_hundreds_of_files_become_some_lines() -> None:
    """Are few files listed by name, and many by folder and reason?"""
    assert summary([Unread("a.zip", "why")]) == ["a.zip: why"]
    assert summary([Unread(f"{n}.zip", "why") for n in "abc"]) == ["a.zip: why", "b.zip: why", "c.zip: why"]
    assert summary([Unread(f"{n}.zip", "why") for n in "abcd"]) == ["4 files such as a.zip, b.zip, c.zip: why"]
    assert summary([Unread(f"all/{n}/x.py", "why") for n in range(9)])[0].startswith("9 files in 9 places, such as 0/, 1/, 2/")
    one_folder = [Unread(f"Group 3/{n}.py", "why") for n in range(400)]
    assert summary([*one_folder, Unread("readme", "other")]) == ["400 files in Group 3/: why", "readme: other"]
    many = [Unread(f"Group {n}/{k}.py", "why") for n in range(100) for k in range(5)]
    assert summary(many) == ["500 files in 100 places, such as Group 0/, Group 1/, Group 2/: why"]
    assert len(summary([Unread(f"{n}.py", f"reason {n}") for n in range(100)])) == 9


@pytest.mark.parametrize(
    "form",
    [
        "Group 3 - {id} - work.zip",
        "Group {n} - {id} - my - work.zip",
        "2026-w1-{id}-final.zip",
        "section_{n}_{id}_work_2.zip",
        "{n}_{id}/coursenn/layers.py",
        "hand-ins/{n}/{id}/layers.py",
        "work of {id}.zip",
        "exam.{n}.{id}.ipynb",
        "Lab 3/Group {n} - {id} - try/layers.py",
    ],
)
def test_a_pattern_is_found_that_reads_the_names(form: str) -> None:
    """For names of no known system: does the suggested pattern find every student and the file?"""
    names = [form.format(id=i, n=n % 7) for n, i in enumerate(IDS)]
    pattern = suggested_pattern(names, KNOWN)
    found = [re.fullmatch(pattern, name) for name in names]
    assert [m["student_id"] for m in found if m] == IDS


def test_no_pattern_is_made_up() -> None:
    """If the names contain no known student: is nothing suggested?"""
    assert suggested_pattern([f"thing-{n}.zip" for n in range(30)], KNOWN) == ""
    assert suggested_pattern([], KNOWN) == ""
    assert suggested_pattern([f"ada0-{n}.zip" for n in range(30)], KNOWN) == ""


def test_the_suggestion_works_in_collect(workspace: Workspace, small: Course, tmp_path: Path) -> None:
    """Does collecting again with the suggested pattern accept everything?"""
    roster = tmp_path / "class.csv"
    roster.write_text("id\n" + "\n".join(IDS))
    write_files(tmp_path / "all", {f"Group {n} - {i} - layers.py": RIGHT_LAYERS for n, i in enumerate(IDS)})
    done = collect_download(workspace, small, "first", tmp_path / "all", roster=roster)
    assert (len(done.unread), len(summary(done.unread))) == (30, 1)
    again = collect_download(workspace, small, "first", tmp_path / "all", pattern=done.pattern)
    assert (len(again.unread), len(again.deliveries)) == (0, 30)
