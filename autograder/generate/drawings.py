"""What the book draws and runs with the reference: the figures of ``book/figures`` and the pages' code cells."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from autograder.intake.reference import reference_path
from autograder.manifest import Course


def environment(course: Course) -> dict[str, str]:
    """Variables under which a script of the book, or the kernel of a page, imports the reference as ``coursenn``."""
    return {
        **os.environ,
        "PYTHONPATH": str(reference_path(course)),
        "MPLBACKEND": "Agg",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "COURSENN_DATA": "embedded",
    }


def with_execution(settings: dict[str, Any]) -> dict[str, Any]:
    """Settings of a Jupyter Book under which code cells of chapters run, each page when the text of its cells has changed.

    Notebooks stay as students get them, without outputs. A cell that fails or warns fails the build.
    """
    execute = {"execute_notebooks": "cache", "exclude_patterns": ["course/notebooks/*"], "timeout": 120, "stderr_output": "error"}
    return {**settings, "execute": {**settings.get("execute", {}), **execute}}


def draw_figures(course: Course) -> None:
    """Run each script of ``book/figures`` whose picture is missing or made from other sources: script, style, results, reference.

    A script draws its picture beside itself, under its own name. The pictures are not kept in the repository.

    Raises
    ------
    OSError
        When a script fails; its own message is on stderr.
    """
    folder = course.root.parent / "book" / "figures"
    scripts = sorted(path for path in folder.glob("*.py") if not path.name.startswith("_"))
    shared = "".join(path.read_text(encoding="utf-8") for path in sorted([*folder.glob("_*.py"), *folder.parent.glob("recorded/*.txt")]))
    reference = reference_path(course).name
    for script in scripts:
        key = hashlib.sha256(f"{script.read_text(encoding='utf-8')}\0{shared}\0{reference}".encode()).hexdigest()
        stamp, picture = script.with_suffix(".key"), script.with_suffix(".svg")
        if picture.is_file() and stamp.is_file() and stamp.read_text(encoding="utf-8") == key:
            continue
        if subprocess.run([sys.executable, str(script)], env=environment(course)).returncode:
            raise OSError(f"{script} cannot draw its figure")
        stamp.write_text(key, encoding="utf-8")


def make_interactives(course: Course) -> None:
    """Make each page of ``book/interactive`` and its still picture, where something they are made of differs.

    Raises
    ------
    OSError
        When one cannot be made; its own message is on stderr.
    """
    base = course.root.parent / "book" / "interactive"
    reference = reference_path(course).name
    shared = _contents([*sorted(base.glob("_*")), base.parent / "figures" / "_style.py"])
    for folder in sorted(path for path in base.glob("*") if (path / "data.py").is_file()):
        key = hashlib.sha256(f"{_contents(sorted(folder.iterdir()))}\0{shared}\0{reference}".encode()).hexdigest()
        stamp = folder.with_suffix(".key")
        made = [folder.with_suffix(".html"), folder.with_suffix(".svg")]
        if all(path.is_file() for path in made) and stamp.is_file() and stamp.read_text(encoding="utf-8") == key:
            continue
        if subprocess.run([sys.executable, str(base / "_make.py"), str(folder)], env=environment(course)).returncode:
            raise OSError(f"{folder} cannot be made")
        stamp.write_text(key, encoding="utf-8")


def _contents(paths: list[Path]) -> str:
    return "\0".join(path.read_text(encoding="utf-8") for path in paths if path.is_file())


def forget_other_reference(course: Course, output: Path) -> None:
    """Drop what was built with another reference: the outputs of code cells are kept only by the text of the cells."""
    stamp, reference = output / ".reference", reference_path(course).name
    if not stamp.is_file() or stamp.read_text(encoding="utf-8") != reference:
        shutil.rmtree(output / "_build", ignore_errors=True)
        output.mkdir(parents=True, exist_ok=True)
        stamp.write_text(reference, encoding="utf-8")
