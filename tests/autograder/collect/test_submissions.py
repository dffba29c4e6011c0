"""Is every submission of every system given to its student, at the stated time, however many files it consists of?"""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from autograder.collect.collected import Collected
from autograder.collect.deliveries import collected_notes, read_time
from autograder.collect.download import collect_download
from autograder.manifest import Course
from autograder.workspace.workspace import Workspace
from tests.autograder.collect import downloads
from tests.autograder.collect.downloads import NOON, Hand, Members, write_zip
from tests.autograder.small_course import RIGHT_LAYERS, WRONG_BACKWARD, zipped

TOKYO, BERLIN = ZoneInfo("Asia/Tokyo"), ZoneInfo("Europe/Berlin")
LAYERS, OPTIM = ("layers.py", RIGHT_LAYERS.encode()), ("optim.py", b"x = 1\n")
ADA = Hand("ada", "Ada", "Love", 11, (("work.zip", zipped({"coursenn/layers.py": RIGHT_LAYERS})), OPTIM), NOON)
BEN = Hand("ben", "Ben", "Bell", 12, (LAYERS,), NOON + timedelta(hours=1), late=True)
ROSTER = "id,first_name,last_name,email,lms_user_id\nada,Ada,Love,ada@x.org,11\nben,Ben,Bell,ben@x.org,12\n"


@pytest.fixture
def collect(workspace: Workspace, small: Course, tmp_path: Path) -> Callable[..., Collected]:
    """Collect the members of a download, with the roster of two."""
    roster = tmp_path / "class.csv"
    roster.write_text(ROSTER, encoding="utf-8")
    count = 0

    def run(members: Members, zone: ZoneInfo = TOKYO) -> Collected:
        nonlocal count
        count += 1
        return collect_download(workspace, small, "first", write_zip(tmp_path / f"{count}.zip", members), roster=roster, zone=zone)

    return run


def work(workspace: Workspace, student: str) -> dict[str, bytes]:
    """Return the files that count for a student, without the bookkeeping."""
    folder = workspace.submitted(student, "first")
    files = {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    return {name: content for name, content in files.items() if name != "timestamp.txt"}


LOCAL = {"Moodle": downloads.moodle, "Blackboard": downloads.blackboard, "Brightspace": downloads.brightspace}
IN_UTC: dict[str, Callable[[Sequence[Hand]], Members]] = {"Sakai": downloads.sakai, "Gradescope": downloads.gradescope}


@pytest.mark.parametrize("system", [*LOCAL, *IN_UTC, "Canvas"])
def test_each_system_is_collected(system: str, workspace: Workspace, collect: Callable[..., Collected]) -> None:
    """Do archive and loose files form one submission, is the time read in the stated zone or as UTC, and does a repeat change nothing?"""
    make: Callable[[Sequence[Hand]], Members] = {**LOCAL, **IN_UTC, "Canvas": downloads.canvas}[system]  # type: ignore[dict-item]
    done = collect(make([ADA, BEN]))
    assert done.system == system
    assert [(d.student, d.outcome) for d in done.deliveries] == [("ada", "new"), ("ben", "new")]
    assert not done.findings
    assert work(workspace, "ada") == {"coursenn/layers.py": RIGHT_LAYERS.encode(), "coursenn/optim.py": b"x = 1\n"}
    assert work(workspace, "ben") == {"coursenn/layers.py": RIGHT_LAYERS.encode()}
    stated = {"Canvas": None, "Sakai": NOON, "Gradescope": NOON}.get(system, NOON - timedelta(hours=9))
    found = read_time(workspace.submitted("ada", "first"))
    assert (found and found.replace(microsecond=0)) == stated
    assert ("late" in collected_notes(workspace, "ben", "first")) == (system == "Canvas")
    again = collect(make([ADA, BEN]))
    assert [d.outcome for d in again.deliveries] == ["unchanged", "unchanged"]
    assert not list(workspace.earlier.rglob("*.py"))


def test_a_repeated_hour_counts_for_the_student(workspace: Workspace, collect: Callable[..., Collected]) -> None:
    """In the hour that occurs twice on an autumn night: does the earlier instant count?"""
    night = replace(ADA, at=datetime(2026, 10, 25, 2, 30))
    collect(downloads.blackboard([night, BEN]), BERLIN)
    assert read_time(workspace.submitted("ada", "first")) == datetime(2026, 10, 25, 0, 30)


def test_times_of_members_are_what_the_format_says(workspace: Workspace, collect: Callable[..., Collected], tmp_path: Path) -> None:
    """Is the time of a zip member read in the stated zone, and as UTC if one of the two extra fields says so?"""
    path = tmp_path / "1.zip"
    stamp = int((NOON - datetime(1970, 1, 1)).total_seconds())
    ticks = (stamp + 11_644_473_600) * 10_000_000
    fields = {
        "ada": b"",
        "ben": struct.pack("<HHBi", 0x5455, 5, 1, stamp),
        "cem": struct.pack("<HHIHHQQQ", 0x000A, 32, 0, 1, 24, ticks, ticks, ticks),
    }
    with zipfile.ZipFile(path, "w") as archive:
        for who, extra in fields.items():
            member = zipfile.ZipInfo(f"{who}/layers.py", (2026, 5, 4, 12, 0, 0))
            member.extra = extra
            archive.writestr(member, RIGHT_LAYERS)
        archive.writestr(zipfile.ZipInfo("dan/layers.py", (1980, 1, 1, 0, 0, 0)), RIGHT_LAYERS)
    collect_download(workspace, workspace.course(), "first", path, zone=TOKYO)
    times = [read_time(workspace.submitted(who, "first")) for who in ("ada", "ben", "cem", "dan")]
    assert times == [NOON - timedelta(hours=9), NOON, NOON, None]


def test_companion_files_replace_nothing(workspace: Workspace, collect: Callable[..., Collected]) -> None:
    """Do typed texts and comments next to the work change nothing, print nothing and give no time?"""
    late = NOON + timedelta(days=20)
    canvas = [*downloads.canvas([ADA, BEN]), ("loveada_11_text.html", b"<p>Hello", late)]
    done = collect(canvas)
    assert not done.findings
    assert collected_notes(workspace, "ada", "first")["refused"] == []
    assert work(workspace, "ada")["typed/text.html"] == b"<p>Hello"
    moodle = [*downloads.moodle([ADA, BEN]), ("Ada Love_11_assignsubmission_onlinetext_/onlinetext.html", b"<p>Hi", late)]
    done = collect(moodle, BERLIN)
    assert [d.outcome for d in done.deliveries] == ["updated", "updated"] or not done.findings
    assert set(work(workspace, "ada")) >= {"coursenn/layers.py", "coursenn/optim.py"}


def test_the_later_upload_of_one_submission_counts(workspace: Workspace, collect: Callable[..., Collected]) -> None:
    """With two archives in one submission: does the later one's file win, and are files that only the earlier one has kept?"""
    first = zipped({"coursenn/layers.py": WRONG_BACKWARD, "coursenn/optim.py": "x = 1\n"})
    second = zipped({"coursenn/layers.py": RIGHT_LAYERS})
    collect(downloads.canvas([replace(ADA, files=(("b.zip", first), ("a.zip", second))), BEN]))
    assert work(workspace, "ada") == {"coursenn/layers.py": RIGHT_LAYERS.encode(), "coursenn/optim.py": b"x = 1\n"}
    assert any("uploaded last counts" in note for note in collected_notes(workspace, "ada", "first")["notes"])


def test_an_environment_in_an_unpacked_hand_in_goes_as_a_whole(workspace: Workspace, collect: Callable[..., Collected]) -> None:
    """If the system unpacks archives itself: is a library's module never mistaken for the student's own?"""
    packed = {"env/pyvenv.cfg": "", "env/lib/python3.11/site-packages/layers.py": "# library\n", "env/bin/layers.py": "# library\n"}
    done = collect(downloads.gradescope([replace(ADA, files=(("work.zip", zipped({**packed, "Layers (1).py": RIGHT_LAYERS})),))]))
    assert not done.findings
    assert work(workspace, "ada") == {"coursenn/layers.py": RIGHT_LAYERS.encode()}


def test_archives_in_archives_and_many_of_them(workspace: Workspace, collect: Callable[..., Collected]) -> None:
    """Is an archive inside an archive opened, and is the number of archives bounded, with the work still found among dozens?"""
    inner = zipped({"inner.zip": zipped({"coursenn/layers.py": RIGHT_LAYERS})})
    collect(downloads.moodle([replace(ADA, files=(("outer.zip", inner),)), BEN]))
    assert work(workspace, "ada") == {"coursenn/layers.py": RIGHT_LAYERS.encode()}
    many = (
        *tuple((f"a{n:02}.zip", zipped({f"notes{n}.txt": "x"})) for n in range(40)),
        ("z.zip", zipped({"coursenn/optim.py": "x = 1\n"})),
    )
    collect(downloads.moodle([replace(ADA, files=many, at=NOON + timedelta(hours=5)), BEN]))
    assert work(workspace, "ada")["coursenn/optim.py"] == b"x = 1\n"
    refused = collected_notes(workspace, "ada", "first")["refused"]
    assert sum("too many archives" in line for line in refused) == 20


def test_people_who_submit_together_each_get_it(workspace: Workspace, collect: Callable[..., Collected]) -> None:
    """Does a submission of two in Gradescope count for both?"""
    done = collect(downloads.gradescope([ADA], {"ada": [BEN]}))
    assert [d.student for d in done.deliveries] == ["ada", "ben"]
    assert work(workspace, "ada") == work(workspace, "ben")


def test_one_student_with_two_numbers_is_neither(workspace: Workspace, collect: Callable[..., Collected]) -> None:
    """If two people in the LMS have the name of one student of the class: is neither's hand-in given to her?"""
    two = [replace(ADA, number=71), replace(ADA, number=72, files=(OPTIM,)), BEN]
    done = collect(downloads.moodle(two))
    assert [d.student for d in done.deliveries] == ["ben"]
    assert {u.reason for u in done.unread} == {"the numbers 71 and 72 both have a name of ada"}


def test_a_number_that_is_somebody_elses(workspace: Workspace, collect: Callable[..., Collected]) -> None:
    """Is a hand-in with ada's name and ben's number never given to ada?"""
    forged = replace(ADA, number=12)
    done = collect(downloads.canvas([forged]))
    assert [d.student for d in done.deliveries] == ["ben"]
    assert "the number 12 is ben's" in done.remarks[0]
    done = collect(downloads.moodle([forged]))
    assert done.deliveries == []
    assert "its number is ben's and its name is ada's" in done.unread[0].reason


def test_progress_is_told(workspace: Workspace, small: Course, tmp_path: Path) -> None:
    """Does a long collection show its progress?"""
    hands = [Hand(f"s{n}", f"First{n}", "Roe", n, (LAYERS,)) for n in range(12)]
    told: list[tuple[int, int]] = []
    source = write_zip(tmp_path / "1.zip", downloads.moodle(hands))
    collect_download(workspace, small, "first", source, progress=lambda done, total: told.append((done, total)))
    assert told == [(n, 12) for n in range(12)]


def test_a_zone_that_makes_hand_ins_of_tomorrow_is_asked_about(collect: Callable[..., Collected]) -> None:
    """Is the instructor told if the stated zone puts a hand-in into the future?"""
    done = collect(downloads.blackboard([replace(ADA, at=datetime(2099, 1, 1)), BEN]))
    assert any("is in the future: is Asia/Tokyo the zone" in remark for remark in done.remarks)
