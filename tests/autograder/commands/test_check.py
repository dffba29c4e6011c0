"""Does `autograder check` print, write and exit as documented?"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from autograder.cli import main
from autograder.commands import check as check_command
from autograder.engine.catalogue import CatalogueError, checks_of
from autograder.engine.expectations import expectations
from autograder.engine.grade import grade_submission
from autograder.intake.reference import reference_path
from autograder.manifest import Course, load_course
from autograder.sandbox import sandbox
from tests.autograder.mini_course import LAYER_UTILS, LAYERS, NET, write


def check(mini: Course, unsafe: bool, *words: str) -> Result:
    """Run the command on the miniature course."""
    return CliRunner().invoke(main, ["check", "--course", str(mini.path), *(["--unsafe-no-sandbox"] if unsafe else []), *words])


def test_full_marks_are_status_0(mini: Course, unsafe: bool, tmp_path: Path) -> None:
    """Does right work give status 0, with the document written?"""
    write(tmp_path / "s" / "coursenn", {"layers.py": LAYERS})
    done = check(mini, unsafe, str(tmp_path / "s"), "--task", "cube-forward", "--json", str(tmp_path / "out.json"))
    assert done.exit_code == 0, done.output
    document = json.loads((tmp_path / "out.json").read_text())
    assert [t["id"] for t in document["tasks"]] == ["cube-forward"]
    assert "4 of 4 points" in done.output


def test_lost_marks_are_status_1(mini: Course, unsafe: bool, tmp_path: Path) -> None:
    """Does a mistake show its first failing check, with the exit status 1?"""
    write(
        tmp_path / "s" / "coursenn",
        {"layers.py": LAYERS.replace("x**3", "-(x**3)"), "layer_utils.py": LAYER_UTILS, "classifiers/net.py": NET},
    )
    done = check(mini, unsafe, str(tmp_path / "s"))
    assert done.exit_code == 1
    assert "cube-forward" in done.output
    assert "sign is" in done.output


def test_not_gradable_is_status_1(mini: Course, unsafe: bool, tmp_path: Path) -> None:
    """Does the message say that a file is not a submission?"""
    (tmp_path / "s.zip").write_bytes(b"nothing")
    done = check(mini, unsafe, str(tmp_path / "s.zip"))
    assert done.exit_code == 1
    assert "not gradable" in done.output


@pytest.mark.parametrize("words", [["--task", "no-such-task"], ["--assignment", "no-such"], ["--course", "no-such"]])
def test_misuse_is_status_2(mini: Course, unsafe: bool, tmp_path: Path, words: list[str]) -> None:
    """Does the message about an unknown task or assignment list the known ones?"""
    write(tmp_path / "s" / "coursenn", {"layers.py": LAYERS})
    done = check(mini, unsafe, str(tmp_path / "s"), *words)
    assert done.exit_code == 2


def test_no_sandbox_is_status_2_with_the_cure(mini: Course, tmp_path: Path, broken_sandbox: Callable[[], None]) -> None:
    """Is grading without a sandbox refused with advice and nothing written?"""
    broken_sandbox()
    write(tmp_path / "s" / "coursenn", {"layers.py": LAYERS})
    done = check(mini, False, str(tmp_path / "s"), "--json", str(tmp_path / "out.json"))
    assert done.exit_code == 2
    assert "AppArmor" in done.output
    assert not (tmp_path / "out.json").exists()


def test_doctor_names_what_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Does `doctor` exit with 1 and say what to do if there is no sandbox?"""
    monkeypatch.setattr(sandbox, "problem", lambda: sandbox.CURE_MISSING)
    done = CliRunner().invoke(main, ["doctor"])
    assert done.exit_code == 1
    assert "bubblewrap" in done.output
    assert "refused" in done.output


def test_a_check_that_fails_on_the_reference_gives_no_verdict(tmp_path: Path, mini: Course) -> None:
    """Is a hidden check that fails on the reference blamed on the course, never on the student?"""
    broken = next(c for c in checks_of(mini, mini.task("cube-forward")))
    other = type(broken)(broken.task, "a broken check", "", 1.0, lambda s: s.compare("x", s.call("layers.nothing")))
    with pytest.raises(CatalogueError, match=r"a broken check.*fails on the reference"):
        expectations(reference_path(mini), 1).of(other)


def test_console_has_no_markup_of_students(mini: Course, unsafe: bool, tmp_path: Path) -> None:
    """Is text from student code printed as text, not as console markup?"""
    raising = LAYERS.replace("    return x**3, x\n", "    raise ValueError('[bold]loud[/bold] [/]')\n")
    write(tmp_path / "s" / "coursenn", {"layers.py": raising})
    result = grade_submission(tmp_path / "s", mini, "mini", 1, unsafe_no_sandbox=unsafe, tasks=["cube-forward"])
    check_command.show(result)
    assert "[bold]loud[/bold] [/]" in result.to_json()


@pytest.mark.sandbox
def test_reference_of_this_course_has_full_marks_and_stubs_none(course: Course, unsafe: bool, tmp_path: Path) -> None:
    """Does the real course pass its canaries: full marks for the reference, 0 for untouched stubs?"""
    package = tmp_path / "stubs" / "coursenn"
    for name in course.editable:
        (package / name).parent.mkdir(parents=True, exist_ok=True)
        (package / name).write_bytes(course.stub(name).read_bytes())
    for assignment in load_course().assignments:
        full = grade_submission(course.root / "solutions", course, assignment, "canary", unsafe_no_sandbox=unsafe)
        lost = {t.id: [(c.name, c.message) for c in t.checks if not c.passed] for t in full.tasks if t.score < t.max_score}
        assert lost == {}
        none = grade_submission(tmp_path / "stubs", course, assignment, "canary", unsafe_no_sandbox=unsafe)
        assert {t.id: t.score for t in none.tasks if t.score} == {}
        assert {t.verdict for t in none.tasks} <= {"not_attempted", "missing"}
