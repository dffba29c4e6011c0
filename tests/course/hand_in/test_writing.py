"""Is a hand-in written completely, inside its folder and within the limits?"""

from __future__ import annotations

import errno
from pathlib import Path
from typing import Any

import pytest

from autograder.given_module import hand_in
from tests.hand_ins import FULL, as_folder

Entry, EntryKind = hand_in.Entry, hand_in.EntryKind


def entry(name: str, data: bytes | OSError = b"x") -> hand_in.Entry:
    """Return a file to be kept."""

    def read(max_bytes: int) -> bytes:
        if isinstance(data, OSError):
            raise data
        return data[:max_bytes]

    return Entry(name, EntryKind.FILE, 0, read)


def written(folder: Path) -> dict[str, bytes]:
    """Return the files below a folder."""
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_everything_is_written(tmp_path: Path) -> None:
    """Are graded files written to their places, and the others under their own names?"""
    assert hand_in.write_hand_in(hand_in.HandIn(dict(FULL), [entry("a/b.txt", b"more")]), tmp_path) == []
    assert written(tmp_path) == {**FULL, "a/b.txt": b"more"}


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("x" * 256, "its name is too long"),
        ("/".join("abcdefghijk"), "it is more than 9 folders deep"),
        ("coursenn/layers.py", "there are two files of this name"),
        ("coursenn", "there are two files of this name"),
        ("coursenn/layers.py/inner.txt", "there are two files of this name"),
    ],
)
def test_names_that_cannot_be_written(tmp_path: Path, name: str, reason: str) -> None:
    """Is a name that cannot be used reported, and is an existing file unchanged?"""
    assert hand_in.write_hand_in(hand_in.HandIn(dict(FULL), [entry(name)]), tmp_path) == [f"{name[:120]}: {reason}"]
    assert written(tmp_path) == FULL


def test_sizes_are_limited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Is a file above its limit left out without counting towards the limit of all files, and is that limit applied?"""
    monkeypatch.setattr(hand_in.limits, "MAX_OTHER_FILE_BYTES", 1_000_000)
    monkeypatch.setattr(hand_in.limits, "MAX_OTHER_BYTES", 2_000_000)
    others = [entry("large", bytes(1_000_001)), *(entry(name, bytes(800_000)) for name in "abc"), entry("small", b"")]
    assert hand_in.write_hand_in(hand_in.HandIn(others=others), tmp_path) == [
        "large: it is larger than 1 MB",
        "c: together with the other files it is larger than 2 MB",
    ]
    assert sorted(written(tmp_path)) == ["a", "b", "small"]


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EROFS])
def test_a_full_disk_is_not_the_students_fault(tmp_path: Path, number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Does a full disk end the command, while only a file that cannot be read is left out?"""
    left = hand_in.write_hand_in(hand_in.HandIn(others=[entry("broken", OSError(errno.EIO, "Input/output error")), entry("b")]), tmp_path)
    assert left == ["broken: it cannot be read (Input/output error)"]

    def full(*_: Any) -> None:
        raise OSError(number, "disk error")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OSError, match="disk error"):
        hand_in.write_hand_in(hand_in.HandIn(others=[entry("c")]), tmp_path)


def test_only_files_inside_the_folder_are_unpacked(tmp_path: Path) -> None:
    """Are links, names that lead outside and names that cannot be printed left out?"""
    root = as_folder(tmp_path / "s", {"a.txt": b"1", "b/c.txt": b"2"})
    (root / "link").symlink_to("/etc/passwd")
    with hand_in.open_entries(root) as entries:
        hostile = [entry("../x"), entry("/x"), entry("C:\\x"), entry("a\0b"), entry("a\x1bb"), entry("d\\e.txt")]
        names = [e.name for e in hand_in.unpackable([*entries, *hostile])]
    assert names == ["a.txt", "b/c.txt", "d/e.txt"]
