"""Is a zip read safely, even if its headers are false?"""

from __future__ import annotations

import contextlib
import io
import stat
import struct
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.given_module import given_module, hand_in
from tests.examples import examples
from tests.hand_ins import zipped

zips = given_module("_hand_in.zips")
EntryKind = hand_in.EntryKind


def info(name: str, offset: int = 0, size: int = 0) -> zipfile.ZipInfo:
    """Return a member at an offset."""
    member = zipfile.ZipInfo(name)
    member.header_offset, member.compress_size, member.external_attr = offset, size, 0
    return member


def test_a_long_directory_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Is an archive with too many entries refused before its directory is read, in the short and in the long format?"""
    monkeypatch.setattr(zipfile, "ZipFile", lambda *a, **k: pytest.fail("it was read"))
    short = b"PK\x05\x06" + struct.pack("<4H2LH", 0, 0, 65535, 65535, 1 << 28, 0, 0)
    long = (
        b"PK\x06\x06"
        + struct.pack("<Q2H2L4Q", 44, 0, 0, 0, 0, 1 << 30, 1 << 30, 1 << 40, 0)
        + short.replace(struct.pack("<L", 1 << 28), b"\xff" * 4)
    )
    for data, announced in ((short, 1 << 28), (long, 1 << 40)):
        assert zips.announced_directory_bytes(io.BytesIO(data)) == announced
        with pytest.raises(hand_in.HandInError, match="too many files"), zips.open_zip(io.BytesIO(data)):
            pass


def test_overlapping_members_are_found() -> None:
    """Are a member that overlaps several others and all of these found, but not neighbours?"""
    assert zips.overlapping([info("a", 0, 100), info("b", 131, 10), info("c", 172, 5)]) == set()
    assert zips.overlapping([info("a", 0, 500), info("b", 131, 10), info("c", 300, 5), info("d", 531, 5)]) == {0, 131, 300}
    assert zips.overlapping([info("a", 7, 0), info("b", 7, 0)]) == {7}


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ({}, "FILE"),
        ({"external_attr": (stat.S_IFREG | 0o644) << 16}, "FILE"),
        ({"external_attr": (stat.S_IFLNK | 0o777) << 16}, "LINK"),
        ({"external_attr": (stat.S_IFCHR | 0o777) << 16}, "SPECIAL"),
        ({"external_attr": (stat.S_IFDIR | 0o755) << 16}, "FOLDER"),
        ({"flag_bits": 1}, "ENCRYPTED"),
        ({"compress_type": zipfile.ZIP_LZMA}, "UNCOMMON_METHOD"),
        ({"compress_type": 99}, "UNCOMMON_METHOD"),
    ],
)
def test_the_kind_of_a_member(change: dict[str, int], kind: str) -> None:
    """Is only an ordinary file with a usual compression called a file?"""
    member = info("a")
    for name, value in change.items():
        setattr(member, name, value)
    assert zips.kind_of_member(member) is EntryKind[kind]


def test_folders_are_left_out_and_overlaps_named() -> None:
    """Are members with the same bytes named as overlapping, a link as a link, and folders left out?"""
    data = zipped([("folder/", b""), ("other\\", b""), ("folder/a.py", b"a = 1\n"), ("folder\\b.py", b"b = 1\n")])
    with zips.open_zip(io.BytesIO(data)) as archive:
        assert [(e.name, e.kind) for e in zips.zip_entries(archive)] == [("folder/a.py", EntryKind.FILE), ("folder/b.py", EntryKind.FILE)]
        first, second = archive.infolist()[2:]
        second.header_offset, second.external_attr = first.header_offset, (stat.S_IFLNK | 0o777) << 16
        assert [e.kind for e in zips.zip_entries(archive)] == [EntryKind.OVERLAPPING, EntryKind.LINK]


def test_names_in_utf_8_without_the_flag_are_read() -> None:
    """Is a name with an accent read correctly if the packing program did not mark it as UTF-8?"""
    member = info("Übung/layers.py".encode().decode("cp437"))
    assert zips.name_of_member(member) == "Übung/layers.py"
    assert zips.name_of_member(info("Übung/layers.py")) == "Übung/layers.py"


@given(st.binary(max_size=300), st.binary(max_size=18))
@settings(max_examples=examples(200))
def test_noise_gives_only_the_documented_error(data: bytes, end: bytes) -> None:
    """Does any file give a HandInError or a readable zip?"""
    with contextlib.suppress(hand_in.HandInError), zips.open_zip(io.BytesIO(data + b"PK\x05\x06" + end.ljust(18, b"\0"))) as archive:
        for entry in zips.zip_entries(archive):
            with contextlib.suppress(OSError):
                entry.read(100)
