"""Obstacles to a run: each gives a plain message on what to do, with nothing lost and nothing half-written."""

from __future__ import annotations

import errno
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from autograder.cli import main
from autograder.gradebook import graded_copy
from autograder.manifest import Course
from autograder.results import store
from autograder.results.store import Results
from autograder.runs.grade import grade
from autograder.runs.grade_report import GradeReport
from autograder.runs.progress import RunProgress
from autograder.term.pin import pin
from autograder.workspace import nbgrader_api
from autograder.workspace.opening import open_workspace
from autograder.workspace.workspace import Obstacle, Workspace
from tests.autograder.fake_engine import fake, marks
from tests.autograder.marks import documents_of, marks_of
from tests.autograder.small_course import RIGHT_LAYERS, WRONG_BACKWARD, hand_in

MESSAGES = {
    errno.ENOSPC: "free some space",
    errno.EDQUOT: "quota",
    errno.EROFS: "read-only",
    errno.EFBIG: "ulimit",
}


def write_class(workspace: Workspace) -> None:
    """Four submissions, one of them wrong."""
    for student in ("ada", "ben", "cyd", "dee"):
        marks(workspace, student, 2, 3 if student != "ben" else 1, 2)


@pytest.fixture
def sound(workspace: Workspace, small: Course, tmp_path: Path) -> Workspace:
    """The same class, graded without an obstacle."""
    write_class(workspace)
    shutil.copytree(workspace.root, tmp_path / "sound", symlinks=True)
    other = open_workspace(tmp_path / "sound", small)
    grade(other, small, "first", grader=fake)
    return other


def same(workspace: Workspace, sound: Workspace, small: Course) -> None:
    """Assert that both classes have the same documents and marks, and no half-written files."""
    assert documents_of(workspace, small) == documents_of(sound, small)
    assert marks_of(workspace) == marks_of(sound)
    assert leftovers(workspace) == []


def leftovers(workspace: Workspace) -> list[str]:
    """Return hidden files and folders that only an unfinished step would leave."""
    known = {".lock"}
    return [str(p) for p in workspace.root.rglob(".*") if p.name not in known]


def third_time(function: Callable[..., Any], number: int) -> Callable[..., Any]:
    """Return the function so that it fails from the third call on."""
    calls = 0

    def fails(*arguments: Any, **options: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls >= 3:
            raise OSError(number, os.strerror(number))
        return function(*arguments, **options)

    return fails


@pytest.mark.parametrize("number", sorted(MESSAGES))
@pytest.mark.parametrize("place", ["a result", "a graded copy"])
def test_disk_that_fails_stops_the_run(
    place: str, number: int, workspace: Workspace, sound: Workspace, small: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If writes start to fail in the middle of a class: does the message say what to do, and does the next run end as if undisturbed?"""
    with monkeypatch.context() as patch:
        if place == "a result":
            patch.setattr(store, "write_atomically", third_time(store.write_atomically, number))
        else:
            patch.setattr(graded_copy, "write_file", third_time(graded_copy.write_file, number))
        with pytest.raises(Obstacle, match=MESSAGES[number]) as stopped:
            grade(workspace, small, "first", grader=fake)
    assert "run the same command again" in str(stopped.value)
    grade(workspace, small, "first", grader=fake)
    same(workspace, sound, small)


def test_submission_that_cannot_be_read_is_its_own_trouble(workspace: Workspace, small: Course) -> None:
    """Are the others graded if one submission has a permission error?"""
    write_class(workspace)

    def forbidden(folder: Path, *arguments: Any) -> Any:
        if folder.parent.name == "ben":
            raise PermissionError(errno.EACCES, "Permission denied", str(folder))
        return fake(folder, *arguments)

    report = grade(workspace, small, "first", grader=forbidden)
    assert [r.student for r in report.failures] == ["ben"]
    assert len(report.rows) == 4


def test_student_cannot_stop_a_class_by_what_they_write(workspace: Workspace, small: Course) -> None:
    """Are the others graded if one submission's failure only reads like a full disk or a locked gradebook?"""
    write_class(workspace)

    def forged(folder: Path, *arguments: Any) -> Any:
        if folder.parent.name == "ben":
            raise RuntimeError(FORGED)
        return fake(folder, *arguments)

    assert [r.student for r in grade(workspace, small, "first", grader=forged).failures] == ["ben"]
    outcome = {"success": False, "log": FORGED}
    assert nbgrader_api.run(workspace, "autograde", lambda: outcome) == outcome


FORGED = "sqlite3.OperationalError: database is locked; OSError: [Errno 28] No space left on device"


def in_a_box(box: list[str], script: str) -> subprocess.CompletedProcess[str]:
    """Run a shell script with the file system prepared in this way."""
    bwrap = shutil.which("bwrap")
    assert bwrap
    command = [bwrap, "--dev-bind", "/", "/", *box, "sh", "-c", script]
    return subprocess.run(command, capture_output=True, text=True, timeout=300)


def command(root: Path | str) -> str:
    """Return the shell command for `autograder grade`."""
    return f"'{sys.executable}' -m autograder grade --unsafe-no-sandbox --jobs 1 --workspace '{root}'"


@pytest.mark.sandbox
def test_full_disk(workspace: Workspace, small: Course, tmp_path: Path) -> None:
    """On a real file system without space: does the run say what to do, with status 1, and does the next run with space give the marks?"""
    for student in ("ada", "ben"):
        hand_in(workspace, student, {"coursenn/layers.py": RIGHT_LAYERS})
    disk, out = tmp_path / "disk", tmp_path / "out"
    disk.mkdir()
    fill = f"head -c 100000000 /dev/zero >'{disk}/big' 2>&-"
    script = (
        f"cp -a '{workspace.root}/.' '{disk}'; {fill}; {command(disk)}; echo status $?; rm '{disk}/big'; {command(disk)}; echo status $?"
    )
    done = in_a_box(["--size", str(8 << 20), "--tmpfs", str(disk)], f"{script}; cp -a '{disk}' '{out}'")
    text = " ".join((done.stdout + done.stderr).split())
    assert "free some space" in text, text
    assert "Traceback" not in text, text
    assert text.index("status 1") < text.index("status 0")
    first = {k[0]: v[0] for k, v in marks_of(open_workspace(out, small)).items() if k[2] == "relu-forward"}
    assert first == {"ada": 2.0, "ben": 2.0}


@pytest.mark.sandbox
def test_workspace_that_cannot_be_written(workspace: Workspace, small: Course) -> None:
    """On a read-only file system: does the run say so, with status 1 and nothing changed?"""
    hand_in(workspace, "ada", {"coursenn/layers.py": RIGHT_LAYERS})
    done = in_a_box(["--ro-bind", str(workspace.root), str(workspace.root)], command(workspace.root))
    text = " ".join((done.stdout + done.stderr).split())
    assert done.returncode == 1, text
    assert "Read-only file system" in text
    assert "Traceback" not in text


@pytest.fixture
def other_program(workspace: Workspace) -> Iterator[tuple[Callable[[], None], Callable[[], None]]]:
    """Return functions that make another program lock the gradebook and release it."""
    other = sqlite3.connect(workspace.gradebook, isolation_level=None)

    def hold() -> None:
        if not other.in_transaction:
            other.execute("BEGIN EXCLUSIVE")

    yield hold, other.rollback
    other.close()


def test_gradebook_that_gets_locked_in_the_middle(
    workspace: Workspace, sound: Workspace, small: Course, other_program: tuple[Callable[[], None], Callable[[], None]]
) -> None:
    """If another program locks the gradebook during grading: is that reported, and are all results kept?"""
    hold, give_back = other_program

    def lock(progress: RunProgress) -> None:
        if progress.done >= 2:
            hold()

    with pytest.raises(Obstacle, match="Close the formgrader"):
        grade(workspace, small, "first", grader=fake, show=lock)
    assert len(list(workspace.results.glob("??/*.json"))) == 3
    give_back()
    grade(workspace, small, "first", grader=fake)
    same(workspace, sound, small)


def test_two_commands_at_once(workspace: Workspace) -> None:
    """Does the second of two commands, in another process, end with status 1 and name the one at work?"""
    hand_in(workspace, "ada", {"coursenn/layers.py": RIGHT_LAYERS})
    with workspace.writing("grade"):
        done = subprocess.run(["sh", "-c", command(workspace.root)], capture_output=True, text=True, timeout=120)
    assert done.returncode == 1
    assert f"autograder grade (process {os.getpid()}) is at work" in " ".join(done.stderr.split())


def _truncate(path: Path) -> None:
    path.write_text(path.read_text()[: path.stat().st_size // 2])


def _raise_a_mark(path: Path) -> None:
    stored = json.loads(path.read_text())
    stored["document"]["tasks"][1]["score"] = 3.0
    stored["document"]["score"] = 7.0
    path.write_text(json.dumps(stored))


def _anothers(path: Path) -> None:
    other = next(p for p in path.parent.parent.glob("??/*.json") if p != path)
    path.write_bytes(other.read_bytes())


def _old_schema(path: Path) -> None:
    path.write_text(json.dumps({"schema": 0}))


def _too_deep(path: Path) -> None:
    path.write_text("[" * 200_000)


DAMAGES = [_truncate, _raise_a_mark, _anothers, _old_schema, _too_deep]


@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_result_is_told_and_graded_again(damage: Callable[[Path], None], workspace: Workspace, small: Course) -> None:
    """Is a stored result that was altered graded again, with a message, and never entered?"""
    marks(workspace, "ada", 2, 3, 2)
    marks(workspace, "ben", 1, 0, 0)
    grade(workspace, small, "first", grader=fake)
    found = Results(workspace, small)
    damage(found.path(found.key("ben", "first")))
    report = grade(workspace, small, "first", grader=fake)
    (note,) = report.notes
    assert note.startswith("ben: the stored result was damaged")
    assert [(r.student, r.moved) for r in report.rows] == [("ada", []), ("ben", [])]
    assert {r.student: (r.document or {})["score"] for r in report.rows} == {"ada": 7.0, "ben": 1.0}
    assert grade(workspace, small, "first", grader=fake).notes == []


def _more_than_there_is(document: dict[str, Any]) -> None:
    document["tasks"][0]["score"] = 50.0
    document["score"] += 48.0


def _nothing_is_no_number(document: dict[str, Any]) -> None:
    document["tasks"][0]["score"] = float("nan")


def _another_student(document: dict[str, Any]) -> None:
    document["submission"] = "ada"


def _another_task(document: dict[str, Any]) -> None:
    document["tasks"][0]["id"] = "invented"


def _unknown_verdict(document: dict[str, Any]) -> None:
    document["tasks"][0]["verdict"] = "excellent"


def _wrong_sum(document: dict[str, Any]) -> None:
    document["score"] = 6.5


def _flood(document: dict[str, Any]) -> None:
    document["notes"] = ["x" * 30_000]


FORGERIES = [_more_than_there_is, _nothing_is_no_number, _another_student, _another_task, _unknown_verdict, _wrong_sum, _flood]


@pytest.mark.parametrize("forge", FORGERIES)
def test_document_that_cannot_be_is_never_recorded(forge: Callable[[dict[str, Any]], None], workspace: Workspace, small: Course) -> None:
    """Does a document with impossible content, whoever graded it, reach neither store nor gradebook, and affect only its submission?"""
    marks(workspace, "ada", 2, 3, 2)
    marks(workspace, "ben", 1, 0, 0)

    def forged(folder: Path, *arguments: Any) -> Any:
        document = fake(folder, *arguments)
        if folder.parent.name == "ben":
            forge(document)
        return document

    report = grade(workspace, small, "first", grader=forged)
    assert [r.student for r in report.failures] == ["ben"]
    assert not workspace.autograded("ben", "first").exists()
    assert Results(workspace, small).load(Results(workspace, small).key("ben", "first")) is None


def reasons(report: GradeReport, student: str) -> list[str]:
    """Return why somebody was graded again."""
    return next(r.reasons for r in report.rows if r.student == student)


def test_run_says_whose_marks_moved_and_why(workspace: Workspace, small: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    """Are all reasons for grading again distinguished: submission, course, hidden checks, seed, force?"""
    from autograder.results import digests

    marks(workspace, "ada", 2, 3, 2)
    marks(workspace, "ben", 1, 0, 0)
    assert reasons(grade(workspace, small, "first", grader=fake), "ada") == []
    marks(workspace, "ben", 1, 1.5, 0)
    report = grade(workspace, small, "first", grader=fake)
    assert reasons(report, "ben") == ["the submission changed"]
    assert reasons(report, "ada") == []
    assert next(r.moves for r in report.rows if r.student == "ben") == {"relu-backward": (0.0, 1.5)}
    assert reasons(grade(workspace, small, "first", grader=fake, force=True), "ada") == ["--force"]
    with monkeypatch.context() as patch:
        patch.setattr(digests, "checks_digest", lambda: "others")
        pin(workspace, small)
        assert reasons(grade(workspace, small, "first", grader=fake), "ada") == ["hidden checks changed"]
    pin(workspace, small)
    assert reasons(grade(workspace, small, "first", grader=fake), "ada") == ["hidden checks changed"]
    (workspace.root / "seed").write_text("99\n")
    assert reasons(grade(workspace, small, "first", grader=fake), "ada") == ["the seed changed"]


def test_reasons_are_printed(workspace: Workspace) -> None:
    """Does the command print changed marks with the old and the new points, and the reason?"""
    here = ["grade", "--workspace", str(workspace.root), "--unsafe-no-sandbox", "--jobs", "1"]
    hand_in(workspace, "ada", {"coursenn/layers.py": RIGHT_LAYERS})
    assert CliRunner().invoke(main, here).exit_code == 0
    hand_in(workspace, "ada", {"coursenn/layers.py": WRONG_BACKWARD})
    result = CliRunner().invoke(main, here)
    assert result.exit_code == 0
    assert "ada: marks changed in relu-backward 3 -> " in result.output
    assert "(the submission changed)" in " ".join(result.output.split())
    assert "1 because the submission changed" in result.output
