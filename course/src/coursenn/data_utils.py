"""The images that every notebook trains on: real CIFAR-10 when it is here, the embedded set otherwise.

`get_CIFAR10_data` looks, in this order, at its ``path`` argument, at the environment variable ``COURSENN_DATA``
and into the cache folder (``COURSENN_CACHE``, or the usual one of the system), and says in one line what it found.
``python -m coursenn.data_utils download`` puts real CIFAR-10 into the cache folder.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import data_archives, embedded_data
from .data_archives import DataError, ImageSet

EMBEDDED = "embedded"
EMBEDDED_SIZES = {"train": 10_000, "val": 1_000, "test": 1_000}
EMBEDDED_SEEDS = {"train": 1, "val": 2, "test": 3}
"""Fixed for ever: everyone trains on the same embedded images."""

NPZ_VALIDATION = 1_000
HOW_TO_GET_IT = "for the real CIFAR-10: python -m coursenn.data_utils download"


class ImageData(dict[str, NDArray[Any]]):
    """The six arrays ``X_train y_train X_val y_val X_test y_test``, and what is known about them.

    Attributes
    ----------
    source : ``"embedded"``, ``"cifar-10"`` or ``"npz"``.
    mean_image : (3, 32, 32) float32, the mean of the training images before it was subtracted.
    class_names : ten names, in the order of the labels.
    """

    def __init__(self, arrays: dict[str, NDArray[Any]], source: str, mean_image: NDArray[np.float32], class_names: tuple[str, ...]) -> None:
        super().__init__(arrays)
        self.source = source
        self.mean_image = mean_image
        self.class_names = class_names


def get_CIFAR10_data(
    num_training: int = 49000,
    num_validation: int = 1000,
    num_test: int = 1000,
    subtract_mean: bool = True,
    path: str | os.PathLike[str] | None = None,
    verbose: bool = True,
) -> ImageData:
    """Load images for training, validation and test.

    Parameters
    ----------
    num_training, num_validation, num_test : how many of each, 1 or more; cut to what there is, and the line says so.
        The first training images train, the last ones of the set validate, so that validation stays the same
        whatever ``num_training`` is.
    subtract_mean : subtract the mean of the training images used from all images.
    path : an archive of CIFAR-10 (binary or python), a folder with one, packed or unpacked, an ``.npz`` file with
        ``X_train y_train X_test y_test``, or ``"embedded"``. Default: ``COURSENN_DATA``, the cache, the embedded set.
    verbose : print the one line.

    Returns
    -------
    A dict of ``X_*`` (N, 3, 32, 32) float32, values of 0..255 less the mean, not scaled, and ``y_*`` (N,) int64
    of 0..9, with the attributes of `ImageData`.

    Raises
    ------
    DataError
        when the path or ``COURSENN_DATA`` names something that is missing, damaged or not such a set.
    ValueError
        for a number of images below 1.
    """
    wanted = {"train": num_training, "val": num_validation, "test": num_test}
    for name, number in wanted.items():
        if number < 1:
            raise ValueError(f"the number of {name} images must be 1 or more, not {number}")
    chosen = os.fspath(path) if path is not None else os.environ.get("COURSENN_DATA", "")
    if chosen == EMBEDDED:
        where: Path | None = None
    elif chosen:
        where = Path(chosen).expanduser()
    else:
        where = data_archives.find_in_folder(cache_folder())
    parts, source = _embedded(wanted) if where is None else _split(data_archives.read_images(where), wanted)
    data = _prepare(parts, source, subtract_mean)
    if verbose:
        print(_tell(data, wanted, where, asked=chosen == EMBEDDED))
    return data


def cache_folder() -> Path:
    """Where downloaded archives are kept: ``COURSENN_CACHE``, or a folder of the system's cache."""
    if named := os.environ.get("COURSENN_CACHE"):
        return Path(named).expanduser()
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "coursenn"
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / "coursenn" / "cache"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "coursenn"


Parts = dict[str, tuple[NDArray[np.uint8], NDArray[np.int64]]]


def _embedded(wanted: dict[str, int]) -> tuple[Parts, str]:
    return {
        name: embedded_data.draw_images(min(number, EMBEDDED_SIZES[name]), EMBEDDED_SEEDS[name]) for name, number in wanted.items()
    }, EMBEDDED


def _split(images: ImageSet, wanted: dict[str, int]) -> tuple[Parts, str]:
    """Cut a set into the three parts: the last images of its training part validate."""
    there = len(images.X_train)
    kept = NPZ_VALIDATION if images.source == "npz" else wanted["val"]
    if there <= kept or not len(images.X_test):
        raise DataError(f"{there} training and {len(images.X_test)} test images are too few: {kept} of the former are for validation.")
    first = there - kept
    ends = {"train": min(wanted["train"], first), "val": first + min(wanted["val"], kept), "test": min(wanted["test"], len(images.X_test))}
    return {
        "train": (images.X_train[: ends["train"]], images.y_train[: ends["train"]]),
        "val": (images.X_train[first : ends["val"]], images.y_train[first : ends["val"]]),
        "test": (images.X_test[: ends["test"]], images.y_test[: ends["test"]]),
    }, images.source


def _prepare(parts: Parts, source: str, subtract_mean: bool) -> ImageData:
    """Turn bytes into float32 images, one copy of each, and subtract the mean in place."""
    training = parts["train"][0]
    # Whole numbers add up exactly, so the mean is right to the last bit without a float64 copy of the images.
    mean = (training.sum(axis=0, dtype=np.int64) / len(training)).astype(np.float32)
    arrays: dict[str, NDArray[Any]] = {}
    for name, (images, labels) in parts.items():
        floats = images.astype(np.float32, order="C")
        if subtract_mean:
            floats -= mean
        arrays[f"X_{name}"], arrays[f"y_{name}"] = floats, np.array(labels, dtype=np.int64)
    names = embedded_data.CLASS_NAMES if source == EMBEDDED else data_archives.CIFAR10_CLASSES
    return ImageData(arrays, source, mean, names)


def _tell(data: ImageData, wanted: dict[str, int], where: Path | None, asked: bool) -> str:
    sizes = {name: len(data[f"y_{name}"]) for name in wanted}
    told = f"{sizes['train']} training, {sizes['val']} validation and {sizes['test']} test images"
    words = {"train": "training", "val": "validation", "test": "test"}
    cut = [f"{wanted[name]} {word}" for name, word in words.items() if wanted[name] > sizes[name]]
    short = f" ({' and '.join(cut)} images were asked for)" if cut else ""
    if where is not None:
        return f"Images from {where}: {told}{short}."
    here = "the embedded set of drawn pictures"
    why = here.capitalize() if asked else f"CIFAR-10 is not on this machine, so here is {here}"
    return f"{why}: {told}{short}; {HOW_TO_GET_IT}"


# The two loaders that the courses of this family have.


def load_CIFAR_batch(filename: str | os.PathLike[str]) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Load one batch file, binary (``.bin``) or python: images (N, 32, 32, 3) float32 of 0..255 and labels (N,)."""
    path = Path(filename)
    if not path.is_file():
        raise DataError(f"{path} does not exist.")
    if path.stat().st_size > data_archives.MAX_BATCH_BYTES:
        raise DataError(f"{path} is larger than any batch of CIFAR-10.")
    images, labels = data_archives.read_batch(path.read_bytes(), path.name)
    return images.transpose(0, 2, 3, 1).astype(np.float32, order="C"), labels


def load_CIFAR10(
    ROOT: str | os.PathLike[str],
) -> tuple[NDArray[np.float32], NDArray[np.int64], NDArray[np.float32], NDArray[np.int64]]:
    """Load all of CIFAR-10 from a folder or archive: ``X_train, y_train, X_test, y_test``, images (N, 32, 32, 3) float32."""
    images = data_archives.read_images(Path(ROOT))
    train, test = (x.transpose(0, 2, 3, 1).astype(np.float32, order="C") for x in (images.X_train, images.X_test))
    return train, images.y_train, test, images.y_test


def main(arguments: Sequence[str] | None = None) -> int:
    """``python -m coursenn.data_utils``; returns 0 done, 1 not done; misuse exits with 2."""
    from . import data_download

    parser = argparse.ArgumentParser(prog="python -m coursenn.data_utils", description="The images of the course.")
    commands = parser.add_subparsers(dest="command", required=True)
    fetch = commands.add_parser("download", help="fetch real CIFAR-10 (170 MB) and check it")
    fetch.add_argument("--url", default=data_download.DEFAULT_URL, help="where from (default: %(default)s)")
    fetch.add_argument("--dest", help="folder to put it in (default: the cache folder, where it is found without any setting)")
    fetch.add_argument("--md5", help="checksum of a file that is not one of the two published archives")
    fetch.add_argument("--quiet", action="store_true", help="no progress bar")
    options = parser.parse_args(arguments)
    folder = Path(options.dest) if options.dest else cache_folder()
    try:
        path = data_download.download(options.url, folder, options.md5, progress=not options.quiet)
    except ValueError as error:
        parser.error(str(error))
    except DataError as error:
        print(f"coursenn: {error}", file=sys.stderr)
        return 1
    except ImportError as error:
        print(f"coursenn: {error.name} is not installed: pip install pooch tqdm", file=sys.stderr)
        return 1
    found = folder == cache_folder() and path.name in data_download.CHECKSUMS
    print(f"{path} is complete." + ("" if found else f" To use it, set COURSENN_DATA={path}"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
