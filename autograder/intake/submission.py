"""Takes a submission in: a folder or an archive becomes a private copy of the files that are graded, and nothing else.

What a student sends is never trusted, and nothing here raises on bad input. The student package (`coursenn._hand_in`) decides how it is
read and with which limits, so that packing, checking and grading say the same. Bytes are copied unchanged, except that a notebook over
its limit is copied without its outputs. The code that reads the bytes decides what they mean: `autograder.sandbox.worker.sources`
for source files.
"""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

from autograder.given_module import hand_in
from autograder.intake.rules import rules_of
from autograder.manifest import Assignment, Course


@dataclass
class StagedSubmission:
    """A private copy of a submission. Use it in a ``with`` block; the copy is removed at its end."""

    root: Path
    files: dict[str, Path] = field(default_factory=dict)
    """Editable file, relative to ``coursenn/`` -> the copy."""
    models: dict[str, Path] = field(default_factory=dict)
    notebooks: dict[str, Path] = field(default_factory=dict)
    """Name of the notebook -> the copy."""
    refused: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    not_gradable: str | None = None
    """Why nothing can be graded, or None."""

    def close(self) -> None:
        """Remove the copy."""
        shutil.rmtree(self.root, ignore_errors=True)

    def __enter__(self) -> StagedSubmission:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


def stage_submission(submission: str | Path, course: Course, assignment: Assignment | str | None = None) -> StagedSubmission:
    """Copy what is graded out of a submission.

    Parameters
    ----------
    submission : a folder, a zip, a tar, a compressed tar or one loose file, in any of the layouts that `coursenn._hand_in` reads.
    course : the manifest.
    assignment : only its notebooks are accepted; those of every assignment by default.

    Returns
    -------
    StagedSubmission
        Never raises on bad input: what is refused is listed with its reason, and ``not_gradable`` says why nothing is left.

    Raises
    ------
    OSError
        When the grader's own disk is full or cannot be written.
    """
    staged = StagedSubmission(Path(tempfile.mkdtemp(prefix="coursenn-intake-")))
    try:
        found = read_submission(Path(submission), rules_of(course, assignment))
        staged.refused, staged.notes, staged.not_gradable = found.refused, found.notes, found.nothing
        for place, content in found.files.items():
            _copy(staged, place, content)
    except hand_in.HandInError as error:
        staged.not_gradable = str(error)
    except (OSError, ValueError, RuntimeError, NotImplementedError, EOFError, MemoryError) as error:
        if isinstance(error, OSError) and error.errno in hand_in.NO_FAULT_OF_THE_STUDENT:
            staged.close()
            raise
        staged.not_gradable = f"the submission cannot be read ({type(error).__name__})"
    except BaseException:
        staged.close()
        raise
    return staged


def read_submission(submission: Path, rules: hand_in.Rules) -> hand_in.HandIn:
    """What a submission holds; raises `HandInError` if it cannot be read at all."""
    with hand_in.open_entries(submission) as entries:
        return hand_in.read_hand_in(entries, rules)


def submitted_files(submission: Path, course: Course, assignment: str | None = None) -> dict[str, bytes]:
    """What a submission holds in each place that is graded; nothing if it cannot be read, which grading reports."""
    try:
        found: dict[str, bytes] = read_submission(submission, rules_of(course, assignment)).files
    except (hand_in.HandInError, OSError, ValueError, RuntimeError):
        return {}
    return found


def _copy(staged: StagedSubmission, place: str, content: bytes) -> None:
    """Write one file of the copy, and record it where grading looks for it."""
    target = staged.root / place
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(content)
    if place.startswith("coursenn/"):
        staged.files[place.removeprefix("coursenn/")] = target
    elif place.endswith(".ipynb"):
        staged.notebooks[place.removesuffix(".ipynb")] = target
    else:
        staged.models[place] = target
