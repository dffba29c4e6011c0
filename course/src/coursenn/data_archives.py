"""Read images from files that came from elsewhere: CIFAR-10 archives, their folders, and ``.npz``.

Nothing in such a file is trusted. Archives are read as a stream and never unpacked to disk; sizes are
checked before memory is taken; the pickles of the python archive are read with stand-ins for the few
names they need, so that no name in the file is ever imported or called; ``.npz`` members are parsed
without numpy's pickle support.
"""

from __future__ import annotations

import gzip
import io
import math
import pickle
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

Images = NDArray[np.uint8]
Labels = NDArray[np.int64]

CIFAR10_CLASSES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
TRAIN_BATCHES = tuple(f"data_batch_{i}" for i in range(1, 6))
BATCHES = (*TRAIN_BATCHES, "test_batch")
RECORD = 3 * 32 * 32
MAX_IMAGES = 100_000
MAX_BATCH_BYTES = 64 * 2**20
MAX_ARCHIVE_BYTES = 512 * 2**20
MAX_MEMBERS = 64
BINARY_FOLDER, PYTHON_FOLDER = "cifar-10-batches-bin", "cifar-10-batches-py"
BINARY_ARCHIVE, PYTHON_ARCHIVE = "cifar-10-binary.tar.gz", "cifar-10-python.tar.gz"


class DataError(RuntimeError):
    """A file of images cannot be used; the message says why and what to do."""


@dataclass(frozen=True)
class ImageSet:
    """Images (N, 3, 32, 32) uint8 and labels (N,) int64 of 0..9, and the kind of file they came from."""

    X_train: Images
    y_train: Labels
    X_test: Images
    y_test: Labels
    source: str


def read_images(path: Path) -> ImageSet:
    """Read a CIFAR-10 archive, the folder it unpacks to (or one that holds either), or an ``.npz``.

    Raises
    ------
    DataError
        when there is nothing there, or it is not what it should be.
    """
    if not path.exists():
        raise DataError(f"{path} does not exist. Name {BINARY_ARCHIVE}, {PYTHON_ARCHIVE}, a folder that holds one, or an .npz file.")
    if path.is_dir():
        found = find_in_folder(path)
        if found is None:
            raise DataError(f"the folder {path} holds none of {BINARY_ARCHIVE}, {PYTHON_ARCHIVE}, {BINARY_FOLDER}/, {PYTHON_FOLDER}/.")
        path = found
    try:
        if path.is_dir():
            return _assemble(_folder_batches(path), path)
        if path.suffix == ".npz":
            return _read_npz(path)
        if path.name.endswith((".tar.gz", ".tgz", ".tar")):
            return _assemble(_tar_batches(path), path)
    except DataError:
        raise
    except Exception as error:  # a damaged archive provokes nearly anything: OSError, zlib.error, struct.error, UnicodeDecodeError ...
        raise DataError(
            f"{path} cannot be read ({type(error).__name__}: {error}). If it is damaged, delete it and fetch it again."
        ) from error
    raise DataError(f"{path} is neither a .tar.gz archive nor an .npz file.")


def find_in_folder(folder: Path) -> Path | None:
    """What can be read in a folder: the folder itself, an unpacked archive below it, or an archive; else None."""
    if any((folder / f"data_batch_1{suffix}").is_file() for suffix in (".bin", "")):
        return folder
    for name in (BINARY_FOLDER, PYTHON_FOLDER):
        if any((folder / name / f"data_batch_1{suffix}").is_file() for suffix in (".bin", "")):
            return folder / name
    for name in (BINARY_ARCHIVE, PYTHON_ARCHIVE):
        if (folder / name).is_file():
            return folder / name
    return None


# Batches: one file of images each, in two formats.


def _assemble(batches: Iterator[tuple[str, Images, Labels]], path: Path) -> ImageSet:
    parts: dict[str, tuple[Images, Labels]] = {}
    for name, images, labels in batches:
        if name in parts:
            raise DataError(f"{path} holds {name} twice.")
        parts[name] = images, labels
    missing = [name for name in BATCHES if name not in parts]
    if missing:
        raise DataError(f"{path} is not CIFAR-10: {', '.join(missing)} missing.")
    train = [parts[name] for name in TRAIN_BATCHES]
    return ImageSet(
        np.concatenate([images for images, _ in train]),
        np.concatenate([labels for _, labels in train]),
        *parts["test_batch"],
        source="cifar-10",
    )


def _batch_name(file_name: str) -> str | None:
    stem = file_name.removesuffix(".bin")
    return stem if stem in BATCHES else None


def read_batch(content: bytes, file_name: str) -> tuple[Images, Labels]:
    """Images and labels of one batch: binary when the name ends in ``.bin``, otherwise a python pickle."""
    return _binary_batch(content, file_name) if file_name.endswith(".bin") else _python_batch(content, file_name)


def _binary_batch(content: bytes, where: str) -> tuple[Images, Labels]:
    if not content or len(content) % (RECORD + 1):
        raise DataError(f"{where}: {len(content)} bytes are not a whole number of images of {RECORD + 1} bytes. Fetch it again.")
    records = np.frombuffer(content, dtype=np.uint8).reshape(-1, RECORD + 1)
    return records[:, 1:].reshape(-1, 3, 32, 32), _checked_labels(records[:, 0], len(records), where)


def _python_batch(content: bytes, where: str) -> tuple[Images, Labels]:
    try:
        batch = _PlainUnpickler(io.BytesIO(content), encoding="latin1").load()
    except DataError as error:
        raise DataError(f"{where}: {error}") from error
    except Exception as error:  # whatever a damaged or hostile pickle provokes; nothing of it was run
        raise DataError(f"{where} is not a batch of CIFAR-10: {type(error).__name__} while reading it.") from error
    if not isinstance(batch, dict):
        raise DataError(f"{where} is not a batch of CIFAR-10: no dictionary.")
    plain = {key.decode("latin1") if isinstance(key, bytes) else key: value for key, value in batch.items()}
    data, labels = plain.get("data"), plain.get("labels")
    images = data.value if isinstance(data, _Array) else None
    if images is None or images.dtype != np.uint8 or images.ndim != 2 or images.shape[1] != RECORD or not len(images):
        raise DataError(f"{where}: 'data' must be an array (images, {RECORD}) of bytes.")
    if not isinstance(labels, list) or not all(type(label) is int and 0 <= label <= 9 for label in labels):
        raise DataError(f"{where}: 'labels' must be a list of numbers of 0..9.")
    return images.reshape(-1, 3, 32, 32), _checked_labels(np.array(labels, dtype=np.int64), len(images), where)


def _checked_labels(labels: NDArray[Any], count: int, where: str) -> Labels:
    if labels.shape != (count,):
        raise DataError(f"{where}: {count} images, but labels of shape {labels.shape}.")
    if count and (labels.min() < 0 or labels.max() > 9):
        raise DataError(f"{where}: labels must be 0..9.")
    return labels.astype(np.int64)


def _folder_batches(folder: Path) -> Iterator[tuple[str, Images, Labels]]:
    suffix = ".bin" if (folder / "data_batch_1.bin").is_file() else ""
    for name in BATCHES:
        path = folder / (name + suffix)
        if not path.is_file():
            continue
        if path.stat().st_size > MAX_BATCH_BYTES:
            raise DataError(f"{path} is larger than any batch of CIFAR-10.")
        yield name, *read_batch(path.read_bytes(), path.name)


class _Capped:
    """A stream that gives up when it has delivered too much: a small file can inflate to any size."""

    def __init__(self, stream: BinaryIO, path: Path) -> None:
        self.stream, self.path, self.left = stream, path, MAX_ARCHIVE_BYTES

    def read(self, size: int) -> bytes:
        data = self.stream.read(min(size, self.left + 1))
        self.left -= len(data)
        if self.left < 0:
            raise DataError(f"{self.path} unpacks to more than {MAX_ARCHIVE_BYTES >> 20} MB: that is not CIFAR-10.")
        return data


def _tar_batches(path: Path) -> Iterator[tuple[str, Images, Labels]]:
    opener: Callable[..., Any] = open if path.suffix == ".tar" else gzip.open
    with opener(path, "rb") as unzipped:
        stream: Any = _Capped(unzipped, path)
        with tarfile.open(fileobj=stream, mode="r|") as archive:
            for count, member in enumerate(archive, 1):
                _check_member(member, count, path)
                inner = PurePosixPath(member.name).name
                name = _batch_name(inner)
                content = archive.extractfile(member) if name and member.isfile() else None
                if name and content is not None:
                    yield name, *read_batch(content.read(), inner)


def _check_member(member: tarfile.TarInfo, count: int, path: Path) -> None:
    if count > MAX_MEMBERS:
        raise DataError(f"{path} holds more than {MAX_MEMBERS} files: that is not CIFAR-10.")
    inner = PurePosixPath(member.name)
    if not (member.isreg() or member.isdir()):
        raise DataError(f"{path} holds a link or a special file ({member.name!r}): refused.")
    if inner.is_absolute() or ".." in inner.parts or "\\" in member.name:
        raise DataError(f"{path} holds a name that leaves its folder ({member.name!r}): refused.")
    if member.size > MAX_BATCH_BYTES:
        raise DataError(f"{path}: {member.name!r} is larger than any batch of CIFAR-10: refused.")


# Pickles, read with stand-ins. A pickle names functions and calls them with arguments of its choice; here
# every admitted name stands for an object below, which does nothing but keep what it is given.


class _Dtype:
    """Stands for ``numpy.dtype``: keeps the code, which must be that of small whole numbers."""

    def __init__(self, code: object) -> None:
        text = code.decode("latin1") if isinstance(code, bytes) else code
        if text not in ("u1", "|u1", "b1", "i1", "i4", "i8"):
            raise DataError(f"it holds an array of type {str(text)[:20]!r}: refused.")
        self.dtype = np.dtype(str(text))

    def __setstate__(self, state: object) -> None:
        if isinstance(state, tuple) and len(state) > 1 and state[1] in (">", b">"):
            self.dtype = self.dtype.newbyteorder(">")


class _Array:
    """Stands for an array: built empty and then given its state, as numpy's own pickles do."""

    value: NDArray[Any] | None = None

    def __setstate__(self, state: object) -> None:
        if not isinstance(state, tuple) or len(state) != 5:
            raise DataError("it holds a malformed array: refused.")
        _, shape, dtype, fortran, content = state
        self.value = _array(content, dtype, shape, "F" if fortran else "C")


def _array(content: object, dtype: object, shape: object, order: str) -> NDArray[Any]:
    raw = content.encode("latin1") if isinstance(content, str) else content
    sizes = shape if isinstance(shape, tuple) else ()
    plain = isinstance(raw, bytes | bytearray) and isinstance(dtype, _Dtype) and 0 < len(sizes) <= 4
    if not plain or not all(type(n) is int and 0 <= n <= MAX_BATCH_BYTES for n in sizes):
        raise DataError("it holds a malformed array: refused.")
    assert isinstance(raw, bytes | bytearray)
    assert isinstance(dtype, _Dtype)
    if math.prod(sizes) * dtype.dtype.itemsize != len(raw):
        raise DataError("it holds an array whose shape and content disagree: refused.")
    return np.frombuffer(bytes(raw), dtype=dtype.dtype).reshape(sizes, order="F" if order == "F" else "C")


class _StandIn:
    """Stands for one admitted name: callable when that name is, and closed to everything else."""

    __slots__ = ("_action",)

    def __init__(self, action: Callable[..., object] | None = None) -> None:
        object.__setattr__(self, "_action", action)

    def __call__(self, *args: object) -> object:
        action = object.__getattribute__(self, "_action")
        if action is None:
            raise DataError("it calls what is only a name: refused.")
        return action(*args)

    def __setattr__(self, name: str, value: object) -> None:
        raise DataError("it writes into what it names: refused.")

    def __setstate__(self, state: object) -> None:
        raise DataError("it writes into what it names: refused.")


def _frombuffer(content: object, dtype: object, shape: object, order: object = "C") -> _Array:
    made = _Array()
    made.value = _array(content, dtype, shape, str(order))
    return made


def _encode(text: object, encoding: object = "latin1") -> bytes:
    if not isinstance(text, str) or encoding not in ("latin1", "latin-1"):
        raise DataError("it calls encode in an unusual way: refused.")
    return text.encode("latin1")


_ADMITTED: dict[tuple[str, str], Callable[..., object] | None] = {
    ("numpy", "ndarray"): None,
    ("numpy", "dtype"): lambda code, *_: _Dtype(code),
    ("_codecs", "encode"): _encode,
    # numpy 1 and numpy 2 keep these in different modules
    ("numpy.core.multiarray", "_reconstruct"): lambda *_: _Array(),
    ("numpy._core.multiarray", "_reconstruct"): lambda *_: _Array(),
    ("numpy.core.numeric", "_frombuffer"): _frombuffer,
    ("numpy._core.numeric", "_frombuffer"): _frombuffer,
}


class _PlainUnpickler(pickle.Unpickler):
    """Admits what a batch of CIFAR-10 needs and refuses every other name."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in _ADMITTED:
            raise DataError(f"it names {module[:40]}.{name[:40]}, which no batch of CIFAR-10 needs: refused without running it.")
        return _StandIn(_ADMITTED[module, name])

    def persistent_load(self, pid: object) -> Any:
        raise DataError("it refers to something outside itself: refused.")


# .npz: fewer images, in one file.


def _read_npz(path: Path) -> ImageSet:
    with zipfile.ZipFile(path) as archive:
        missing = [key for key in ("X_train", "y_train", "X_test", "y_test") if f"{key}.npy" not in archive.namelist()]
        if missing:
            raise DataError(f"{path}: {', '.join(missing)} missing; an .npz needs X_train, y_train, X_test, y_test.")
        parts: dict[str, tuple[Images, Labels]] = {}
        for name in ("train", "test"):
            images = _npz_images(archive, f"X_{name}", path)
            labels = _npz_array(archive, f"y_{name}", path)
            if labels.dtype.kind not in "iu":
                raise DataError(f"{path}: y_{name} must hold whole numbers, not {labels.dtype}.")
            parts[name] = images, _checked_labels(labels, len(images), f"{path}: y_{name}")
    return ImageSet(*parts["train"], *parts["test"], source="npz")


def _npz_images(archive: zipfile.ZipFile, key: str, path: Path) -> Images:
    images = _npz_array(archive, key, path)
    if images.dtype != np.uint8 or images.ndim != 4 or not (images.shape[1:] == (3, 32, 32) or images.shape[1:] == (32, 32, 3)):
        raise DataError(f"{path}: {key} must be uint8 of shape (N, 3, 32, 32) or (N, 32, 32, 3), not {images.dtype} {images.shape}.")
    return np.ascontiguousarray(images if images.shape[1] == 3 else images.transpose(0, 3, 1, 2))


def _npz_array(archive: zipfile.ZipFile, key: str, path: Path) -> NDArray[Any]:
    """Read one array; its header is judged before any memory is taken, and object arrays never pass."""
    with archive.open(f"{key}.npy") as member:
        try:
            version = np.lib.format.read_magic(member)
            if version not in ((1, 0), (2, 0)):
                raise ValueError(f"version {version}")
            read_header = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
            shape, fortran, dtype = read_header(member)
        except Exception as error:  # numpy passes on what python's parser and tokenizer raise
            raise DataError(f"{path}: {key} has a header that is not that of a plain array: refused.") from error
        if dtype.kind not in "iub" or dtype.names is not None or dtype.shape:
            raise DataError(f"{path}: {key} holds {str(dtype)[:40]}, not whole numbers: refused.")
        size = math.prod(shape) * dtype.itemsize
        if any(n < 0 for n in shape) or len(shape) > 4 or size > MAX_IMAGES * RECORD:
            raise DataError(f"{path}: {key} claims {size >> 20} MB, more than {MAX_IMAGES} images: refused.")
        content = member.read(size)
    if len(content) != size:
        raise DataError(f"{path}: {key} is cut short.")
    return np.frombuffer(content, dtype=dtype).reshape(shape, order="F" if fortran else "C")
