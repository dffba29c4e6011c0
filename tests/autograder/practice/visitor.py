"""Runs the Python code of the practice page's worker outside a browser."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from autograder.intake.reference import reference_path
from autograder.manifest import Course
from autograder.mistakes import load_mistakes, substitute
from autograder.practice.site import PAGE

SERVE = """
import sys
sys.path[:0] = [{folder!r}, {page!r}]
import in_browser
for line in sys.stdin:
    print(in_browser.answer(line))
"""


def answers(package: Path, folder: Path, requests: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Answer requests one after the other in one process.

    Parameters
    ----------
    package : the released package, which is copied.
    folder : a folder to work in.
    """
    shutil.copytree(package, folder / "coursenn", ignore=shutil.ignore_patterns("__pycache__", "*.so"))
    command = [sys.executable, "-P", "-c", SERVE.format(folder=str(folder), page=str(PAGE))]
    lines = "".join(json.dumps(request) + "\n" for request in requests)
    done = subprocess.run(command, input=lines, capture_output=True, text=True, cwd=folder)
    assert not done.returncode, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def finished(course: Course) -> dict[str, str]:
    """The editable files of the reference."""
    package = reference_path(course) / "coursenn"
    return {name: (package / name).read_text(encoding="utf-8") for name in course.editable}


def check(task: str, files: dict[str, str]) -> dict[str, Any]:
    """A request for a check."""
    return {"call": "check", "task": task, "files": files}


def wrong_functions(course: Course, count: int) -> list[tuple[str, dict[str, str]]]:
    """The first mistake of ``count`` tasks in the catalogue: each task with the finished files that have this mistake."""
    right = finished(course)
    found: dict[str, dict[str, str]] = {}
    for mistake in load_mistakes(course):
        if mistake.task not in found and "in-place" not in mistake.tags:
            found[mistake.task] = {**right, mistake.file: substitute(right[mistake.file], mistake)}
    return list(found.items())[:count]
