"""Is the system of a download recognised, and does each of its names give the student, the file and the time?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

import pytest

from autograder.collect.people import KnownPeople, Named, Person
from autograder.collect.systems.plain import PLAIN
from autograder.collect.systems.registry import recognise
from autograder.collect.systems.shape import Download, Part, Reading
from tests.autograder.collect import downloads
from tests.autograder.collect.downloads import Hand
from tests.autograder.small_course import zipped

ARCHIVE = zipped({"coursenn/optim.py": "x = 1"})
JANE = Hand("jdoe", "Jane", "Doe", 39700, (("work.zip", ARCHIVE), ("layers.py", b"")), datetime(2026, 10, 1, 18, 0))
JOHN = Hand("j_roe", "John", "Roe", 39701, (("work.zip", ARCHIVE),), datetime(2026, 10, 1, 9, 5, 7), late=True)
NOBODY_KNOWN = KnownPeople([], complete=False)


def seen(
    names: Sequence[str], title: str = "download.zip", known: KnownPeople = NOBODY_KNOWN, texts: dict[str, str] | None = None
) -> Download:
    """A download of these names."""
    return Download(title, tuple(names), known, lambda name: (texts or {}).get(name, ""))


def readings(names: Sequence[str], **options: object) -> tuple[str, dict[str, Reading]]:
    """Return the system recognised and its readings, leaving out names with two readings."""
    recognised = recognise(seen(names, **options))  # type: ignore[arg-type]
    found = {name: recognised.read(name) for name in names}
    return recognised.systems[0].title, {name: each[0] for name, each in found.items() if len(each) == 1}


Maker = Callable[[Sequence[Hand]], downloads.Members]
FORMS: dict[str, tuple[str, Maker]] = {
    "Canvas": ("Canvas", downloads.canvas),
    "Moodle": ("Moodle", downloads.moodle),
    "Moodle, without the last underscore": ("Moodle", lambda hands: downloads.moodle(hands, underscore=False)),
    "Moodle, without folders": ("Moodle", lambda hands: downloads.moodle(hands, folders=False)),
    "Blackboard": ("Blackboard", downloads.blackboard),
    "Blackboard, underscores": ("Blackboard", lambda hands: downloads.blackboard(hands, "Layers_2 of_3")),
    "Blackboard, Dutch": ("Blackboard", lambda hands: downloads.blackboard(hands, word="poging")),
    "Brightspace": ("Brightspace", downloads.brightspace),
    "Brightspace, flat": ("Brightspace", lambda hands: downloads.brightspace(hands, folders=False)),
    "Brightspace, wrapped": ("Brightspace", lambda hands: downloads.brightspace(hands, wrapped=True)),
    "Sakai": ("Sakai", downloads.sakai),
    "Sakai, Japanese": ("Sakai", lambda hands: downloads.sakai(hands, "提出物の添付ファイル")),
    "Gradescope": ("Gradescope", downloads.gradescope),
    "folders": (PLAIN.title, downloads.plain),
}
STATES_THE_TIME = {"Blackboard", "Brightspace", "Sakai", "Gradescope"}
CLASS = KnownPeople(
    [
        Person("jdoe", "Jane", "Doe", "jdoe@x.org", "39700"),
        Person("j_roe", "John", "Roe", "j_roe@x.org", "39701"),
        Person("roe", "Ann", "Roe"),
    ],
    complete=True,
)


@pytest.mark.parametrize("form", FORMS)
def test_each_form_is_read(form: str) -> None:
    """In every form of every system: is each file assigned to its student, under its original name and at the stated time?"""
    system, make = FORMS[form]
    members = make([JANE, JOHN])
    texts = {name: content.decode("utf-8", "replace") for name, content, _ in members}
    title, found = readings([name for name, _, _ in members], known=CLASS, texts=texts)
    assert title == system
    work = {(CLASS.find(r.people[0]).students, r.file): r for r in found.values() if r.part is Part.WORK}
    if system != "Gradescope":  # which unpacks archives, and these two are none
        assert set(work) == {(("jdoe",), "work.zip"), (("jdoe",), "layers.py"), (("j_roe",), "work.zip")}
    stated = {students[0]: r.time for (students, _), r in work.items()}
    assert all(bool(time) == (system in STATES_THE_TIME) for time in stated.values())
    assert len(found) == len(members)


def test_canvas_marks_what_is_late_and_what_was_typed() -> None:
    """Are LATE and late read as flags, is typed text not taken for work, and does anonymous grading hide the student?"""
    names = ["doejane_LATE_4711_99887_work-1.zip", "roejohn_late_4712_99888_a_1_2_b.py", "kimlee_4713_text.html", "kimlee_4713_link.html"]
    title, found = readings([*names, "anon_aB3x9_99_work.zip", "LATE_anon_12345_99_work.zip"])
    assert title == "Canvas"
    assert [(r.people[0].number, r.file, r.late, r.part) for r in list(found.values())[:4]] == [
        ("4711", "work-1.zip", True, Part.WORK),
        ("4712", "a_1_2_b.py", True, Part.WORK),
        ("4713", "text.html", False, Part.TYPED),
        ("4713", "link.html", False, Part.TYPED),
    ]
    assert all("anonymously" in r.people[0].hidden for r in list(found.values())[4:])


def test_moodle_teams_and_blind_marking() -> None:
    """Is the student found after a team's name, and is a number without a name trusted only if all such numbers are known?"""
    title, found = readings(["Team A-Jane Doe_1_assignsubmission_file_/w.zip", "Team A_55_assignsubmission_file_/w.zip"], known=CLASS)
    assert title == "Moodle"
    assert [r.people[0].who for r in found.values()] == ["Jane Doe", "Team A"]
    blind = downloads.moodle([JANE, JOHN], blind=True)
    _, known = readings([name for name, _, _ in blind], known=CLASS)
    assert {CLASS.find(r.people[0]).students for r in known.values()} == {("jdoe",), ("j_roe",)}
    strangers = [name for name, _, _ in downloads.moodle([JANE, replace(JOHN, number=5)], blind=True)]
    _, unknown = readings(strangers, known=CLASS)
    assert {CLASS.find(r.people[0]).students for r in unknown.values()} == {()}
    assert all("blind marking" in CLASS.find(r.people[0]).problem for r in unknown.values())


def test_moodle_typed_text_is_no_work() -> None:
    """Are online texts and comments distinguished from files?"""
    _, found = readings(["Jane Doe_7_assignsubmission_onlinetext_/onlinetext.html", "Jane Doe_7_assignsubmission_comments/c.html"])
    assert {r.part for r in found.values()} == {Part.TYPED}


def test_sakai_texts_and_flat_names() -> None:
    """Are Sakai's own files distinguished from the work?"""
    names = [
        "grades.csv",
        "Doe, Jane(jdoe)/timestamp.txt",
        "Doe, Jane(jdoe)/Doe, Jane(jdoe)_submissionText.html",
        "Doe, Jane(jdoe)/Feedback Attachment(s)/graded.pdf",
        "Doe, Jane(jdoe)/提出物の添付ファイル/work.zip",
        "Roe, John(j_roe)_Submission attachment(s)_work.zip",
    ]
    title, found = readings(names, texts={"Doe, Jane(jdoe)/timestamp.txt": "2026-10-01T16:00:00Z"})
    assert title == "Sakai"
    assert [r.part for r in found.values()] == [Part.RECORD, Part.RECORD, Part.TYPED, Part.RECORD, Part.WORK, Part.WORK]
    assert [r.time for r in found.values()][4] == "2026-10-01T16:00:00Z"
    assert [r.file for r in found.values()][4:] == ["work.zip", "work.zip"]


def test_classroom_knows_no_uploader() -> None:
    """Is a copy named by Classroom assigned to its student, and is everything else reported as unknown, with what to do?"""
    names = ["Layers/Jane Doe - layers.py", "Layers/layers (1).py", "Layers/my - work.zip"]
    title, found = readings(names, title="Layers-20261001T120000Z-001.zip", known=CLASS)
    assert title == "Google Classroom"
    assert next((r.people[0].who, bool(r.people[0].hidden)) for r in found.values()) == ("Jane Doe", False)
    assert all("does not record who" in r.people[0].hidden for r in list(found.values())[1:])


def test_a_students_ending_decides_nothing() -> None:
    """Does a name that ends like another system's names stay with its owner, and belong to nobody if it is alone?"""
    hostile = "mallory_4711_99887_x_ada_attempt_2030-01-01-00-00-00_work.zip"
    title, found = readings([*(name for name, _, _ in downloads.canvas([JANE, JOHN])), hostile])
    assert (title, found[hostile].people[0].number) == ("Canvas", "4711")
    assert hostile not in readings([hostile])[1]
    flat = "1-2 - Jane Doe - Oct 1, 2026 600 PM - 9-2 - Ann Roe - Oct 1, 2020 600 AM - w.zip"
    assert readings([flat])[1][flat].people[0].who == "Jane Doe"
    late = "Layers_jdoe_attempt_2026-10-01-12-30-05_x_roe_attempt_2020-01-01-00-00-00_w.zip"
    assert readings([late], known=CLASS)[1][late].people == (Named("jdoe"),)
    ends = "x_ada_attempt_2030-01-01-00-00-00_work.zip"
    both = [f"roeann_7_90070_{ends}", f"oneilannemarie_1001_100010_{ends}"]
    assert [readings(both)[1][name].people[0].number for name in both] == ["7", "1001"]
    alone = "Jane Doe_7_assignsubmission_file_x_ada_attempt_2030-01-01-00-00-00_work.zip"
    assert readings([alone])[1][alone].people == (Named("Jane Doe", "7"),)


def test_a_login_that_can_be_cut_in_two_ways_is_nobodys() -> None:
    """With jdoe and doe in the class: does ``Layers_j_doe`` belong to neither if nothing separates the assignment from the student?"""
    both = KnownPeople([Person("j_doe"), Person("doe")], complete=True)
    name = "Layers_j_doe_attempt_2026-10-01-12-30-05_w.zip"
    assert "may be" in both.find(readings([name], known=both)[1][name].people[0]).problem
    other = "Layers_ann_attempt_2026-10-01-12-30-05_w.zip"
    three = KnownPeople([Person("j_doe"), Person("doe"), Person("ann")], complete=True)
    assert three.find(readings([name, other], known=three)[1][name].people[0]).students == ("j_doe",)


def test_few_names_of_a_system_are_chance() -> None:
    """Are two names that look like Canvas's, among many plain ones, read as plain too?"""
    names = [*(f"s{n}/coursenn/layers.py" for n in range(9)), "a_1_2_b.zip", "c_3_4_d.zip"]
    assert readings(names)[0] == PLAIN.title
