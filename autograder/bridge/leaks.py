"""The last look at anything on its way to students."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from autograder.course import Course
from autograder.generate.leaks import Secrets, find_leaks_in_bytes, secret_lines

MIN_SEED = 6
"""A seed shorter than this (a test's 0) stands in every file."""


@lru_cache(maxsize=4)
def secrets(course: Course) -> Secrets:
    """Every line of a solution, a model answer, a rubric or a hidden check."""
    return secret_lines(course)


def leaks(course: Course, folder: Path, seed: int, own: Path | None = None) -> list[str]:
    """What the files of a folder show that students must not see.

    Parameters
    ----------
    seed : the workspace's secret.
    own : a submission; what its author wrote is no secret to the author.
    """
    known = shown_by(course, own) if own else set()
    found = []
    for path in sorted(p for p in folder.rglob("*") if p.is_file() and not p.is_symlink()):
        content = path.read_bytes()
        name = path.relative_to(folder).as_posix()
        found += [str(leak) for leak in find_leaks_in_bytes(content, name, secrets(course)) if leak.secret.text not in known]
        if len(str(seed)) >= MIN_SEED and str(seed).encode() in content:
            found.append(f"{name}: shows the workspace's seed")
    return found


def shown_by(course: Course, folder: Path) -> set[str]:
    """The secret lines that a folder holds already."""
    files = [p for p in folder.rglob("*") if p.is_file() and not p.is_symlink()]
    return {leak.secret.text for p in files for leak in find_leaks_in_bytes(p.read_bytes(), p.name, secrets(course))}
