"""Is a tar read within limits, even if its headers are false?"""

from __future__ import annotations

import contextlib
import gzip
import io
import tarfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.given_module import given_module, hand_in
from tests.examples import examples
from tests.hand_ins import FULL, gzipped_tar, read, tarred

tars = given_module("_hand_in.tars")
EntryKind = hand_in.EntryKind


def member(name: str, kind: bytes = tarfile.REGTYPE, size: int = 0, **more: str) -> bytes:
    """Return the header of a member without its content."""
    info = tarfile.TarInfo(name)
    info.type, info.size = kind, size
    for key, value in more.items():
        setattr(info, key, value)
    return info.tobuf(tarfile.GNU_FORMAT)


def padded(data: bytes) -> bytes:
    """Return content padded to full blocks."""
    return data + b"\0" * (-len(data) % 512)


END = b"\0" * 1024


def entries_of(data: bytes, compressed: bool = False) -> list[tuple[str, str]]:
    """Return the name and the kind, or the problem, of each listed entry."""
    with tars.open_tar(io.BytesIO(data), compressed) as entries:
        return [(e.name, e.problem or e.kind.name) for e in entries]


def test_only_files_are_files() -> None:
    """Are links, hard links, devices, pipes and sparse files named, and folders left out?"""
    kinds = {"l": tarfile.SYMTYPE, "h": tarfile.LNKTYPE, "c": tarfile.CHRTYPE, "b": tarfile.BLKTYPE, "p": tarfile.FIFOTYPE}
    data = b"".join(member(name, kind, linkname="/etc/passwd") for name, kind in kinds.items())
    data += member("folder", tarfile.DIRTYPE) + member("s", tarfile.GNUTYPE_SPARSE) + member("odd", b"Z") + member("f") + END
    listed = dict(entries_of(data))
    assert listed == {
        "l": "LINK",
        "h": "LINK",
        "c": "SPECIAL",
        "b": "SPECIAL",
        "p": "SPECIAL",
        "s": "SPARSE",
        "odd": "SPECIAL",
        "f": "FILE",
    }


@pytest.mark.parametrize(
    "name", ["/coursenn/layers.py", "../coursenn/layers.py", "coursenn/../../coursenn/layers.py", "C:/coursenn/layers.py"]
)
def test_names_that_lead_outside_are_refused(tmp_path: Path, name: str) -> None:
    """Is a member refused that would be written outside the folder?"""
    (tmp_path / "s.tar").write_bytes(tarred([(name, b"x = 1\n"), ("coursenn/optim.py", b"y = 1\n")]))
    found = read(tmp_path / "s.tar")
    assert found.files == {"coursenn/optim.py": b"y = 1\n"}
    assert "points outside" in found.refused[0]


def test_a_bomb_is_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Is a small archive that unpacks to a very large one read up to the limit, and are the files before it kept?"""
    monkeypatch.setattr(hand_in.limits, "MAX_TAR_BYTES", 20_000_000)
    bomb = tarred([("coursenn/layers.py", b"x = 1\n"), ("data.bin", bytes(60_000_000)), ("coursenn/optim.py", b"y = 1\n")])
    (tmp_path / "s.tgz").write_bytes(gzip.compress(bomb, 1))
    assert (tmp_path / "s.tgz").stat().st_size < 1_000_000
    found = read(tmp_path / "s.tgz")
    assert found.files == {"coursenn/layers.py": b"x = 1\n"}
    assert found.refused == ["the rest of the archive: it unpacks to more than is read"]


@pytest.mark.parametrize("kind", [tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK])
def test_a_long_header_is_not_read(tmp_path: Path, kind: bytes) -> None:
    """Is a header with a length of 1 GB refused and not read into memory?"""
    data = tarred([("coursenn/layers.py", b"x = 1\n")])[:1024] + member("x", kind, 1 << 30) + bytes(1 << 21)
    (tmp_path / "s.tar").write_bytes(data)
    found = read(tmp_path / "s.tar")
    assert found.files == {"coursenn/layers.py": b"x = 1\n"}
    assert found.refused == ["the rest of the archive: it has a header that is longer than any program writes"]


def test_headers_in_a_circle_end_the_reading(tmp_path: Path) -> None:
    """Does reading end at a member of negative size, after which the same member would follow again?"""
    header = bytearray(member("x.bin"))
    header[124:136] = b"\xff" * 10 + (-1024 & 0xFFFF).to_bytes(2, "big")
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    (tmp_path / "s.tar").write_bytes(tarred([("coursenn/layers.py", b"x = 1\n")])[:1024] + bytes(header) + END)
    found = read(tmp_path / "s.tar")
    assert found.files == {"coursenn/layers.py": b"x = 1\n"}
    assert "damaged" in found.refused[0]


def test_a_chain_of_headers_ends_the_reading() -> None:
    """Does reading end without a crash if 3,000 headers each describe the next one?"""
    chain = b"".join(member("x", tarfile.GNUTYPE_LONGNAME, 4) + padded(b"abc\0") for _ in range(3000))
    with pytest.raises(hand_in.HandInError, match="not a tar archive that can be read"):
        entries_of(chain + member("f") + END)
    listed = entries_of(member("coursenn/layers.py") + chain + member("f") + END)
    assert listed == [("coursenn/layers.py", "FILE"), ("the rest of the archive", "it is damaged or cut short")]


def test_the_number_of_members_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    """Are members beyond the limit left out, and litter counted but not listed?"""
    monkeypatch.setattr(hand_in.limits, "MAX_TAR_MEMBERS", 50)
    data = b"".join(member(f".git/{n}") for n in range(40)) + b"".join(member(f"{n}.txt") for n in range(20)) + END
    listed = entries_of(data)
    assert len(listed) == 11
    assert listed[-1] == ("the rest of the archive", "it holds too many files")


def test_the_time_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    """Does reading end at the time limit?"""
    clock = iter(range(0, 10**9, 7))
    monkeypatch.setattr(tars.time, "monotonic", lambda: next(clock))
    listed = entries_of(b"".join(member(f"{n}.txt") for n in range(200)) + END)
    assert 0 < len(listed) < 40
    assert listed[-1][1] == "it unpacks to more than is read"


@pytest.mark.parametrize("keep", [0.3, 0.6, 0.95])
def test_an_incomplete_tar_is_read_up_to_its_end(tmp_path: Path, keep: float) -> None:
    """Is an incomplete compressed tar read as far as possible, with a message?"""
    files = [(f"{n}/filler.txt", bytes(str(n), "ascii") * 5000) for n in range(30)]
    data = gzipped_tar([("coursenn/layers.py", b"x = 1\n"), *files, ("coursenn/optim.py", b"y = 1\n")])
    (tmp_path / "s.tar.gz").write_bytes(data[: int(len(data) * keep)])
    found = read(tmp_path / "s.tar.gz")
    assert found.files == {"coursenn/layers.py": b"x = 1\n"}
    assert found.refused == ["the rest of the archive: it is damaged or cut short"]


def test_members_are_read_in_any_order(tmp_path: Path) -> None:
    """Is every member read correctly, in any order?"""
    (tmp_path / "s.tar.gz").write_bytes(gzipped_tar(FULL.items()))
    with hand_in.open_entries(tmp_path / "s.tar.gz") as entries:
        for entry in [*reversed(entries), *entries]:
            assert entry.read(1 << 20) == FULL[entry.name]
            assert entry.read(3) == FULL[entry.name][:3]


@given(st.binary(max_size=600), st.integers(0, 20_000), st.booleans())
@settings(max_examples=examples(150))
def test_damage_gives_only_the_documented_error(noise: bytes, place: int, compressed: bool) -> None:
    """Does any damage to a tar give a HandInError or a readable tar?"""
    data = bytearray(gzipped_tar(FULL.items()) if compressed else tarred(FULL.items()))
    start = place % len(data)
    data[start : start + len(noise)] = noise
    with contextlib.suppress(hand_in.HandInError), tars.open_tar(io.BytesIO(bytes(data)), compressed) as entries:
        for entry in entries:
            with contextlib.suppress(OSError):
                entry.read(1 << 16)
