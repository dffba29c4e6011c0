"""Takes a submission in: a folder or a zip becomes a private copy of the files that are graded, and nothing else.

What a student sends is never trusted, and nothing here raises on bad input.

==============================================  ====================================================================
found                                           outcome
==============================================  ====================================================================
link, device, pipe, encrypted file              refused, one by one
absolute name, ``..``, drive letter             refused
name with NUL, control or direction characters  refused
the same name twice                             no copy is accepted
same but for case, Unicode form, space, dot     only the exact spelling is accepted
two members of a zip over the same bytes        both refused
member packed by another method than deflate    refused
member with a wrong size or checksum            refused
file above its limit                            refused
too many files, or too much in all              nothing is gradable
a name that the manifest does not list          left out; refused when it ends as a file of ours does
==============================================  ====================================================================

The limits are those of `autograder.intake.limits`. Bytes are copied as they are. What they mean is decided where they are read:
`autograder.sandbox.worker.sources` for source files.
"""

from __future__ import annotations

import re
import shutil
import tempfile
import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from types import TracebackType

from autograder.intake import limits
from autograder.intake.archives import ArchiveError
from autograder.intake.entries import SubmittedFile, UnusableSubmission, open_submission
from autograder.intake.files import EntryKind
from autograder.manifest import Assignment, Course
from autograder.paths import printable


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
    submission : a folder with ``coursenn/`` inside, or a zip of one; one folder around it all is understood.
    course : the manifest.
    assignment : only its notebooks are accepted; those of every assignment by default.

    Returns
    -------
    StagedSubmission
        Never raises on bad input: what is refused is listed with its reason, and ``not_gradable`` says why nothing is left.
    """
    staged = StagedSubmission(Path(tempfile.mkdtemp(prefix="coursenn-intake-")))
    try:
        with open_submission(Path(submission)) as entries:
            _stage(staged, entries, course, assignment)
    except (UnusableSubmission, ArchiveError) as error:
        staged.not_gradable = str(error)
    except (OSError, ValueError, RuntimeError, NotImplementedError, EOFError, MemoryError) as error:
        staged.not_gradable = f"the submission cannot be read ({type(error).__name__})"
    except BaseException:
        staged.close()
        raise
    return staged


def _stage(staged: StagedSubmission, entries: list[SubmittedFile], course: Course, assignment: Assignment | str | None) -> None:
    """Copy the wanted entries, and list what is refused."""
    if sum(e.size for e in entries) > limits.MAX_STAGED_BYTES:
        raise UnusableSubmission(f"it is larger than {limits.MAX_STAGED_BYTES >> 20} MB in all")
    refused: list[str] = []
    entries = _without_wrapping_folder([e for e in entries if _is_acceptable(e, refused)])
    twice = {name for name, n in Counter(e.name for e in entries).items() if n > 1}
    wanted = _wanted_names(staged, course, assignment)
    spellings = {_spelling(name): name for name in wanted}
    given = {f"coursenn/{name}": path for name, path in course.given.items()}
    for name in sorted(twice):
        refused.append(f"{_printable_name(name)}: it is in the archive more than once, so no copy is accepted")
    for entry in entries:
        if entry.name in twice:
            continue
        if entry.name in wanted:
            copies, key = wanted[entry.name]
            if copy := _copy_entry(staged.root, entry, refused):
                copies[key] = copy
        elif entry.name in given:
            _note_changed_given_file(staged, entry, given[entry.name])
        elif _spelling(entry.name) in spellings:
            refused.append(f"{_printable_name(entry.name)}: must be spelt {spellings[_spelling(entry.name)]}")
        elif entry.name.endswith(tuple(limits.MAX_STAGED_FILE_BYTES)):
            refused.append(f"{_printable_name(entry.name)}: not a file that is graded")
    staged.refused += refused[: limits.MAX_REFUSALS_LISTED]
    if len(refused) > limits.MAX_REFUSALS_LISTED:
        staged.refused.append(f"and {len(refused) - limits.MAX_REFUSALS_LISTED} more")
    if not (staged.files or staged.models or staged.notebooks):
        raise UnusableSubmission(
            "it holds nothing of the assignment: a submission is a folder with coursenn/ inside, or a zip of such a folder"
        )


def _is_acceptable(entry: SubmittedFile, refused: list[str]) -> bool:
    """Whether an entry is a file with a name that can be used; otherwise the reason is listed."""
    parts = PurePosixPath(entry.name).parts
    reason = None
    if entry.kind is not EntryKind.FILE:
        reason = str(entry.kind)
    elif entry.name.startswith("/") or re.match(r"[A-Za-z]:", entry.name) or ".." in parts:
        reason = "its name points outside the submission"
    elif not entry.name or not entry.name.isprintable():
        reason = "its name holds characters that cannot be printed"
    if reason:
        refused.append(f"{_printable_name(entry.name)}: {reason}")
    return reason is None


def _spelling(name: str) -> str:
    """What a system that ignores case, Unicode form, and spaces and dots at the end of a name treats as the same name."""
    return "/".join(part.rstrip(" .") for part in unicodedata.normalize("NFKC", name).casefold().split("/"))


def _without_wrapping_folder(entries: list[SubmittedFile]) -> list[SubmittedFile]:
    """The entries without the one folder that is around all of them."""
    tops = {PurePosixPath(e.name).parts[0] for e in entries}
    if len(tops) != 1 or tops & {"coursenn", "models"} or any("/" not in e.name for e in entries):
        return entries
    prefix = f"{tops.pop()}/"
    return [replace(e, name=e.name.removeprefix(prefix)) for e in entries]


def _wanted_names(staged: StagedSubmission, course: Course, assignment: Assignment | str | None) -> dict[str, tuple[dict[str, Path], str]]:
    """Name inside a submission -> where the copy is entered: one of the dictionaries of ``staged``, and the key."""
    if assignment is None:
        notebooks: Iterable[str] = (n.name for n in course.notebooks)
    else:
        notebooks = (course.assignment(assignment) if isinstance(assignment, str) else assignment).notebooks
    wanted = {f"coursenn/{name}": (staged.files, name) for name in course.editable}
    wanted |= {name: (staged.models, name) for name in course.models}
    return wanted | {f"{name}.ipynb": (staged.notebooks, name) for name in notebooks}


def _copy_entry(root: Path, entry: SubmittedFile, refused: list[str]) -> Path | None:
    """Copy an entry below a folder of ours; None when it was refused."""
    most = limits.MAX_STAGED_FILE_BYTES[PurePosixPath(entry.name).suffix]
    try:
        data = entry.read(most + 1)
    except OSError as error:
        refused.append(f"{_printable_name(entry.name)}: {error.strerror or error}")
        return None
    if len(data) > most:
        refused.append(f"{_printable_name(entry.name)}: it is larger than {most >> 20} MB")
        return None
    target = root / entry.name
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(data)
    return target


def _note_changed_given_file(staged: StagedSubmission, entry: SubmittedFile, path: Path) -> None:
    ours = path.read_bytes()
    try:
        theirs = entry.read(len(ours) * 2 + 1000)
    except OSError:
        return
    if theirs.replace(b"\r\n", b"\n").rstrip() != ours.replace(b"\r\n", b"\n").rstrip():
        staged.notes.append(f"{entry.name} is a given file and differs from the course's version, which is used instead")


def _printable_name(name: str) -> str:
    return printable(name, 120) or "(no name)"
