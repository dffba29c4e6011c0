"""After SIGKILL to `collect` at any moment, the next run ends with the files of an undisturbed run."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from autograder.collect.download import collect_download
from autograder.intake.digest import submission_digest
from autograder.manifest import Course
from autograder.paths import REPOSITORY
from autograder.workspace import nbgrader_api
from autograder.workspace.opening import open_workspace
from autograder.workspace.workspace import Workspace
from tests.autograder.collect.downloads import NOON, Hand, blackboard, write_zip
from tests.autograder.small_course import RIGHT_LAYERS, zipped


def hand(login: str, hours: int, text: str = RIGHT_LAYERS) -> Hand:
    """Write an attempt of one student, with work or with something else."""
    name, content = ("work.zip", zipped({"coursenn/layers.py": f"{text}# {hours}\n"})) if text else ("photo.jpg", b"\xff\xd8\xff")
    return Hand(login, login, "Roe", 1, ((name, content),), NOON + timedelta(hours=hours))


FIRST = [hand("ada", 1), hand("ben", 1), hand("cem", 1, "")]
SECOND = [*FIRST, hand("ada", 0), hand("ada", 2), hand("ben", 2, ""), hand("cem", 0), hand("dan", 3), hand("eve", 3, "")]


@pytest.fixture(scope="module")
def undisturbed(small: Course, released_once: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Path]:
    """A class after one collection, the next download, and the class after collecting that."""
    before = tmp_path_factory.mktemp("collect") / "before"
    shutil.copytree(released_once, before, symlinks=True)
    source = write_zip(before.with_name("second.zip"), blackboard(SECOND))
    collect_download(open_workspace(before, small), small, "first", write_zip(before.with_name("first.zip"), blackboard(FIRST)))
    after = before.with_name("after")
    shutil.copytree(before, after, symlinks=True)
    collect(open_workspace(after, small), source)
    return before, source, after


def collect(workspace: Workspace, source: Path) -> None:
    """Collect the second download, with a roster."""
    class_list = source.with_name("class.csv")
    class_list.write_text("id\nada\nben\ncem\ndan\neve\nfay\n")
    collect_download(workspace, workspace.course(), "first", source, roster=class_list)


def state(workspace: Workspace) -> tuple[dict[str, bytes], Counter[tuple[str, str]], list[str]]:
    """Return everything that collecting writes: files that count, earlier attempts whatever their folder's name, students."""
    root = workspace.root
    found = [p for top in ("submitted", "collected", "roster.csv") for p in (root / top, *(root / top).rglob("*")) if p.is_file()]
    earlier = Counter((p.parent.parent.name, submission_digest(p)) for p in root.glob("earlier/*/first/*"))
    with nbgrader_api.gradebook(workspace) as book:
        students = sorted(s.id for s in book.students)
    assert not list(root.glob(".incoming-*"))
    return {p.relative_to(root).as_posix(): p.read_bytes() for p in found}, earlier, students


def test_killed_at_every_step(undisturbed: tuple[Path, Path, Path], small: Course, tmp_path: Path) -> None:
    """If a run is stopped before or after any rename or write, does the next run end with the files of an undisturbed one?"""
    before, source, after = undisturbed
    expected = state(open_workspace(after, small))
    # All steps under COURSENN_PROVE, otherwise every 57th: that is odd, so that moments before and after a write alternate.
    stride = "1" if os.environ.get("COURSENN_PROVE") else "57"
    places = [before, source, source.with_name("class.csv"), tmp_path]
    done = subprocess.run(
        [sys.executable, "-m", "tests.autograder.collect.stepwise", *map(str, places), stride],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    steps = sorted(tmp_path.iterdir(), key=lambda path: int(path.name))
    assert int(steps[-1].name) > 40
    for step in steps:
        workspace = open_workspace(step, small)
        collect(workspace, source)
        assert state(workspace) == expected, f"step {step.name}"


@pytest.mark.parametrize("number", range(20 if os.environ.get("COURSENN_PROVE") else 1))
def test_killed_at_a_random_moment(number: int, small: Course, released_once: Path, tmp_path: Path) -> None:
    """After SIGKILL to the command itself, in the middle of a larger download: does running it again give the same files?"""
    hands = [replace(hand(f"s{n}", h), number=n) for n in range(60) for h in (1, 0)]
    source = write_zip(tmp_path / "large.zip", blackboard(hands))
    for name in ("killed", "undisturbed"):
        shutil.copytree(released_once, tmp_path / name, symlinks=True)
        open_workspace(tmp_path / name, small)
    command = [sys.executable, "-m", "autograder", "collect", "--from", str(source), "--workspace"]
    collect_download(open_workspace(tmp_path / "undisturbed", small), small, "first", source)
    workspace = open_workspace(tmp_path / "killed", small)
    seed = int.from_bytes(os.urandom(4), "big")
    draw = random.Random(seed)
    # After this many students and a part of one more, every machine is in the middle of the collection.
    students, more = draw.randint(1, 40), draw.uniform(0, 0.005)
    print(f"seed {seed}: killed {more:.4f} s after {students} students")
    process = subprocess.Popen(
        [*command, str(workspace.root)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    while len(list(workspace.root.glob("collected/first/*.json"))) < students and process.poll() is None:
        time.sleep(0.001)
    time.sleep(more)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert len(workspace.students("first")) < 60
    again = subprocess.run([*command, str(workspace.root)], capture_output=True, text=True)
    assert again.returncode == 0, again.stdout + again.stderr
    assert state(workspace) == state(open_workspace(tmp_path / "undisturbed", small))
