"""Is anything that an archive announces believed?"""

from __future__ import annotations

import contextlib
import stat
import struct
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from autograder.intake.archives import ArchiveError, announced_directory_bytes, kind_of_member, kinds_of_members, open_archive, overlapping
from autograder.intake.files import EntryKind


def info(name: str, offset: int = 0, size: int = 0) -> zipfile.ZipInfo:
    """A member at some place."""
    member = zipfile.ZipInfo(name)
    member.header_offset, member.compress_size, member.external_attr = offset, size, 0
    return member


def test_a_directory_too_long_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Is an archive of too many entries refused before its directory is read, in the short and in the long form?"""
    monkeypatch.setattr(zipfile, "ZipFile", lambda *a, **k: pytest.fail("it was read"))
    short = b"PK\x05\x06" + struct.pack("<4H2LH", 0, 0, 65535, 65535, 1 << 28, 0, 0)
    long = (
        b"PK\x06\x06"
        + struct.pack("<Q2H2L4Q", 44, 0, 0, 0, 0, 1 << 30, 1 << 30, 1 << 40, 0)
        + short.replace(struct.pack("<L", 1 << 28), b"\xff" * 4)
    )
    for data, announced in ((short, 1 << 28), (long, 1 << 40)):
        (tmp_path / "a.zip").write_bytes(data)
        assert announced_directory_bytes(tmp_path / "a.zip") == announced
        with pytest.raises(ArchiveError, match="more than 5000 files"):
            open_archive(tmp_path / "a.zip", 1 << 20, 5000)


def test_a_large_archive_is_not_opened(tmp_path: Path) -> None:
    """Is the size on disk bounded too?"""
    with (tmp_path / "a.zip").open("wb") as file:
        file.truncate(3 << 20)
    with pytest.raises(ArchiveError, match="larger than 2 MB"):
        open_archive(tmp_path / "a.zip", 2 << 20, 5000)


def test_what_overlaps_is_found() -> None:
    """Are a member that reaches over several others, and all of these, found, and neighbours left alone?"""
    assert overlapping([info("a", 0, 100), info("b", 131, 10), info("c", 172, 5)]) == set()
    assert overlapping([info("a", 0, 500), info("b", 131, 10), info("c", 300, 5), info("d", 531, 5)]) == {0, 131, 300}
    assert overlapping([info("a", 7, 0), info("b", 7, 0)]) == {7}


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ({}, EntryKind.FILE),
        ({"external_attr": (stat.S_IFREG | 0o644) << 16}, EntryKind.FILE),
        ({"external_attr": (stat.S_IFLNK | 0o777) << 16}, EntryKind.LINK),
        ({"external_attr": (stat.S_IFCHR | 0o777) << 16}, EntryKind.SPECIAL),
        ({"external_attr": (stat.S_IFDIR | 0o755) << 16}, EntryKind.FOLDER),
        ({"flag_bits": 1}, EntryKind.ENCRYPTED),
        ({"compress_type": zipfile.ZIP_LZMA}, EntryKind.UNCOMMON_METHOD),
        ({"compress_type": 99}, EntryKind.UNCOMMON_METHOD),
    ],
)
def test_what_a_member_is(change: dict[str, int], kind: EntryKind) -> None:
    """Is only an ordinary file, packed in the ordinary way, called a file?"""
    member = info("a")
    for name, value in change.items():
        setattr(member, name, value)
    assert kind_of_member(member) is kind


def test_folders_are_passed_over_and_shared_bytes_told(tmp_path: Path) -> None:
    """Of two members over the same bytes, a link among them: is each named for what it is, and a folder not listed at all?"""
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("folder/", "")
        archive.writestr("folder/a.py", "a = 1\n")
        archive.writestr("folder/b.py", "b = 1\n")
    with zipfile.ZipFile(path) as archive:
        assert [(m.filename, kind) for m, kind in kinds_of_members(archive)] == [
            ("folder/a.py", EntryKind.FILE),
            ("folder/b.py", EntryKind.FILE),
        ]
        first, second = archive.infolist()[1:]
        second.header_offset, second.external_attr = first.header_offset, (stat.S_IFLNK | 0o777) << 16
        assert [kind for _, kind in kinds_of_members(archive)] == [EntryKind.OVERLAPPING, EntryKind.LINK]


@given(st.binary(max_size=300))
@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_noise_is_an_archive_or_an_error(tmp_path: Path, data: bytes) -> None:
    """Does any file raise anything but the one error?"""
    (tmp_path / "a.zip").write_bytes(data + b"PK\x05\x06" + data[:18].ljust(18, b"\0"))
    with contextlib.suppress(ArchiveError):
        open_archive(tmp_path / "a.zip", 1 << 20, 100).close()
