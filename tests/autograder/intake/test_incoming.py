"""What is kept of a folder or an archive that a student hands in, and what is refused?"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from autograder.intake import limits
from autograder.intake.incoming import IncomingFiles, common_folder, copy_tree


@pytest.fixture
def incoming(tmp_path: Path) -> IncomingFiles:
    """An empty target."""
    (tmp_path / "target").mkdir()
    return IncomingFiles(tmp_path / "target")


def kept(incoming: IncomingFiles) -> list[str]:
    """Names of the files below the target."""
    return sorted(p.relative_to(incoming.target).as_posix() for p in incoming.target.rglob("*") if p.is_file())


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("../x.py", "points outside"),
        ("/x.py", "points outside"),
        ("a\\b.py", "points outside"),
        ("C:/x.py", "points outside"),
        ("", "points outside"),
        ("a\x1bb.py", "cannot be printed"),
        ("a\0b.py", "cannot be printed"),
        ("x" * 256, "too long"),
        ("/".join("abcdefghijk"), "more than 9 folders deep"),
        ("there.py", "two files of this name"),
    ],
)
def test_names_that_are_refused(incoming: IncomingFiles, name: str, reason: str) -> None:
    """Is a name that cannot be used refused with its reason, printable, and nothing written?"""
    incoming.add("there.py", iter([b"first"]))
    incoming.add(name, iter([b"second"]))
    (refusal,) = incoming.refused
    assert reason in refusal
    assert refusal.isprintable()
    assert kept(incoming) == ["there.py"]
    assert (incoming.target / "there.py").read_bytes() == b"first"


def test_sizes_and_numbers_are_bounded(incoming: IncomingFiles, monkeypatch: pytest.MonkeyPatch) -> None:
    """Is a file above its limit removed again without counting against the others, and is the whole bounded in bytes and files?"""
    monkeypatch.setattr(limits, "MAX_COLLECTED_FILE_BYTES", 1_000_000)
    monkeypatch.setattr(limits, "MAX_COLLECTED_BYTES", 2_000_000)
    monkeypatch.setattr(limits, "MAX_COLLECTED_FILES", 5)
    chunk = b"x" * 400_000
    incoming.add("large", iter([chunk] * 3))
    for name in ("a", "b", "c", "d"):
        incoming.add(name, iter([chunk] * 2))
    incoming.add("one-more", iter([b""]))
    assert kept(incoming) == ["a", "b"]
    assert incoming.refused == [
        "large: it is larger than 1 MB",
        "c: together with the other files it is larger than 2 MB",
        "d: together with the other files it is larger than 2 MB",
        "one-more: the submission holds more than 5 files",
    ]


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EROFS])
def test_a_full_disk_is_not_the_students_fault(incoming: IncomingFiles, number: int) -> None:
    """Does a full disk end the command, while a file that cannot be read costs only itself, and is no half of it left?"""

    def fails(error: OSError) -> Iterator[bytes]:
        yield b"half"
        raise error

    incoming.add("broken", fails(OSError(errno.EIO, "Input/output error")))
    assert incoming.refused == ["broken: it cannot be read ([Errno 5] Input/output error)"]
    with pytest.raises(OSError, match="full or so"):
        incoming.add("other", fails(OSError(number, "full or so")))
    assert kept(incoming) == []


def test_a_folder_is_copied_without_links(tmp_path: Path, incoming: IncomingFiles) -> None:
    """Are links and pipes of a folder refused by name, and is clutter left out in silence?"""
    source = tmp_path / "source"
    (source / "coursenn" / "__pycache__").mkdir(parents=True)
    (source / "coursenn" / "layers.py").write_text("x = 1\n")
    (source / "coursenn" / "__pycache__" / "layers.cpython-311.pyc").write_bytes(b"")
    (source / "coursenn" / "secret").symlink_to("/etc/passwd")
    (source / "everything").symlink_to("/")
    os.mkfifo(source / "pipe")
    copy_tree(source, incoming)
    assert kept(incoming) == ["coursenn/layers.py"]
    assert incoming.refused == [
        "everything: it is a link, and links are not accepted",
        "pipe: it is a device, a pipe or a socket",
        "coursenn/secret: it is a link, and links are not accepted",
    ]


@pytest.mark.parametrize(
    ("names", "folder"),
    [
        (["coursenn/layers.py", "Dropout.ipynb"], ""),
        (["work/coursenn/layers.py", "work/Dropout.ipynb"], "work/"),
        (["a/b/coursenn/layers.py", "a/other.txt"], "a/b/"),
        (["work/Dropout.ipynb", "work/models/best.npz"], "work/"),
        (["work/coursenn/layers.py", "__MACOSX/._work"], "work/"),
        (["layers.py"], ""),
        ([], ""),
    ],
)
def test_the_folder_around_a_submission(names: list[str], folder: str) -> None:
    """Is what lies around ``coursenn/`` found, whether students zip the folder or its content?"""
    assert common_folder(names) == folder
