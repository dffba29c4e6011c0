"""Searches everything that goes to students for what they must not see."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from autograder.generate.leaks import Secrets, find_leaks_in_bytes, plain_readings, secret_lines
from autograder.intake.submission import submitted_files
from autograder.manifest import Course

MIN_SEED = 6
"""Digits. A shorter seed (0 in a test) is not searched for: it is in every file."""


@lru_cache(maxsize=4)
def secrets(course: Course) -> Secrets:
    """Every line of a solution, a model answer, a rubric or a hidden check."""
    return secret_lines(course)


def leaks(course: Course, folder: Path, seed: int, own: Path | None = None) -> list[str]:
    """What the files in a folder show that students must not see.

    Parameters
    ----------
    seed : the workspace's secret.
    own : a submission; what its author wrote is not a secret to the author.
    """
    found: list[tuple[str, str]] = []  # a sentence about each leak, and the secret line
    for path in sorted(p for p in folder.rglob("*") if p.is_file() and not p.is_symlink()):
        content = path.read_bytes()
        name = path.relative_to(folder).as_posix()
        found += [(str(leak), leak.secret.text) for leak in find_leaks_in_bytes(content, name, secrets(course))]
        if len(str(seed)) >= MIN_SEED and str(seed).encode() in content:
            found.append((f"{name}: shows the workspace's seed", ""))
    if own and any(text for _, text in found):
        # Rarely needed. Only the files that the pages can show are read, since others may be anything.
        own_text = _text_of_submission(course, own)
        return [sentence for sentence, text in found if not text or text not in own_text]
    return [sentence for sentence, _ in found]


def _text_of_submission(course: Course, submission: Path) -> str:
    """The text of a submission's notebooks and package, without white space."""
    graded = submitted_files(submission, course)
    return "\0".join(plain_readings(content) for place, content in graded.items() if place.endswith((".py", ".ipynb")))
