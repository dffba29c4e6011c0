"""Are the images found and returned as documented, and is a damaged or hostile .npz refused?"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from coursenn import data_archives, embedded_data
from coursenn.data_utils import DataError, cache_folder, get_CIFAR10_data, load_CIFAR10, load_CIFAR_batch
from tests.course.cifar_files import IMAGES, LABELS, Trap, binary_files, python_files, write_folder, write_tar


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("COURSENN_DATA", raising=False)
    monkeypatch.setenv("COURSENN_CACHE", str(tmp_path / "cache"))


def check_real(data: dict[str, np.ndarray]) -> None:
    floats = IMAGES.astype(np.float32)
    np.testing.assert_array_equal(data["X_train"], floats[:90])
    np.testing.assert_array_equal(data["X_val"], floats[90:100])
    np.testing.assert_array_equal(data["X_test"], floats[100:])
    for part, labels in (("train", LABELS[:90]), ("val", LABELS[90:100]), ("test", LABELS[100:])):
        np.testing.assert_array_equal(data[f"y_{part}"], labels)


STYLES: dict[str, Callable[[], dict[str, bytes]]] = {
    "binary": binary_files,
    "python2": lambda: python_files("python2"),
    "protocol 2": lambda: python_files("2"),
    "protocol 4": lambda: python_files("4"),
    "protocol 5": lambda: python_files("5"),
}


@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize("style", STYLES)
def test_every_form_of_cifar10(tmp_path: Path, style: str, packed: bool) -> None:
    """Do the binary and the Python archive give the same images, packed and unpacked, in every pickle protocol?"""
    files = STYLES[style]()
    path = write_tar(tmp_path / "c.tar.gz", files) if packed else write_folder(tmp_path / "c", files)
    data = get_CIFAR10_data(49000, 10, 1000, subtract_mean=False, path=path)
    assert data.source == "cifar-10"
    check_real(data)


def test_keys_dtypes_and_mean(tmp_path: Path) -> None:
    """Do the six arrays have the usual keys and types, and is the mean of the training images subtracted from all?"""
    path = write_folder(tmp_path / "c", binary_files())
    plain, data = (get_CIFAR10_data(90, 10, 20, subtract_mean=s, path=path) for s in (False, True))
    assert set(data) == {"X_train", "y_train", "X_val", "y_val", "X_test", "y_test"}
    np.testing.assert_allclose(data.mean_image, IMAGES[:90].mean(axis=0), atol=1e-4)
    assert abs(data["X_train"].mean(axis=0)).max() < 1e-3
    for part in ("train", "val", "test"):
        assert data[f"X_{part}"].dtype == np.float32
        assert data[f"X_{part}"].flags.c_contiguous
        assert data[f"y_{part}"].dtype == np.int64
        np.testing.assert_array_equal(data[f"X_{part}"], plain[f"X_{part}"] - data.mean_image)


def test_validation_does_not_depend_on_num_training(tmp_path: Path) -> None:
    """Do the validation images stay the same with fewer training images?"""
    path = write_folder(tmp_path / "c", binary_files())
    few, many = (get_CIFAR10_data(n, 10, 20, subtract_mean=False, path=path) for n in (5, 90))
    np.testing.assert_array_equal(few["X_val"], many["X_val"])
    np.testing.assert_array_equal(few["X_train"], many["X_train"][:5])


# Where images are looked for.


def test_falls_back_to_the_embedded_set(capsys: pytest.CaptureFixture[str]) -> None:
    """Without CIFAR-10, is the embedded set used, and does one line say so and how to get the real images?"""
    data = get_CIFAR10_data(300, 5000, 20, subtract_mean=False)
    line = capsys.readouterr().out
    assert line.count("\n") == 1
    for part in (
        "embedded",
        "300 training, 1000 validation and 20 test",
        "5000 validation images were asked for",
        "coursenn.data_utils download",
    ):
        assert part in line
    assert data.source == "embedded"
    assert data.class_names == embedded_data.CLASS_NAMES
    np.testing.assert_array_equal(data["X_train"], embedded_data.draw_images(300, 1)[0])
    np.testing.assert_array_equal(data["X_val"][:5], embedded_data.draw_images(5, 2)[0])


def test_default_sizes_of_the_embedded_set(capsys: pytest.CaptureFixture[str]) -> None:
    """Does the default call give 10,000 training images, and does it print the sizes?"""
    data = get_CIFAR10_data()
    assert [len(data[k]) for k in ("y_train", "y_val", "y_test")] == [10000, 1000, 1000]
    assert "49000 training images were asked for" in capsys.readouterr().out


def test_cache_is_found_and_embedded_can_be_forced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Is an archive in the cache used unless the embedded set is asked for?"""
    cache_folder().mkdir()
    write_tar(cache_folder() / "cifar-10-binary.tar.gz", binary_files())
    assert get_CIFAR10_data(5, 5, 5).source == "cifar-10"
    monkeypatch.setenv("COURSENN_DATA", "embedded")
    assert get_CIFAR10_data(5, 5, 5).source == "embedded"


def test_order_of_the_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Does the argument have precedence over COURSENN_DATA?"""
    monkeypatch.setenv("COURSENN_DATA", str(write_folder(tmp_path / "c", binary_files())))
    assert get_CIFAR10_data(5, 5, 5).source == "cifar-10"
    assert get_CIFAR10_data(5, 5, 5, path="embedded").source == "embedded"


@pytest.mark.parametrize("by_variable", [True, False])
def test_a_wrong_path_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, by_variable: bool) -> None:
    """Is a missing file or an empty folder that was named an error, and not silently replaced by the embedded set?"""
    (tmp_path / "empty").mkdir()
    (tmp_path / "notes.txt").write_text("no images")
    for name, why in (("missing.tar.gz", "does not exist"), ("empty", "holds none of"), ("notes.txt", "neither a .tar.gz")):
        monkeypatch.setenv("COURSENN_DATA", str(tmp_path / name) if by_variable else "")
        with pytest.raises(DataError, match=why):
            get_CIFAR10_data(5, 5, 5, path=None if by_variable else tmp_path / name)


def test_numbers_below_one_are_refused() -> None:
    """Is a request for 0 images refused?"""
    with pytest.raises(ValueError, match="1 or more"):
        get_CIFAR10_data(num_validation=0)


def test_verbose_can_be_turned_off(capsys: pytest.CaptureFixture[str]) -> None:
    """Does verbose=False print nothing?"""
    get_CIFAR10_data(5, 5, 5, verbose=False)
    assert capsys.readouterr().out == ""


def test_help_as_a_module() -> None:
    """Does ``python -m coursenn.data_utils --help`` work without a warning?"""
    run = subprocess.run([sys.executable, "-W", "error", "-m", "coursenn.data_utils", "--help"], capture_output=True, text=True,
                         env={**os.environ, "PYTHONPATH": str(Path(data_archives.__file__).parent.parent)})  # fmt: skip
    assert run.returncode == 0, run.stderr
    assert run.stderr == ""
    assert "download" in run.stdout


def test_memory_stays_near_one_float32_copy() -> None:
    """Does the set need the memory of its bytes and one float32 copy, without a float64 copy?"""
    tracemalloc.start()
    get_CIFAR10_data(4000, 10, 10, verbose=False)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4000 * 3072 * (4 + 1) + 40e6 < 4000 * 3072 * 8 + 10e6


# The two loaders of the CS231n family.


def test_family_loaders(tmp_path: Path) -> None:
    """Do load_CIFAR_batch and load_CIFAR10 give images of shape (N, 32, 32, 3), as in the courses they come from?"""
    folder = write_folder(tmp_path / "c", python_files("python2"))
    images, labels = load_CIFAR_batch(folder / "data_batch_2")
    np.testing.assert_array_equal(images, IMAGES[20:40].transpose(0, 2, 3, 1))
    np.testing.assert_array_equal(labels, LABELS[20:40])
    X_train, y_train, X_test, y_test = load_CIFAR10(folder)
    np.testing.assert_array_equal(X_train, IMAGES[:100].transpose(0, 2, 3, 1))
    np.testing.assert_array_equal(X_test, IMAGES[100:].transpose(0, 2, 3, 1))
    np.testing.assert_array_equal(np.concatenate([y_train, y_test]), LABELS)


# .npz


def write_npz(path: Path, count: int = 1050, nhwc: bool = False, **other: Any) -> Path:
    images, labels = embedded_data.draw_images(count + 30, 9)
    stored = images.transpose(0, 2, 3, 1) if nhwc else images
    arrays = {"X_train": stored[:count], "y_train": labels[:count].astype(np.uint8), "X_test": stored[count:], "y_test": labels[count:]}
    np.savez(path, **{**arrays, **other})
    return path


@pytest.mark.parametrize("nhwc", [True, False])
def test_npz(tmp_path: Path, nhwc: bool, capsys: pytest.CaptureFixture[str]) -> None:
    """Are the last 1,000 training images of an .npz used for validation, in both layouts, and are the sizes printed?"""
    data = get_CIFAR10_data(subtract_mean=False, path=write_npz(tmp_path / "few.npz", nhwc=nhwc))
    images, labels = embedded_data.draw_images(1080, 9)
    np.testing.assert_array_equal(data["X_train"], images[:50])
    np.testing.assert_array_equal(data["X_val"], images[50:1050])
    np.testing.assert_array_equal(data["y_val"], labels[50:1050])
    np.testing.assert_array_equal(data["X_test"], images[1050:])
    assert data.source == "npz"
    assert "50 training, 1000 validation and 30 test images" in capsys.readouterr().out


def test_validation_images_of_an_npz_never_train(tmp_path: Path) -> None:
    """If fewer validation images are asked for, are the others still left out of training?"""
    data = get_CIFAR10_data(num_validation=10, path=write_npz(tmp_path / "few.npz"))
    assert [len(data[k]) for k in ("y_train", "y_val")] == [50, 10]


def header(shape: str, descr: str = "'|u1'") -> bytes:
    text = f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}".ljust(117).encode() + b"\n"
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text


@pytest.mark.parametrize(
    ("member", "why"),
    [
        (header("(100000000000, 3, 32, 32)"), "claims"),
        (header("(-1, 3, 32, 32)"), "claims"),
        (header("(1050, 3, 32, 32)"), "cut short"),
        (header("(5,)", "'|O'") + pickle.dumps(Trap()), "not whole numbers"),
        (header("(5,)", "[('a', '|u1')]"), "not whole numbers"),
        (header("(5,)", "'<f8'") + bytes(40), "not whole numbers"),
        (header("(5,)") + bytes(5), "must be uint8 of shape"),
        (header("__import__('os')"), "header"),
        (header("(1050, 3, 32, 32N"), "header"),
        (b"\x93NUMPY\x09\x00", "header"),
        (b"", "header"),
    ],
)
def test_hostile_npz(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, member: bytes, why: str) -> None:
    """Is a false header or an object array refused before memory is used or code is run?"""
    monkeypatch.chdir(tmp_path)
    path = write_npz(tmp_path / "few.npz")
    with zipfile.ZipFile(path) as good, zipfile.ZipFile(tmp_path / "bad.npz", "w") as bad:
        for name in good.namelist():
            bad.writestr(name, member if name == "X_train.npy" else good.read(name))
    with pytest.raises(DataError, match=why):
        get_CIFAR10_data(path=tmp_path / "bad.npz")
    assert not (tmp_path / "ran").exists()


def test_incomplete_npz(tmp_path: Path) -> None:
    """Is there a message for missing keys, labels out of range, too few images, and a file that is not a zip?"""
    np.savez(tmp_path / "keys.npz", X_train=IMAGES)
    (tmp_path / "text.npz").write_text("not a zip")
    write_npz(tmp_path / "labels.npz", y_train=np.full(1050, 10))
    write_npz(tmp_path / "small.npz", count=1000)
    for name, why in (("keys", "y_train, X_test, y_test missing"), ("text", "cannot be read"), ("labels", r"0\.\.9"), ("small", "too few")):
        with pytest.raises(DataError, match=why):
            get_CIFAR10_data(path=tmp_path / f"{name}.npz")


def test_real_images(real_images: Path) -> None:
    """Do real images load, with ten classes and CIFAR-10's contrast?"""
    data = get_CIFAR10_data(path=real_images)
    assert data.source == "npz"
    assert len(data["y_val"]) == 1000
    assert set(data["y_train"]) == set(range(10))
    assert 55 < data["X_train"].std() < 70
