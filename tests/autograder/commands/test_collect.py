"""What does `autograder collect` print, and with which exit status does it end?"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from autograder.collect.deliveries import read_time
from autograder.commands.collect import command
from autograder.commands.deadlines import command as deadlines
from autograder.manifest import Course
from autograder.outgoing.export import export
from autograder.outgoing.feedback import feedback
from autograder.pages.student import FEEDBACK_PAGE
from autograder.runs.grade import grade
from autograder.workspace.workspace import Workspace
from tests.autograder.collect.downloads import NOON, Hand, blackboard, canvas, write_zip
from tests.autograder.marks import marks_of
from tests.autograder.small_course import RIGHT_LAYERS, WRONG_BACKWARD, write_files

GOOD = (("layers.py", RIGHT_LAYERS.encode()),)
ADA, BEN = Hand("ada", "Ada", "Love", 11, GOOD), Hand("ben+1", "Ben", "Bell", 12, GOOD, late=True)


@pytest.fixture
def collect(workspace: Workspace, tmp_path: Path) -> Callable[..., Result]:
    """Run the command in the workspace, with a roster of two."""
    (tmp_path / "class.csv").write_text("Student ID;First name;Last name;LMS user id\nada;Ada;Love;11\nben+1;Ben;Bell;12\n")

    def run(*options: str | Path) -> Result:
        return CliRunner().invoke(command, ["--workspace", str(workspace.root), *map(str, options)])

    return run


def test_what_is_printed(collect: Callable[..., Result], tmp_path: Path, workspace: Workspace) -> None:
    """Are new work, lateness, the system, the zone and missing students reported, and is a second run quiet?"""
    source = write_zip(tmp_path / "1.zip", blackboard([ADA]))
    done = collect("--from", source, "--roster", tmp_path / "class.csv", "--timezone", "asia/tokyo")
    assert done.exit_code == 0, done.output
    assert done.output.splitlines() == [
        "ada: new",
        "1 new",
        "read as a download of Blackboard; times without a zone are read in Asia/Tokyo",
        "nothing from 1: ben+1",
    ]
    assert read_time(workspace.submitted("ada", "first")) == NOON - timedelta(hours=9)
    assert collect("--from", source, "--timezone", "Asia/Tokyo").output.splitlines()[0] == "1 unchanged"
    done = collect("--from", write_zip(tmp_path / "2.zip", canvas([BEN])))
    assert done.output.splitlines()[0] == "ben+1: new, late, says Canvas"


def test_a_roster_comes_before_the_release(small: Course, tmp_path: Path) -> None:
    """Can deadlines and roster be entered in the order of a term, before there is a workspace or a release?"""
    (tmp_path / "class.csv").write_text("id,first_name\nada,Ada\n")
    words = ["--workspace", str(tmp_path / "new"), "--course", str(small.path)]
    assert CliRunner().invoke(command, [*words, "--roster", str(tmp_path / "class.csv")]).exit_code == 2
    done = CliRunner().invoke(deadlines, [*words, "--due", "2026-10-01 23:59", "--rule", "10% a day"])
    assert (done.exit_code, done.output.splitlines()[0]) == (0, f"a new workspace: {tmp_path / 'new'}"), done.output
    done = CliRunner().invoke(command, [*words, "--roster", str(tmp_path / "class.csv")])
    assert (done.exit_code, done.output.splitlines()) == (0, ["nothing to collect", "nothing from 1: ada"])
    done = CliRunner().invoke(command, words)
    assert done.exit_code == 1
    assert "Release the assignment first" in done.output


def test_findings_end_with_1_until_they_are_accepted(collect: Callable[..., Result], tmp_path: Path, workspace: Workspace) -> None:
    """Do a delivery without work and a file without an owner end with 1, summed up with what to do?"""
    junk = Hand("ada", "Ada", "Love", 11, (("essay.pdf", b"%PDF-"),), NOON + timedelta(hours=1))
    source = write_zip(tmp_path / "1.zip", blackboard([ADA, junk]))
    done = collect("--from", source, "--roster", tmp_path / "class.csv")
    assert done.exit_code == 1
    assert "1 delivery holds nothing of the assignment:" in done.output
    assert "  ada: essay.pdf (it is a PDF document); the hand-in of 2026-05-04 12:00 UTC counts" in done.output
    done = collect("--from", source, "--accept")
    assert (done.exit_code, done.output.splitlines()[-1]) == (0, "accepted: ada")
    assert collect("--from", source).exit_code == 0
    other = Hand("ada", "Ada", "Love", 11, (("photo.jpg", b"\xff\xd8\xff"),), NOON + timedelta(hours=2))
    assert collect("--from", write_zip(tmp_path / "2.zip", blackboard([other]))).exit_code == 1
    shutil.rmtree(workspace.exchange)
    done = collect("--accept")
    assert (done.exit_code, done.output.splitlines()[-1]) == (0, "accepted: ada")
    write_files(tmp_path / "odd", {f"Group {n} - ada - {n}.py": RIGHT_LAYERS for n in range(20)} | {"Group 1 - ben+1 - x.py": RIGHT_LAYERS})
    done = collect("--from", tmp_path / "odd")
    assert done.exit_code == 1
    assert len(done.output.splitlines()) < 12
    assert "This reads them: --pattern '" in done.output


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--pattern", "x"], "--pattern goes with --from"),
        (["--from", ".", "--shared-account"], "apply to the exchange"),
        (["--from", "no such file"], "does not exist"),
        (["--from", ".", "--timezone", "EST"], "--timezone"),
    ],
)
def test_misuse_ends_with_2(collect: Callable[..., Result], options: list[str], says: str) -> None:
    """Is a call with contradictory options refused in one sentence?"""
    done = collect(*options)
    assert done.exit_code == 2
    assert says in done.output


def test_what_cannot_be_read_ends_with_1(collect: Callable[..., Result], tmp_path: Path) -> None:
    """Are a broken pattern, a broken roster and a file that is not a download each reported in one line?"""
    (tmp_path / "broken.csv").write_text("id\nada\n*\n")
    for options in (
        ["--from", tmp_path, "--pattern", "("],
        ["--from", tmp_path, "--roster", tmp_path / "broken.csv"],
        ["--from", __file__],
    ):
        done = collect(*options)
        assert done.exit_code == 1
        assert done.output.startswith("Error: ")
        assert len(done.output.splitlines()) == 1


def test_an_id_with_a_plus_goes_through_everything(
    collect: Callable[..., Result], tmp_path: Path, workspace: Workspace, small: Course
) -> None:
    """Is a student called ben+1 graded, given feedback and exported like anybody else?"""
    wrong = Hand("ada", "Ada", "Love", 11, (("layers.py", WRONG_BACKWARD.encode()),))
    assert collect("--from", write_zip(tmp_path / "1.zip", blackboard([wrong, BEN])), "--roster", tmp_path / "class.csv").exit_code == 0
    assert not grade(workspace, small, "first", unsafe=True, jobs=1).failures
    assert marks_of(workspace)
    assert not feedback(workspace, small, "first").failures
    assert (workspace.feedback("ben+1", "first") / FEEDBACK_PAGE).is_file()
    table = export(workspace, small, tmp_path / "grades.csv").read_text()
    assert "ben+1" in table
