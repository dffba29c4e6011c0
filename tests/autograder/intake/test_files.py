"""Are only ordinary files opened in a folder of another user?"""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from autograder.given_module import hand_in
from autograder.intake.files import read_file


@pytest.mark.parametrize(
    ("mode", "kind"),
    [
        (stat.S_IFREG, "FILE"),
        (stat.S_IFDIR, "FOLDER"),
        (stat.S_IFLNK, "LINK"),
        (stat.S_IFIFO, "SPECIAL"),
        (stat.S_IFSOCK, "SPECIAL"),
        (stat.S_IFCHR, "SPECIAL"),
        (stat.S_IFBLK, "SPECIAL"),
    ],
)
def test_what_an_entry_is(mode: int, kind: str) -> None:
    """Is every type of file recognised by its mode, with any permissions?"""
    assert hand_in.kind_of_mode(mode | 0o644) is hand_in.EntryKind[kind]


@pytest.mark.timeout(20)
def test_only_ordinary_files_are_opened(tmp_path: Path) -> None:
    """Is a link, a pipe without a writer or a folder instead of a file an error, and never followed or waited for?"""
    (tmp_path / "file").write_bytes(b"content")
    (tmp_path / "link").symlink_to(tmp_path / "file")
    os.mkfifo(tmp_path / "pipe")
    with hand_in.open_file(tmp_path / "file") as file:
        assert file.read() == b"content"
    for name in ("link", "pipe", "."):
        with pytest.raises(OSError, match=r"it is not a file|symbolic links"):
            hand_in.open_file(tmp_path / name)
    assert b"".join(read_file(tmp_path / "file")) == b"content"
    with pytest.raises(OSError, match="symbolic links"):
        list(read_file(tmp_path / "link"))
