"""Composes a complete, importable ``coursenn``: given modules, a submission's editable files, stubs for missing ones."""

from __future__ import annotations

import importlib.machinery
import shutil
from collections.abc import Callable
from pathlib import Path

from autograder.intake.given_code import mounted
from autograder.intake.submission import StagedSubmission, stage_submission
from autograder.manifest import Course


class AssembleError(ValueError):
    """The package cannot be composed; the message says why."""


def assemble(submission: str | Path, dest: str | Path, course: Course, say: Callable[[str], object] | None = None) -> Path:
    """Write a complete ``coursenn`` below a folder.

    Parameters
    ----------
    submission : whatever `autograder.intake.submission.stage_submission` reads.
    dest : the folder to write ``coursenn/`` into; it must not exist yet, or be empty.
    course : the manifest.
    say : called with each line about what was refused, or read in a way that its name or content does not say.

    Returns
    -------
    pathlib.Path
        ``dest/coursenn``.

    Raises
    ------
    AssembleError
        When the submission cannot be read or ``dest`` holds something.
    """
    target = Path(dest)
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise AssembleError(f"{target} is not empty: name a new folder")
    with stage_submission(submission, course) as staged:
        if staged.not_gradable:
            raise AssembleError(f"{submission}: {staged.not_gradable}")
        if say is not None:
            for line in (*(f"refused: {text}" for text in staged.refused), *(f"note: {text}" for text in staged.notes)):
                say(line)
        try:
            return assemble_staged(staged, target, course)
        except BaseException:
            # Half a package looks like a whole one.
            shutil.rmtree(target / "coursenn", ignore_errors=True)
            raise


def assemble_staged(staged: StagedSubmission, dest: Path, course: Course) -> Path:
    """Write a complete ``coursenn`` from a submission that is staged already; returns ``dest/coursenn``."""
    return compose(_editable(staged, course), dest, course)


def assemble_for_sandbox(staged: StagedSubmission, dest: Path, course: Course) -> Path:
    """The same for a sandbox: without compiled extensions and without the given modules that some task may not use."""
    return _write({**mounted(course), **_editable(staged, course)}, dest)


def compose(editable: dict[str, Path], dest: Path, course: Course) -> Path:
    """Write given modules and the named editable files to ``dest/coursenn``."""
    return _write({**course.given, **extensions(course), **editable}, dest)


def _editable(staged: StagedSubmission, course: Course) -> dict[str, Path]:
    return {name: staged.files.get(name, course.stub(name)) for name in course.editable}


def _write(files: dict[str, Path], dest: Path) -> Path:
    package = dest / "coursenn"
    for name, path in files.items():
        if path.is_file():
            (package / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, package / name)
    return package


def extensions(course: Course) -> dict[str, Path]:
    """Built extension files of our own that this interpreter can load, relative to ``coursenn/``."""
    built: dict[str, Path] = {}
    for root in course.roots:
        package = root / "src" / "coursenn"
        for suffix in importlib.machinery.EXTENSION_SUFFIXES:
            built |= {p.relative_to(package).as_posix(): p for p in sorted(package.rglob(f"*{suffix}"))}
    return built
