"""Takes a submission in: a folder or a zip becomes a private copy of the files that are graded, and nothing else.

What a student sends is never trusted, and nothing here raises on bad input.

==============================================  ====================================================================
found                                           outcome
==============================================  ====================================================================
link, device, pipe, encrypted file              refused, one by one
absolute name, ``..``, drive letter             refused
name with NUL, control or direction characters  refused
the same name twice                             no copy is taken
same but for case, Unicode form, space, dot     only the exact spelling is taken
two members of a zip over the same bytes        both refused
member packed by another method than deflate    refused
member with a wrong size or checksum            refused
file above its cap (`MAX_BYTES`), unpacked      refused
more than `MAX_ENTRIES` or `MAX_TOTAL_BYTES`    nothing is gradable
a name that the manifest does not list          left out; refused when it ends as a file of ours does
==============================================  ====================================================================

Bytes are copied as they are. What they mean is decided where they are read: `engine.worker.sources.decode_source` for
source files.
"""

from __future__ import annotations

import itertools
import os
import re
import shutil
import stat
import tempfile
import unicodedata
import zipfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from types import TracebackType

from autograder.intake.archives import ArchiveError, kind_of, open_archive, overlapping
from autograder.manifest import Assignment, Course
from autograder.paths import printable

MAX_ENTRIES = 5000
MAX_TOTAL_BYTES = 200 << 20
MAX_BYTES = {".py": 1 << 20, ".ipynb": 32 << 20, ".npz": 48 << 20}
MAX_LISTED = 50
CLUTTER = re.compile(
    r"(^|/)(__pycache__|__MACOSX|\.git|\.ipynb_checkpoints|\.venv|\.idea|\.vscode)(/|$)|(^|/)(\.DS_Store|Thumbs\.db|desktop\.ini|\._[^/]*)$"
    r"|\.(pyc|pyo|so|pyd)$"
)


@dataclass(frozen=True)
class Entry:
    """One file of a submission: its name inside, and how to read it (at most so many bytes)."""

    name: str
    kind: str
    """``file``, or what it is instead (``link``, ``device``)."""
    size: int
    read: Callable[[int], bytes]


@dataclass
class Staged:
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

    def __enter__(self) -> Staged:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


class _Unusable(Exception):
    """The submission as a whole cannot be read."""


def intake(submission: str | Path, course: Course, assignment: Assignment | str | None = None) -> Staged:
    """Copy what is graded out of a submission.

    Parameters
    ----------
    submission : a folder with ``coursenn/`` inside, or a zip of one; one folder around it all is understood.
    course : the manifest.
    assignment : only its notebooks are taken; those of every assignment by default.

    Returns
    -------
    Staged
        Never raises on bad input: what is refused is listed with its reason, and ``not_gradable`` says why nothing is left.
    """
    staged = Staged(Path(tempfile.mkdtemp(prefix="coursenn-intake-")))
    try:
        path = Path(submission)
        if path.is_dir():
            _take(staged, list(_folder_entries(path)), course, assignment)
        elif path.is_file():
            with open_archive(path, MAX_TOTAL_BYTES, MAX_ENTRIES) as archive:
                _take(staged, list(_zip_entries(archive)), course, assignment)
        else:
            raise _Unusable("there is no such file or folder")
    except (_Unusable, ArchiveError) as error:
        staged.not_gradable = str(error)
    except (OSError, ValueError, RuntimeError, NotImplementedError, EOFError, MemoryError) as error:
        staged.not_gradable = f"the submission cannot be read ({type(error).__name__})"
    except BaseException:
        staged.close()
        raise
    return staged


def _folder_entries(root: Path) -> Iterator[Entry]:
    count = 0
    folders = [root]
    while folders:
        folder = folders.pop()
        try:
            with os.scandir(folder) as listing:
                found = sorted(itertools.islice(listing, MAX_ENTRIES + 1), key=lambda e: e.name)
        except OSError:
            if folder == root:
                raise
            yield Entry(folder.relative_to(root).as_posix(), "folder that cannot be read", 0, _nothing)
            continue
        for item in found:
            name = Path(item.path).relative_to(root).as_posix()
            if CLUTTER.search(name):
                continue
            count += 1
            if count > MAX_ENTRIES:
                raise _Unusable(f"more than {MAX_ENTRIES} files")
            if item.is_dir(follow_symlinks=False):
                folders.append(Path(item.path))
                continue
            info = item.stat(follow_symlinks=False)
            kind = "file" if stat.S_ISREG(info.st_mode) else "link" if stat.S_ISLNK(info.st_mode) else "device or pipe"
            yield Entry(name, kind, info.st_size, _file_reader(item.path))


def _nothing(limit: int) -> bytes:
    raise OSError("cannot be read")


def _file_reader(path: str) -> Callable[[int], bytes]:
    def read(limit: int) -> bytes:
        # Opened without following links and without waiting for a pipe: the entry may have changed since it was listed.
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise OSError("not a file")
            return file.read(limit)

    return read


def _zip_entries(archive: zipfile.ZipFile) -> Iterator[Entry]:
    members = archive.infolist()
    shared = overlapping(members)
    for member in members:
        name = _tidy(member.filename)
        if member.is_dir() or CLUTTER.search(name):
            continue
        kind = kind_of(member) if member.header_offset not in shared else "file that shares its bytes with another one of the archive"
        # zipfile cuts a name at its first NUL.
        shown = member.orig_filename if "\0" in member.orig_filename else name
        yield Entry(shown, kind, member.file_size, _member_reader(archive, member))


def _tidy(name: str) -> str:
    """A name of an archive with forward slashes, each once, and without ``./``; ``..`` and a slash in front stay to be seen."""
    name = name.replace("\\", "/")
    return PurePosixPath(name).as_posix() if name else ""


def _member_reader(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Callable[[int], bytes]:
    def read(limit: int) -> bytes:
        try:
            with archive.open(member) as file:
                return file.read(limit)
        except Exception as error:  # zlib.error and friends share no base class
            raise OSError("damaged in the archive") from error

    return read


def _take(staged: Staged, entries: list[Entry], course: Course, assignment: Assignment | str | None) -> None:
    if sum(e.size for e in entries) > MAX_TOTAL_BYTES:
        raise _Unusable(f"more than {MAX_TOTAL_BYTES >> 20} MB in all")
    refused: list[str] = []
    entries = _unwrap([e for e in entries if _fit(e, refused)], course)
    twice = {name for name, n in Counter(e.name for e in entries).items() if n > 1}
    wanted = _wanted(course, assignment)
    spellings = {_spelling(name): name for name in wanted}
    given = {f"coursenn/{name}": path for name, path in course.given.items()}
    for name in sorted(twice):
        refused.append(f"{_printable(name)}: stands more than once in the archive, so no copy is taken")
    for entry in entries:
        if entry.name in twice:
            continue
        if entry.name in wanted:
            _copy(staged, entry, wanted[entry.name], refused)
        elif entry.name in given:
            _note_given(staged, entry, given[entry.name])
        elif _spelling(entry.name) in spellings:
            refused.append(f"{_printable(entry.name)}: must be spelt {spellings[_spelling(entry.name)]}")
        elif entry.name.endswith((".py", ".ipynb", ".npz")):
            refused.append(f"{_printable(entry.name)}: not a file that is graded")
    staged.refused += refused[:MAX_LISTED]
    if len(refused) > MAX_LISTED:
        staged.refused.append(f"and {len(refused) - MAX_LISTED} more")
    if not (staged.files or staged.models or staged.notebooks):
        raise _Unusable("nothing of the assignment is in it: a submission is a folder with coursenn/ inside, or a zip of one")


def _fit(entry: Entry, refused: list[str]) -> bool:
    parts = PurePosixPath(entry.name).parts
    reason = None
    if entry.kind != "file":
        reason = f"a {entry.kind} is not taken"
    elif entry.name.startswith("/") or re.match(r"[A-Za-z]:", entry.name) or ".." in parts:
        reason = "its name leads out of the submission"
    elif not entry.name or not entry.name.isprintable():
        reason = "its name cannot be read"
    if reason:
        refused.append(f"{_printable(entry.name)}: {reason}")
    return reason is None


def _spelling(name: str) -> str:
    """What a system that ignores case, Unicode form, and spaces and dots at the end of a name takes for the same name."""
    return "/".join(part.rstrip(" .") for part in unicodedata.normalize("NFKC", name).casefold().split("/"))


def _unwrap(entries: list[Entry], course: Course) -> list[Entry]:
    """Take one folder around everything away."""
    tops = {PurePosixPath(e.name).parts[0] for e in entries}
    if len(tops) != 1 or tops & {"coursenn", "models"} or any("/" not in e.name for e in entries):
        return entries
    prefix = f"{tops.pop()}/"
    return [Entry(e.name.removeprefix(prefix), e.kind, e.size, e.read) for e in entries]


def _wanted(course: Course, assignment: Assignment | str | None) -> dict[str, tuple[str, str]]:
    if assignment is None:
        notebooks: Iterable[str] = (n.name for n in course.notebooks)
    else:
        notebooks = (course.assignment(assignment) if isinstance(assignment, str) else assignment).notebooks
    wanted = {f"coursenn/{name}": ("files", name) for name in course.editable}
    wanted |= {name: ("models", name) for name in course.models}
    return wanted | {f"{name}.ipynb": ("notebooks", name) for name in notebooks}


def _copy(staged: Staged, entry: Entry, place: tuple[str, str], refused: list[str]) -> None:
    group, key = place
    cap = MAX_BYTES[PurePosixPath(entry.name).suffix]
    try:
        data = entry.read(cap + 1)
    except OSError as error:
        refused.append(f"{_printable(entry.name)}: {error.strerror or error}")
        return
    if len(data) > cap:
        refused.append(f"{_printable(entry.name)}: larger than {cap >> 20} MB")
        return
    target = staged.root / entry.name
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(data)
    getattr(staged, group)[key] = target


def _note_given(staged: Staged, entry: Entry, path: Path) -> None:
    ours = path.read_bytes()
    try:
        theirs = entry.read(len(ours) * 2 + 1000)
    except OSError:
        return
    if theirs.replace(b"\r\n", b"\n").rstrip() != ours.replace(b"\r\n", b"\n").rstrip():
        staged.notes.append(f"{entry.name} is a given file and differs from the course's; the course's is used")


def _printable(name: str) -> str:
    return printable(name, 120) or "(no name)"
