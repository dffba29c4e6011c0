"""The last look at anything on its way to students."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from autograder.generate.leaks import Secrets, find_leaks_in_bytes, plain_readings, secret_lines
from autograder.gradebook.submitted_notebook import read_regular
from autograder.manifest import Course

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
    found: list[tuple[str, str]] = []
    """What is said of each leak, and the secret line."""
    for path in sorted(p for p in folder.rglob("*") if p.is_file() and not p.is_symlink()):
        content = path.read_bytes()
        name = path.relative_to(folder).as_posix()
        found += [(str(leak), leak.secret.text) for leak in find_leaks_in_bytes(content, name, secrets(course))]
        if len(str(seed)) >= MIN_SEED and str(seed).encode() in content:
            found.append((f"{name}: shows the workspace's seed", ""))
    if own and any(text for _, text in found):
        # Seldom needed, and never more of it than what its pages can show: files of other names may be anything.
        written = written_in(course, own)
        return [said for said, text in found if not text or text not in written]
    return [said for said, _ in found]


def written_in(course: Course, submission: Path) -> str:
    """The text of a submission's notebooks and package, without white space."""
    names = [*(f"{notebook.name}.ipynb" for notebook in course.notebooks), *(f"coursenn/{name}" for name in course.editable)]
    contents = (read_regular(submission / name) for name in names)
    return "\0".join(plain_readings(content) for content in contents if content is not None)
