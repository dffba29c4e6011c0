"""Plays the class: every student gets the release, works, and hands in with the tools that students have."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import nbformat

from autograder.demo.sample_class import Student, hand_written
from autograder.manifest import Course
from autograder.workspace.workspace import Workspace

NBGRADER = """
from autograder.startup import skip_unused_grammars
skip_unused_grammars()
from nbgrader.apps.nbgraderapp import main
main()
"""
"""The `nbgrader` command, which starts in half the time without grammars that no notebook needs."""
ANSWER = "An answer of a few sentences, which a person reads and grades in the formgrader."


class DemoError(Exception):
    """A step of the demo failed; the message holds its output."""


def work(course: Course, student: Student, released: Path, folder: Path) -> None:
    """Turn a fresh copy of the release into what this student hands in."""
    shutil.copytree(released, folder)
    for name, text in hand_written(course, student).items():
        (folder / "coursenn" / name).write_text(text, encoding="utf-8")
    if student.finished:
        _answer(course, folder)
    if student.models:
        for model in course.models:
            (folder / model).parent.mkdir(exist_ok=True)
            shutil.copy(course.root / "solutions" / model, folder / model)
    if student.damage:
        student.damage(folder)


def _answer(course: Course, folder: Path) -> None:
    questions = {q.id for q in course.questions}
    for path in sorted(folder.glob("*.ipynb")):
        notebook = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
        for cell in notebook.cells:
            if cell.metadata.get("nbgrader", {}).get("grade_id") in questions:
                cell.source = ANSWER
        nbformat.write(notebook, path)  # type: ignore[no-untyped-call]


def submit_to_exchange(workspace: Workspace, course: Course, student: Student, folder: Path) -> None:
    """Hand in as on a shared server, with `nbgrader submit`."""
    options = ["--student", student.id, "--course", course.name, f"--Exchange.root={workspace.exchange}"]
    _run([sys.executable, "-c", NBGRADER, "submit", folder.name, *options], folder.parent)


def pack_for_upload(folder: Path, target: Path) -> None:
    """Pack as for an LMS, with ``python -m coursenn submit`` in the student's own folder."""
    _run([sys.executable, "-m", "coursenn", "submit", ".", "--output", str(target), "--yes", "--no-checks"], folder, findings=True)


def bulk_download(packed: dict[str, Path], target: Path) -> None:
    """What an LMS gives an instructor: one archive with every student's archive in it."""
    with zipfile.ZipFile(target, "w") as archive:
        for number, (student, path) in enumerate(sorted(packed.items()), start=1):
            archive.write(path, f"{student}_{4700 + number}_{99000 + number}_coursenn-submission.zip")


def _run(command: list[str], folder: Path, findings: bool = False) -> None:
    # The interpreter's own folder comes first on the path, as in an activated environment.
    env = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "COURSENN_COURSE")}
    env["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), env.get("PATH", "")])
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True)
    if done.returncode > findings:
        raise DemoError(f"{' '.join(command[1:4])} in {folder.name} failed:\n{done.stdout}{done.stderr}")
