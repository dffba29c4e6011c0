"""Is anything but an ordinary file of a stranger ever opened?"""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from autograder.intake.files import EntryKind, kind_of_mode, open_file, read_file, read_regular


@pytest.mark.parametrize(
    ("mode", "kind"),
    [
        (stat.S_IFREG, EntryKind.FILE),
        (stat.S_IFDIR, EntryKind.FOLDER),
        (stat.S_IFLNK, EntryKind.LINK),
        (stat.S_IFIFO, EntryKind.SPECIAL),
        (stat.S_IFSOCK, EntryKind.SPECIAL),
        (stat.S_IFCHR, EntryKind.SPECIAL),
        (stat.S_IFBLK, EntryKind.SPECIAL),
    ],
)
def test_what_an_entry_is(mode: int, kind: EntryKind) -> None:
    """Is every type of file told by its mode, whatever its permissions?"""
    assert kind_of_mode(mode | 0o644) is kind


@pytest.mark.timeout(20)
def test_only_ordinary_files_are_opened(tmp_path: Path) -> None:
    """Is a link, a pipe that nobody writes to, or a folder in the place of a file an error, and never followed or waited for?"""
    (tmp_path / "file").write_bytes(b"content")
    (tmp_path / "link").symlink_to(tmp_path / "file")
    os.mkfifo(tmp_path / "pipe")
    with open_file(tmp_path / "file") as file:
        assert file.read() == b"content"
    for name in ("link", "pipe", "."):
        with pytest.raises(OSError, match=r"it is not a file|symbolic links"):
            open_file(tmp_path / name)
    with pytest.raises(OSError, match="symbolic links"):
        list(read_file(tmp_path / "link"))


def test_a_file_that_is_too_large_is_not_read_to_its_end(tmp_path: Path) -> None:
    """Is one byte more than allowed read of a large file, and nothing of what is not a file?"""
    (tmp_path / "file").write_bytes(b"x" * 100)
    (tmp_path / "link").symlink_to(tmp_path / "file")
    assert read_regular(tmp_path / "file", 10) == b"x" * 11
    assert read_regular(tmp_path / "file", 100) == b"x" * 100
    assert [read_regular(tmp_path / name, 10) for name in ("link", "nothing", ".")] == [None, None, None]
