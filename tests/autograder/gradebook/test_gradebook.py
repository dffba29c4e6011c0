"""Does the gradebook have one writer, keep manual work and count lateness, also with nbgrader's own commands?"""

from __future__ import annotations

import csv
import dataclasses
import json
import os
import subprocess
import sys
import zipfile
from datetime import datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from autograder.cli import main
from autograder.engine.catalogue import CatalogueError
from autograder.manifest import Course, load_course
from autograder.outgoing.export import export
from autograder.outgoing.feedback import feedback
from autograder.outgoing.leaks import leaks, secrets
from autograder.results.digests import course_digest
from autograder.results.documents import Document
from autograder.results.store import Results
from autograder.runs.canary import CanaryError, canaries
from autograder.runs.grade import grade
from autograder.sandbox.bubblewrap import SandboxUnavailable
from autograder.workspace import nbgrader_api
from autograder.workspace.workspace import Workspace, WorkspaceError
from tests.autograder.fake_engine import CALLS, fake, marks
from tests.autograder.marks import grade_by_hand
from tests.autograder.small_course import RIGHT_LAYERS, WRONG_BACKWARD, hand_in


@pytest.fixture(autouse=True)
def no_calls() -> None:
    """Count calls of the fake engine for each test."""
    CALLS.clear()


def test_grading_again_grades_only_what_changed(workspace: Workspace, small: Course) -> None:
    """Is a submission graded and entered once, and again only if it changed, with a message on whose marks changed?"""
    marks(workspace, "ada", 2, 3, 2)
    marks(workspace, "ben", 1, 0, 0)
    grade(workspace, small, "first", grader=fake)
    assert CALLS == ["stub", "reference", "ada", "ben"]
    CALLS.clear()
    report = grade(workspace, small, "first", grader=fake)
    assert CALLS == ["stub", "reference"]
    assert not any(r.fresh for r in report.rows)
    marks(workspace, "ben", 1, 1.5, 0)
    CALLS.clear()
    report = grade(workspace, small, "first", grader=fake)
    assert CALLS == ["stub", "reference", "ben"]
    assert [(r.student, r.moved) for r in report.rows if r.fresh] == [("ben", ["relu-backward"])]
    with nbgrader_api.gradebook(workspace) as book:
        assert book.find_submission("first", "ben").score == 2.5


def test_grading_continues_where_it_was_stopped(workspace: Workspace, small: Course) -> None:
    """After a stop in the middle, does the next run use the stored results, and end with the marks of an uninterrupted run?"""
    marks(workspace, "ada", 2, 3, 2)
    marks(workspace, "ben", 1, 0, 0)

    def stops(folder: Path, course: Course, assignment: str, seed: int, unsafe: bool) -> Document:
        if folder.parent.name == "ben":
            raise KeyboardInterrupt
        return fake(folder, course, assignment, seed, unsafe)

    with pytest.raises(KeyboardInterrupt):
        grade(workspace, small, "first", grader=stops)
    CALLS.clear()
    report = grade(workspace, small, "first", grader=fake)
    assert CALLS == ["stub", "reference", "ben"]
    assert [(r.student, r.fresh) for r in report.rows] == [("ada", False), ("ben", True)]


def test_damaged_result_is_made_again(workspace: Workspace, small: Course) -> None:
    """Is a half-written or damaged result document ignored?"""
    marks(workspace, "ada", 2, 3, 2)
    grade(workspace, small, "first", grader=fake)
    results = Results(workspace, small, fake)
    path = results.path(results.key("ada", "first"))
    path.write_text(path.read_text()[:100])
    CALLS.clear()
    report = grade(workspace, small, "first", grader=fake)
    assert "ada" in CALLS
    assert report.rows[0].document is not None
    assert report.rows[0].document["score"] == 7.0


def test_address_of_a_result_covers_all_it_depends_on(workspace: Workspace, small: Course) -> None:
    """Does the key change with a byte, a name or the seed, and not with nbgrader's own time stamp?"""
    folder = hand_in(workspace, "ada", {"coursenn/layers.py": RIGHT_LAYERS})
    results = Results(workspace, small)
    first = results.key("ada", "first")
    (folder / "timestamp.txt").write_text("2026-05-04 10:00:00 UTC")
    assert results.key("ada", "first") == first
    (folder / "coursenn" / "layers.py").write_text(RIGHT_LAYERS + "\n")
    second = results.key("ada", "first")
    (folder / "coursenn" / "layers.py").rename(folder / "coursenn" / "renamed.py")
    third = results.key("ada", "first")
    (workspace.root / "seed").write_text("12345678")
    assert len({first, second, third, results.key("ada", "first")}) == 4
    assert course_digest(small) == course_digest(load_course(small.path))


def test_a_release_that_changes_no_mark_grades_nobody_again(workspace: Workspace, small: Course) -> None:
    """Is a result of an earlier version of the course used, and does it still name that version?"""
    marks(workspace, "ada", 2, 3, 2)
    grade(workspace, small, "first", grader=fake)
    newer = dataclasses.replace(small, version="2", title="Another title", book_address="https://you.github.io/layers")
    CALLS.clear()
    [row] = grade(workspace, newer, "first", grader=fake).rows
    assert CALLS == ["stub", "reference"]
    assert row.document is not None
    assert row.document["course"] == small.version


def test_one_failure_does_not_affect_others(workspace: Workspace, small: Course) -> None:
    """Is an error of the grader itself reported, without affecting the other students?"""
    marks(workspace, "ada", 2, 3, 2)
    marks(workspace, "ben", 1, 0, 0)

    def breaks(folder: Path, course: Course, assignment: str, seed: int, unsafe: bool) -> Document:
        if folder.parent.name == "ada":
            raise RuntimeError("a bug of ours")
        return fake(folder, course, assignment, seed, unsafe)

    report = grade(workspace, small, "first", grader=breaks)
    assert [(r.student, bool(r.failure)) for r in report.rows] == [("ada", True), ("ben", False)]
    assert "a bug of ours" in str(report.failures[0].failure)


@pytest.mark.parametrize("which", ["stub", "reference"])
def test_canary_stops_grading(workspace: Workspace, small: Course, which: str) -> None:
    """Is nobody graded if stubs score or the reference loses marks, and is the reason given?"""
    marks(workspace, "ada", 2, 3, 2)

    def odd(folder: Path, course: Course, assignment: str, seed: int, unsafe: bool) -> Document:
        document = fake(folder, course, assignment, seed, unsafe)
        if folder.parent.name == which:
            document["tasks"][1]["score"] = 1.0
        return document

    with pytest.raises(CanaryError, match="relu-backward"):
        grade(workspace, small, "first", grader=odd)
    assert not workspace.autograded("ada", "first").exists()


def test_refusal_of_the_engine_is_passed_on(workspace: Workspace, small: Course) -> None:
    """Without a sandbox, or with a broken catalogue, is nobody graded, and is the reason passed on?"""
    marks(workspace, "ada", 2, 3, 2)
    for refusal in (SandboxUnavailable("install bubblewrap"), CatalogueError("install bubblewrap")):

        def refuses(*_: object, refusal: Exception = refusal) -> Document:
            raise refusal

        with pytest.raises(WorkspaceError, match="install bubblewrap"):
            grade(workspace, small, "first", grader=refuses)
    assert not workspace.autograded("ada", "first").exists()


def test_canaries_hold_for_the_small_course(small: Course) -> None:
    """With the real engine, do stubs get no points and the reference all of them?"""
    assert canaries(small, "first", 4711, unsafe=True) == []


def test_work_of_graders_is_kept(workspace: Workspace, small: Course) -> None:
    """Are scores and comments given by hand kept, and offered for another look only if the answer changed?"""
    answers = {"alpha-why": "Because.", "beta-why": "Therefore."}
    marks(workspace, "ada", 2, 3, 2, answers=answers)
    grade(workspace, small, "first", grader=fake)
    grade_by_hand(workspace, "ada", "alpha-why", score=3.5, comment="Nearly **all** of it.")
    grade_by_hand(workspace, "ada", "beta-why", comment="")
    marks(workspace, "ada", 2, 1, 2, answers=answers | {"beta-why": "Therefore, and more."})
    grade(workspace, small, "first", grader=fake)
    with nbgrader_api.gradebook(workspace) as book:
        grades = {g.name: g for n in book.find_submission("first", "ada").notebooks for g in n.grades}
        assert (grades["alpha-why"].score, grades["alpha-why"].needs_manual_grade) == (3.5, False)
        assert (grades["beta-why"].score, grades["beta-why"].needs_manual_grade) == (1.0, True)
        assert grades["relu-backward"].score == 1.0
    assert feedback(workspace, small, "first").waiting == {"ada": 1}
    page = (workspace.feedback("ada", "first") / "Alpha.html").read_text()
    assert "Nearly <strong>all</strong> of it." in page
    assert "it works: no" in page
    row = next(csv.DictReader(export(workspace, small).open()))
    assert (row["questions"], row["total"], row["max"], row["to_grade"]) == ("4.5", "9.5", "13.0", "1")


LATE = """
from nbgrader.plugins import BasePlugin


class Half(BasePlugin):
    def late_submission_penalty(self, student_id, score, total_seconds_late):
        return score / 2
"""


def test_late_penalties_are_nbgraders(workspace: Workspace, small: Course, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Do deadline, time stamp and a plugin named in nbgrader_local.py give the penalty, and does the export subtract it?"""
    (tmp_path / "late_plugin_of_a_test.py").write_text(LATE)
    monkeypatch.syspath_prepend(str(tmp_path))
    (workspace.root / "nbgrader_local.py").write_text(
        'c = get_config()\nc.AssignLatePenalties.plugin_class = "late_plugin_of_a_test.Half"\n'
    )
    with nbgrader_api.gradebook(workspace) as book:
        book.update_or_create_assignment("first", duedate=datetime(2026, 5, 4, 12))
    for student, day in (("ada", 3), ("ben", 5)):
        marks(workspace, student, 2, 3, 2)
        (workspace.submitted(student, "first") / "timestamp.txt").write_text(f"2026-05-0{day} 11:00:00 UTC")
    grade(workspace, small, "first", grader=fake)
    rows = {r["student"]: r for r in csv.DictReader(export(workspace, small).open())}
    assert (rows["ada"]["total"], rows["ada"]["late_penalty"]) == ("7.0", "0.0")
    assert (rows["ben"]["total"], rows["ben"]["late_penalty"]) == ("3.5", "3.5")


def test_extension_changes_the_mark_without_grading_again(workspace: Workspace, small: Course) -> None:
    """If only the time stamp changed, is the gradebook updated without running the engine again?"""
    marks(workspace, "ada", 2, 3, 2)
    grade(workspace, small, "first", grader=fake)
    (workspace.submitted("ada", "first") / "timestamp.txt").write_text("2026-05-05 11:00:00 UTC")
    CALLS.clear()
    assert grade(workspace, small, "first", grader=fake).rows[0].fresh
    assert "ada" not in CALLS


def test_links_put_there_by_hand_are_moved_out(workspace: Workspace, small: Course) -> None:
    """Do links in a submission copy no secret into the graded copy or the feedback?"""
    marks(workspace, "ada", 2, 3, 2)
    os.symlink(workspace.root / "seed", workspace.submitted("ada", "first") / "innocent.txt")
    report = grade(workspace, small, "first", grader=fake)
    assert not report.failures
    assert not (workspace.autograded("ada", "first") / "innocent.txt").exists()
    assert list((workspace.earlier / "ada" / "first" / "refused").iterdir())
    assert "innocent.txt" in (workspace.autograded("ada", "first") / "Alpha.ipynb").read_text().replace("\\\\", "")


def nbgrader(workspace: Workspace, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run one of nbgrader's own commands in the workspace, without the environment's programs on PATH."""
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(workspace.root.parent), "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-m", "nbgrader", *arguments]
    return subprocess.run(command, cwd=workspace.root, env=environment, capture_output=True, text=True, timeout=120)


@pytest.mark.whole
def test_nbgraders_commands_are_the_same_engine(workspace: Workspace, small: Course) -> None:
    """Does plain `nbgrader autograde` give the marks of `autograder grade`, and does its export work?"""
    marks(workspace, "ada", 2, 1, 0)
    marks(workspace, "ben", 0, 0, 2)
    results = Results(workspace, small, fake)
    for student in ("ada", "ben"):
        results.ensure(student, "first")
    done = nbgrader(workspace, "autograde", "first")
    assert done.returncode == 0, done.stderr
    with nbgrader_api.gradebook(workspace) as book:
        assert {s: book.find_submission("first", s).score for s in ("ada", "ben")} == {"ada": 3.0, "ben": 2.0}
    done = nbgrader(workspace, "export", "--to", "all.csv")
    assert done.returncode == 0, done.stderr
    rows = {r["student_id"]: r for r in csv.DictReader((workspace.root / "all.csv").open())}
    assert float(rows["ada"]["score"]) == 3.0


def test_nbgrader_without_the_autograder_grades_nothing(workspace: Workspace, small: Course) -> None:
    """Does an environment without our stage stop instead of executing student code?"""
    marks(workspace, "ada", 2, 1, 0)
    (workspace.root / "autograder.py").write_text("raise ImportError\n")
    done = nbgrader(workspace, "autograde", "first")
    assert done.returncode != 0
    assert "make setup" in done.stderr
    assert not workspace.autograded("ada", "first").exists()


def test_formgraders_button_is_the_same_engine(workspace: Workspace, small: Course) -> None:
    """Does nbgrader's API list assignments and submissions, and does its autograde give our marks?"""
    marks(workspace, "ada", 2, 1, 0, answers={"alpha-why": "Because."})
    Results(workspace, small, fake).ensure("ada", "first")
    api = nbgrader_api.api(workspace)
    assert [a["name"] for a in api.get_assignments()] == ["first"]
    assert nbgrader_api.run(workspace, "autograde", lambda: api.autograde("first", "ada"))["success"]
    submission = api.get_submission("first", "ada")
    assert (submission["score"], submission["needs_manual_grade"]) == (3.0, True)
    assert [n["name"] for n in api.get_notebooks("first")] == ["Alpha", "Beta"]
    assert api.get_notebook_submissions("first", "Alpha")[0]["student"] == "ada"


def test_feedback_with_a_secret_is_not_released(workspace: Workspace, small: Course) -> None:
    """Is feedback that would show a solution, a hidden check or the seed kept back, with the others released?"""
    marks(workspace, "ada", 2, 3, 2)
    marks(workspace, "ben", 2, 3, 2)
    grade(workspace, small, "first", grader=fake)
    page = workspace.autograded("ada", "first") / "Alpha.ipynb"
    page.chmod(0o644)
    page.write_text(page.read_text().replace("hand in", f"seed {workspace.seed()}"))
    done = feedback(workspace, small, "first")
    assert done.written == ["ben"]
    assert "seed" in done.failures["ada"]
    assert not workspace.feedback("ada", "first").exists()


def test_an_error_in_one_folder_does_not_delay_others(workspace: Workspace, small: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    """If anything goes wrong with the pages of one student, are only these pages kept back?"""
    marks(workspace, "ada", 2, 3, 2)
    marks(workspace, "ben", 2, 3, 2)
    grade(workspace, small, "first", grader=fake)

    def stumbles(course: Course, folder: Path, seed: int, own: Path) -> list[str]:
        if "ada" in folder.parts:
            raise RecursionError("too deep")
        return leaks(course, folder, seed, own)

    monkeypatch.setattr("autograder.outgoing.feedback.leaks", stumbles)
    done = feedback(workspace, small, "first")
    assert done.written == ["ben"]
    assert "RecursionError" in done.failures["ada"]
    assert not workspace.feedback("ada", "first").exists()


def test_own_code_is_not_a_leak(workspace: Workspace, small: Course) -> None:
    """Does a student who wrote exactly the reference's line get feedback that shows it?"""
    hand_in(workspace, "ada", {"coursenn/layers.py": "# marks: 2 3 2\n" + small.reference("layers.py").read_text()})
    grade(workspace, small, "first", grader=fake)
    assert feedback(workspace, small, "first").written == ["ada"]


def test_archive_in_a_submission_is_left_packed(workspace: Workspace, small: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    """Is feedback on a student's own line given without unpacking the other files, which could be a bomb?"""
    line = next(s.text for s in secrets(small) if s.kind == "solution")
    marks(workspace, "ada", 2, 3, 2)
    with zipfile.ZipFile(workspace.submitted("ada", "first") / "notes.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb", bytes(1 << 20))
    grade(workspace, small, "first", grader=fake)
    for page in (workspace.submitted("ada", "first") / "Alpha.ipynb", workspace.autograded("ada", "first") / "Alpha.ipynb"):
        page.chmod(0o644)
        page.write_text(page.read_text().replace("hand in", json.dumps(f"hand in {line}")[1:-1]))
    assert leaks(small, workspace.autograded("ada", "first"), workspace.seed())
    monkeypatch.setattr(zipfile.ZipFile, "read", lambda *_: pytest.fail("it was unpacked"))
    assert feedback(workspace, small, "first").written == ["ada"]
    assert line in (workspace.feedback("ada", "first") / "Alpha.html").read_text().replace(" ", "")


def test_feedback_goes_back_through_the_exchange(workspace: Workspace, small: Course) -> None:
    """Can a student who used nbgrader's submit fetch the pages, and does a hand-in through an LMS do no harm?"""
    marks(workspace, "ada", 2, 3, 2)
    marks(workspace, "ben", 2, 3, 2)
    folder = workspace.submitted("ada", "first")
    (folder / "timestamp.txt").write_text("2026-05-05 11:00:00 UTC")
    (folder / "submission_secret.txt").write_text("word")
    grade(workspace, small, "first", grader=fake)
    done = feedback(workspace, small, "first")
    assert (done.written, done.released) == (["ada", "ben"], ["ada"])
    # Two notebooks, and the page about all of the work.
    assert len(list((workspace.exchange / "small" / "feedback").glob("*.html"))) == 3


def test_who_gets_no_page_of_their_own_is_named(workspace: Workspace, small: Course) -> None:
    """If a result has disappeared, does a message say whose it was and what to do?"""
    for student in ("ada", "ben"):
        marks(workspace, student, 2, 3, 2)
    grade(workspace, small, "first", grader=fake)
    results = Results(workspace, small)
    results.path(results.key("ben", "first")).unlink()
    done = feedback(workspace, small, "first")
    assert (done.written, done.unexplained) == (["ada", "ben"], ["ben"])
    code, output = autograder("feedback", "--workspace", str(workspace.root))
    assert code == 1
    assert "ben: there is no result" in output
    assert "Run `autograder grade first`" in output


def autograder(*arguments: str) -> tuple[int, str]:
    """Run the command line without a process."""
    result = CliRunner().invoke(main, arguments)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.output


def test_commands_and_their_exit_statuses(workspace: Workspace, small: Course, tmp_path: Path) -> None:
    """Do the commands work, with status 0 for done, 1 for findings and 2 for misuse?"""
    here = ("--workspace", str(workspace.root))
    assert autograder("grade", "--workspace", str(tmp_path / "nowhere"))[0] == 2
    assert not (tmp_path / "nowhere").exists()
    assert autograder("grade", "second", *here)[0] == 2
    assert autograder("grade", "first", *here)[0] == 1
    folder = tmp_path / "download"
    (folder / "ada" / "coursenn").mkdir(parents=True)
    (folder / "ada" / "coursenn" / "layers.py").write_text(WRONG_BACKWARD)
    assert autograder("collect", "--from", str(folder), *here) == (0, "ada: new\n1 new\n")
    (folder / "nobodys").write_text("?")
    assert autograder("collect", "--from", str(folder), *here)[0] == 1
    code, output = autograder("grade", "--unsafe-no-sandbox", *here)
    assert code == 0
    assert "relu-backward" in output
    code, output = autograder("grade", "--unsafe-no-sandbox", "--only", "nobody", *here)
    assert code == 1
    assert "no submission of first by nobody" in output
    assert autograder("feedback", *here)[0] == 0
    assert autograder("export", *here)[0] == 0
    code, output = autograder("report", *here)
    assert code == 0
    assert "relu-backward" in output
    assert autograder("collect", "--pattern", "x", *here)[0] == 2
    assert autograder("release", "--due", "soon", *here)[0] == 2
    code, output = autograder("release", "--due", "2026-10-01 23:59 +0200", *here)
    assert code == 0
    assert "deadline of first: 2026-10-01 21:59 UTC (course.toml states no timezone)\n" in output
