"""Small files in the forms of CIFAR-10, for the tests of the data's readers."""

from __future__ import annotations

import io
import os
import pickle
import tarfile
from pathlib import Path
from typing import Any

import numpy as np

PER_BATCH = 20
RNG = np.random.default_rng(0)
IMAGES = RNG.integers(0, 256, size=(6 * PER_BATCH, 3, 32, 32), dtype=np.uint8)
LABELS = RNG.integers(0, 10, size=6 * PER_BATCH)
NAMES = [*(f"data_batch_{i}" for i in range(1, 6)), "test_batch"]


def binary_files() -> dict[str, bytes]:
    """Return the six files of the binary archive."""
    records = np.concatenate([LABELS[:, None].astype(np.uint8), IMAGES.reshape(len(IMAGES), -1)], axis=1)
    return {f"{name}.bin": records[i * PER_BATCH : (i + 1) * PER_BATCH].tobytes() for i, name in enumerate(NAMES)}


def python2_pickle(data: np.ndarray, labels: list[int]) -> bytes:
    """Return a batch as Python 2 and numpy 1 wrote it: with byte strings, and ``numpy.core`` as the module."""
    raw = data.tobytes()
    rows = b"".join(b"K" + bytes([label]) for label in labels)
    return (
        b"\x80\x02}q\x01(U\x0bbatch_labelU\x15training batch 1 of 5U\x06labels](" + rows + b"eU\x04data"
        b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85U\x01b\x87R(K\x01"
        + b"M"
        + len(data).to_bytes(2, "little")
        + b"M\x00\x0c\x86cnumpy\ndtype\nU\x02u1K\x00K\x01\x87R(K\x03U\x01|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb\x89T"
        + len(raw).to_bytes(4, "little")
        + raw
        + b"tbu."
    )


def python_files(style: str) -> dict[str, bytes]:
    """Return the six files of the Python archive."""
    files = {}
    for i, name in enumerate(NAMES):
        part = slice(i * PER_BATCH, (i + 1) * PER_BATCH)
        data, labels = IMAGES[part].reshape(PER_BATCH, -1), LABELS[part].tolist()
        batch: dict[Any, Any] = {b"data": data, b"labels": labels, b"batch_label": b"one", b"filenames": [b"a.png"] * PER_BATCH}
        files[name] = python2_pickle(data, labels) if style == "python2" else pickle.dumps(batch, protocol=int(style))
    return files


def write_tar(path: Path, files: dict[str, bytes], folder: str = "cifar-10-batches", extra: tarfile.TarInfo | None = None) -> Path:
    with tarfile.open(path, "w:gz") as archive:
        if extra is not None:
            archive.addfile(extra)
        for name, content in files.items():
            info = tarfile.TarInfo(f"{folder}/{name}")
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return path


def write_folder(path: Path, files: dict[str, bytes]) -> Path:
    path.mkdir(parents=True)
    for name, content in files.items():
        (path / name).write_bytes(content)
    return path


class Trap:
    """An object whose pickle makes a folder when it is loaded."""

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, ("ran",)
