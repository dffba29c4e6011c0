"""What the book draws and runs with the reference: the figures in ``book/figures`` and the code cells of pages."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograder.generate.code_digest import code_digest
from autograder.intake.reference import reference_path
from autograder.manifest import Course
from autograder.processes import cores

RUNNER = Path(__file__).with_name("run_scripts.py")


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
    """Settings of a Jupyter Book that run the code cells of chapters, for each page when the text of its cells has changed.

    Notebooks stay as students get them, without outputs. A cell that fails or warns makes the build fail.
    """
    execute = {"execute_notebooks": "cache", "exclude_patterns": ["course/notebooks/*"], "timeout": 120, "stderr_output": "error"}
    return {**settings, "execute": {**settings.get("execute", {}), **execute}}


@dataclass(frozen=True)
class Drawing:
    """A script that is run when one of its sources differs."""

    command: tuple[Path, ...]
    """The script, and its arguments."""
    makes: tuple[Path, ...]
    stamp: Path
    """The file with the key of the last drawing."""
    key: str

    @property
    def outdated(self) -> bool:
        """Whether a file is missing or made from other sources."""
        made = all(path.is_file() for path in (*self.makes, self.stamp))
        return not made or self.stamp.read_text(encoding="utf-8") != self.key


def draw_everything(course: Course) -> None:
    """`draw_figures` and `make_interactives` together."""
    _draw(course, [*_figures(course), *_interactives(course)])


def draw_shown(course: Course, text: str) -> None:
    """Draw only the figures and interactives that a text names."""
    drawings = [*_figures(course), *_interactives(course)]
    _draw(course, [drawing for drawing in drawings if any(f"/{path.name}" in text for path in drawing.makes)])


def draw_figures(course: Course) -> None:
    """Run each script of ``book/figures`` whose picture is missing or made from other sources: script, style, results, reference.

    A script writes its picture beside itself, under its own name. The pictures are not in the repository.

    Raises
    ------
    OSError
        When a script fails; its own message is on stderr. The others are drawn.
    """
    _draw(course, _figures(course))


def make_interactives(course: Course) -> None:
    """Make each page of ``book/interactive`` and its still picture, if one of their sources differs.

    Raises
    ------
    OSError
        When one cannot be made; its own message is on stderr. The others are made.
    """
    _draw(course, _interactives(course))


def _figures(course: Course) -> list[Drawing]:
    folder = course.root.parent / "book" / "figures"
    scripts = sorted(path for path in folder.glob("*.py") if not path.name.startswith("_"))
    shared = _contents([*sorted(folder.glob("_*.py")), *sorted(folder.parent.glob("recorded/*.txt"))])
    code = code_digest(course)
    return [
        Drawing((script,), (script.with_suffix(".svg"),), script.with_suffix(".key"), _key(_contents([script]), shared, code))
        for script in scripts
    ]


def _interactives(course: Course) -> list[Drawing]:
    base = course.root.parent / "book" / "interactive"
    shared = _contents([*sorted(base.glob("_*")), base.parent / "figures" / "_style.py"])
    code = code_digest(course)
    return [
        Drawing(
            (base / "_make.py", folder),
            (folder.with_suffix(".html"), folder.with_suffix(".svg")),
            folder.with_suffix(".key"),
            _key(_contents(sorted(folder.iterdir())), shared, code),
        )
        for folder in sorted(path for path in base.glob("*") if (path / "data.py").is_file())
    ]


def _draw(course: Course, drawings: list[Drawing]) -> None:
    """Run the scripts of drawings that are outdated, in as many processes as there are cores."""
    outdated = [drawing for drawing in drawings if drawing.outdated]
    if not outdated:
        return
    commands = [[str(path) for path in drawing.command] for drawing in outdated]
    program = [sys.executable, "-P", str(RUNNER), str(cores())]
    done = subprocess.run(program, env=environment(course), input=json.dumps(commands), stdout=subprocess.PIPE, text=True)
    ended = (line.split() for line in done.stdout.splitlines())
    status = {int(number): int(code) for number, code in ended}
    for number, drawing in enumerate(outdated):
        if status.get(number) == 0:
            drawing.stamp.write_text(drawing.key, encoding="utf-8")
    if failed := [drawing.command[-1] for number, drawing in enumerate(outdated) if status.get(number) != 0]:
        raise OSError(f"{', '.join(map(str, failed))} cannot draw its figure")


def _key(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _contents(paths: list[Path]) -> str:
    return "\0".join(path.read_text(encoding="utf-8") for path in paths if path.is_file())


def forget_other_reference(course: Course, output: Path) -> None:
    """Drop what was built with another reference, since the cache of code cells' outputs depends only on the text of the cells."""
    stamp, reference = output / ".reference", code_digest(course)
    if not stamp.is_file() or stamp.read_text(encoding="utf-8") != reference:
        shutil.rmtree(output / "_build", ignore_errors=True)
        output.mkdir(parents=True, exist_ok=True)
        stamp.write_text(reference, encoding="utf-8")
