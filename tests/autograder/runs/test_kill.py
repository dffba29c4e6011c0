"""After SIGKILL to the whole command at any moment, the next run ends with the marks of an undisturbed one."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from autograder.manifest import Course
from autograder.runs.grade import grade
from autograder.workspace.opening import open_workspace
from autograder.workspace.workspace import Workspace
from tests.autograder.marks import documents_of, grade_by_hand, marks_of
from tests.autograder.small_course import RIGHT_LAYERS, WRONG_BACKWARD, hand_in

STUDENTS = 8
UNSAFE = ["--unsafe-no-sandbox"]


def start(workspace: Workspace, *options: str) -> subprocess.Popen[str]:
    """Start `autograder grade` in a process group of its own."""
    command = [sys.executable, "-m", "autograder", "grade", "--workspace", str(workspace.root), "--jobs", "2", *UNSAFE, *options]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True)


def kill(process: subprocess.Popen[str]) -> None:
    """End the whole group at once, as the out-of-memory killer or a power cut would."""
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


def run(workspace: Workspace) -> str:
    """Grade undisturbed; return the output."""
    process = start(workspace)
    output, _ = process.communicate(timeout=300)
    assert process.returncode == 0, output
    return output


@pytest.fixture(scope="module")
def undisturbed(small: Course, released_once: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, float]:
    """A class with manual grades of an earlier attempt before grading, the same class after it, and the time that it took."""
    before = tmp_path_factory.mktemp("killed") / "before"
    shutil.copytree(released_once, before, symlinks=True)
    workspace = open_workspace(before, small)
    for n in range(STUDENTS):
        files = {"coursenn/layers.py": (RIGHT_LAYERS, WRONG_BACKWARD)[n % 2] + f"\n# {n}\n"}
        hand_in(workspace, f"s{n}", files, answers={"alpha-why": f"Because of {n}.", "beta-why": "Therefore."})
    early = ["s0", "s1", "s2"]
    grade(workspace, small, "first", only=early, unsafe=True, jobs=1)
    for student in early:
        grade_by_hand(workspace, student, "alpha-why", score=3.0, comment="Well reasoned.")
        hand_in(
            workspace, student, {"coursenn/layers.py": WRONG_BACKWARD + "\n# again\n"}, answers={"alpha-why": f"Because of {student[1]}."}
        )
    after = before.with_name("after")
    shutil.copytree(before, after, symlinks=True)
    started = time.monotonic()
    run(open_workspace(after, small))
    return before, after, time.monotonic() - started


def graded_copies(workspace: Workspace) -> dict[str, bytes]:
    """Return the files that the formgrader shows, without anything that a kill could have left next to them."""
    folder = workspace.root / "autograded"
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def same_as_undisturbed(small: Course, killed: Workspace, after: Path) -> None:
    """Assert that documents, gradebook and graded copies equal those of the undisturbed run."""
    expected = open_workspace(after, small)
    assert marks_of(killed) == marks_of(expected)
    assert documents_of(killed, small) == documents_of(expected, small)
    assert graded_copies(killed) == graded_copies(expected)


def prove_rounds() -> list[int]:
    """Two moments, or twenty at full size."""
    return list(range(20 if os.environ.get("COURSENN_PROVE") else 2))


@pytest.mark.parametrize("number", prove_rounds())
def test_killed_at_a_random_moment(number: int, undisturbed: tuple[Path, Path, float], small: Course, tmp_path: Path) -> None:
    """Does a run after SIGKILL give exactly the marks, comments and copies of an undisturbed run, including finished manual grading?"""
    before, after, took = undisturbed
    shutil.copytree(before, tmp_path / "class", symlinks=True)
    workspace = open_workspace(tmp_path / "class", small)
    seed = int.from_bytes(os.urandom(4), "big")
    draw = random.Random(seed)
    # The first moment is arbitrary; the others are after the first result was stored, when there is something to lose.
    if number == 0:
        moment, begin = draw.uniform(0, took), None
    else:
        moment, begin = draw.uniform(0, took / 3), lambda: graded_anew(workspace, before)
    print(f"seed {seed}: killed after {moment:.3f} s")
    process = start(workspace)
    wait_until(process, begin)
    time.sleep(moment)
    kill(process)
    assert not grade(workspace, small, "first", unsafe=True, jobs=2).failures
    same_as_undisturbed(small, workspace, after)


def graded_anew(workspace: Workspace, before: Path) -> bool:
    """Return whether a new result has been stored."""
    return len(list(workspace.results.glob("??/*.json"))) > len(list((before / "results").glob("??/*.json")))


def wait_until(process: subprocess.Popen[str], holds: Callable[[], bool] | None) -> None:
    """Wait for a condition, or for the end of the process."""
    while holds is not None and not holds() and process.poll() is None:
        time.sleep(0.005)


STEPS = ["after the rows", "between the copies", "before it is remembered", "in nbgrader's command"]
"""Where a write stops: scores written, the old copy moved out, the new one in place; and scores written by `nbgrader autograde`."""

DIES = """
    import os, signal, sys
    from autograder.gradebook import graded_copy
    from autograder.gradebook.write_result import ResultWriter
    from autograder.results.store import Results
    from autograder.runs.grade import grade
    from autograder.workspace import nbgrader_api
    from autograder.workspace.opening import open_workspace

    step = sys.argv[2]
    deaths = 0

    def die(*_, **__):
        os.killpg(0, signal.SIGKILL)

    def after(owner, name, count):
        original = getattr(owner, name)
        def wrapped(*a, **k):
            global deaths
            found = original(*a, **k)
            deaths += 1
            if deaths == count:
                die()
            return found
        setattr(owner, name, wrapped)

    if __name__ == "__main__":
        workspace = open_workspace(sys.argv[1])
        course = workspace.course()
        if step == "after the rows":
            after(ResultWriter, "_write_notebooks", 2)
        elif step == "between the copies":
            after(graded_copy.os, "rename", 3)
        elif step == "before it is remembered":
            after(ResultWriter, "write", 2)
        else:
            results = Results(workspace, course)
            for student in workspace.students("first"):
                results.ensure(student, "first", unsafe=True)
            after(ResultWriter, "_write_notebooks", 2)
            api = nbgrader_api.api(workspace)
            sys.exit(str(nbgrader_api.run(workspace, "autograde", lambda: api.autograde("first", "*"))))
        grade(workspace, course, "first", unsafe=True, jobs=1)
"""


@pytest.mark.parametrize("step", [STEPS[0], *(pytest.param(step, marks=pytest.mark.whole) for step in STEPS[1:])])
def test_killed_while_it_is_entered(step: str, undisturbed: tuple[Path, Path, float], small: Course, tmp_path: Path) -> None:
    """If entering a result is stopped between any two steps: does the next run enter it completely?"""
    before, after, _ = undisturbed
    shutil.copytree(before, tmp_path / "class", symlinks=True)
    workspace = open_workspace(tmp_path / "class", small)
    script = tmp_path / "dies.py"
    script.write_text(textwrap.dedent(DIES))
    process = subprocess.run([sys.executable, str(script), str(workspace.root), step], start_new_session=True, capture_output=True)
    assert process.returncode == -signal.SIGKILL, process.stderr
    assert not grade(workspace, small, "first", unsafe=True, jobs=2).failures
    same_as_undisturbed(small, workspace, after)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_asked_to_stop(number: int, undisturbed: tuple[Path, Path, float], small: Course, tmp_path: Path) -> None:
    """Do Ctrl-C and SIGTERM end with status 130 and say how to continue, and does continuing give the marks of an undisturbed run?"""
    before, after, _ = undisturbed
    shutil.copytree(before, tmp_path / "class", symlinks=True)
    workspace = open_workspace(tmp_path / "class", small)
    process = start(workspace)
    wait_until(process, lambda: graded_anew(workspace, before))
    os.killpg(process.pid, number)  # a terminal sends it to the whole group
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 130, output
    assert "Traceback" not in output
    assert "run the same command again to go on" in output
    assert "0 had not changed" not in run(workspace)
    same_as_undisturbed(small, workspace, after)
