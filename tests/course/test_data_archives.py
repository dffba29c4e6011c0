"""Are hostile and damaged archives of CIFAR-10 refused, and is none of their code run?"""

from __future__ import annotations

import gzip
import pickle
import tarfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from coursenn import data_archives
from coursenn.data_utils import DataError, get_CIFAR10_data
from tests.course.cifar_files import IMAGES, LABELS, Trap, binary_files, python_files, write_tar


def batch_with(data: Any = None, labels: Any = None, **other: Any) -> bytes:
    return pickle.dumps(
        {
            "data": IMAGES[:20].reshape(20, -1) if data is None else data,
            "labels": LABELS[:20].tolist() if labels is None else labels,
            **other,
        },
        2,
    )


HOSTILE = {
    "an object that runs code": pickle.dumps(Trap(), 2),
    "one next to good data": batch_with(filenames=Trap()),
    "a command": b"cos\nsystem\n(S'mkdir ran'\ntR.",
    "eval": b"cbuiltins\neval\n(V__import__('os').mkdir('ran')\ntR.",
    "a dotted name through numpy": b"\x80\x04\x8c\x05numpy\x94\x8c\x12ndarray.__init__.x\x94\x93.",
    "numpy's own file reader": b"cnumpy\nfromfile\n(S'/etc/passwd'\ntR.",
    "another member of an admitted module": b"cnumpy.core.multiarray\nscalar\n(tR.",
    "writing into an admitted name": b"cnumpy\ndtype\n(dS'x'\nI1\nsb.",
    "calling a name that is only a name": b"cnumpy\nndarray\n(I99999999999\ntR.",
    "an extension code": b"\x80\x02\x82\x01.",
    "an object array": batch_with(data=np.array([[None] * 3072] * 20, dtype=object)),
    "a float array": batch_with(data=np.zeros((20, 3072))),
    "fewer labels": batch_with(labels=[1, 2]),
    "labels out of range": batch_with(labels=[10] * 20),
    "labels that are not numbers": batch_with(labels=["a"] * 20),
    "a shape that lies": b"}(S'data'\ncnumpy.core.multiarray\n_reconstruct\n(tR"
    b"(I1\n(I99999\nI3072\ntcnumpy\ndtype\n(S'u1'\ntRI00\nS'abc'\ntbS'labels'\n]u.",
    "not a dictionary": pickle.dumps([1, 2]),
    "half a pickle": batch_with()[:1000],
    "an empty file": b"",
}  # fmt: skip


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_pickles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, case: str) -> None:
    """Is a crafted or damaged pickle in the Python archive refused, and is none of its code run?"""
    monkeypatch.chdir(tmp_path)
    files = {**python_files("2"), "data_batch_3": HOSTILE[case]}
    path = write_tar(tmp_path / "bad.tar.gz", files)
    with pytest.raises(DataError, match=r"refused|not a batch|must be|labels"):
        get_CIFAR10_data(path=path)
    assert [p.name for p in tmp_path.iterdir()] == ["bad.tar.gz"]


@pytest.mark.parametrize("case", ["an object that runs code", "one next to good data", "a command", "eval"])
def test_the_traps_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, case: str) -> None:
    """Would an ordinary unpickler run these?"""
    monkeypatch.chdir(tmp_path)
    pickle.loads(HOSTILE[case])
    assert (tmp_path / "ran").is_dir()


@pytest.mark.parametrize(
    ("name", "kind", "why"),
    [
        ("cifar/data_batch_1.bin", tarfile.SYMTYPE, "link"),
        ("cifar/data_batch_1.bin", tarfile.LNKTYPE, "link"),
        ("cifar/pipe", tarfile.FIFOTYPE, "link or a special file"),
        ("../data_batch_1.bin", tarfile.REGTYPE, "leaves its folder"),
        ("/etc/data_batch_1.bin", tarfile.REGTYPE, "leaves its folder"),
        ("cifar\\..\\x", tarfile.REGTYPE, "leaves its folder"),
    ],
)
def test_hostile_members(tmp_path: Path, name: str, kind: bytes, why: str) -> None:
    """Are links, devices and names that leave the folder refused?"""
    extra = tarfile.TarInfo(name)
    extra.type, extra.linkname = kind, "/etc/passwd"
    with pytest.raises(DataError, match=why):
        get_CIFAR10_data(path=write_tar(tmp_path / "bad.tar.gz", binary_files(), extra=extra))


def test_archives_of_the_wrong_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Is there a message for a zip bomb, a huge file, too many files, and a batch that is missing, doubled or cut?"""
    good = binary_files()
    giant = tarfile.TarInfo("giant")
    giant.size = 2**40
    with gzip.open(tmp_path / "giant.tar.gz", "wb") as file:
        file.write(giant.tobuf())
    write_tar(tmp_path / "crowd.tar.gz", {f"f{i}": b"" for i in range(100)} | good)
    write_tar(tmp_path / "missing.tar.gz", {k: v for k, v in good.items() if k != "test_batch.bin"})
    write_tar(tmp_path / "double.tar.gz", good | {"again/test_batch.bin": good["test_batch.bin"]})
    write_tar(tmp_path / "cut.tar.gz", good | {"data_batch_2.bin": good["data_batch_2.bin"][:-1]})
    write_tar(tmp_path / "labels.tar.gz", good | {"data_batch_2.bin": b"\x0a" + good["data_batch_2.bin"][1:]})
    whole = write_tar(tmp_path / "whole.tar.gz", good).read_bytes()
    (tmp_path / "half.tar.gz").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "text.tar.gz").write_text("an error page")
    for name, why in (
        ("giant", "larger than any batch"), ("crowd", "more than 64 files"), ("missing", "test_batch missing"), ("double", "twice"),
        ("cut", "whole number"), ("labels", r"0\.\.9"), ("half", "cannot be read"), ("text", "cannot be read"),
    ):  # fmt: skip
        with pytest.raises(DataError, match=why):
            get_CIFAR10_data(path=tmp_path / f"{name}.tar.gz")
    monkeypatch.setattr(data_archives, "MAX_ARCHIVE_BYTES", 100_000)
    with pytest.raises(DataError, match="unpacks to more than"):
        get_CIFAR10_data(path=tmp_path / "whole.tar.gz")
