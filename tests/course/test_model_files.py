"""Is a saved network read back unchanged, and is a hostile file refused before it uses memory?"""

from __future__ import annotations

import io
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from coursenn import model_files
from coursenn.classifiers.fc_net import FullyConnectedNet, FullyConnectedNetBasic
from coursenn.model_files import accuracy, load_model, network_from, save_model

Array = np.ndarray[Any, np.dtype[Any]]


def make_images(n: int = 30) -> tuple[Array, Array, Array]:
    """Return random images, labels and a mean image."""
    rng = np.random.default_rng(3)
    images = rng.integers(0, 256, (n, 3, 32, 32), dtype=np.uint8)
    return images, rng.integers(0, 10, n), images.mean(axis=0, dtype=np.float32)


def make_net(normalization: str | None = "batchnorm") -> Any:
    """Return a network whose running averages have seen a batch."""
    images, labels, mean_image = make_images()
    np.random.seed(2)
    net: Any
    if normalization is None:
        net = FullyConnectedNetBasic([8, 6])
    else:
        net = FullyConnectedNet([8, 6], normalization=normalization, dropout_keep_ratio=0.7)
    net.loss(images - mean_image, labels)
    return net


def npy(array: Array) -> bytes:
    """Return an array as the content of an ``.npy`` file."""
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, array, allow_pickle=True)
    return buffer.getvalue()


def write_zip(path: Path, members: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> Path:
    """Write a zip with these files."""
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


@pytest.fixture
def good(tmp_path: Path) -> dict[str, bytes]:
    """The files in the zip of a good model."""
    save_model(tmp_path / "good.npz", make_net(), make_images()[2])
    with zipfile.ZipFile(tmp_path / "good.npz") as archive:
        return {name: archive.read(name) for name in archive.namelist()}


# ------------------------------------------------------------------ saving and loading


@pytest.mark.parametrize("normalization", [None, "batchnorm", "layernorm"])
def test_a_network_is_read_back_unchanged(normalization: str | None, tmp_path: Path) -> None:
    """Are the scores and the accuracy exactly those of the saved network?"""
    images, labels, mean_image = make_images()
    net = make_net(normalization)
    save_model(tmp_path / "models" / "net.npz", net, mean_image)
    arrays = load_model(tmp_path / "models" / "net.npz")
    X = images.astype(np.float32) - mean_image
    np.testing.assert_array_equal(network_from(arrays).loss(X), net.loss(X))
    expected = np.mean(net.loss(X).argmax(axis=1) == labels)
    assert {accuracy(arrays, images, labels, batch_size=size) for size in (7, 500)} == {expected}
    np.testing.assert_array_equal(arrays["mean_image"], mean_image)


def test_a_network_without_normalization_is_saved(tmp_path: Path) -> None:
    """Is a FullyConnectedNet without normalization read back with the same scores?"""
    images, _, mean_image = make_images()
    net = FullyConnectedNet([8], dropout_keep_ratio=0.5)
    save_model(tmp_path / "net.npz", net, mean_image)
    X = images.astype(np.float32)
    np.testing.assert_array_equal(network_from(load_model(tmp_path / "net.npz")).loss(X), net.loss(X))


def test_half_precision_halves_the_file(tmp_path: Path) -> None:
    """Can float16 be saved, and is it read back into a float32 network?"""
    for dtype in (np.float32, np.float16):
        save_model(tmp_path / f"{np.dtype(dtype)}.npz", make_net(), make_images()[2], dtype=dtype)
    sizes = [(tmp_path / name).stat().st_size for name in ("float32.npz", "float16.npz")]
    assert sizes[1] < 0.7 * sizes[0]
    net = network_from(load_model(tmp_path / "float16.npz"))
    assert {w.dtype for w in net.params.values()} == {np.dtype(np.float32)}


def test_building_a_network_draws_nothing(tmp_path: Path) -> None:
    """Is the state of numpy's global generator unchanged?"""
    save_model(tmp_path / "net.npz", make_net(), make_images()[2])
    arrays = load_model(tmp_path / "net.npz")
    np.random.seed(0)
    network_from(arrays)
    assert np.random.rand() == np.random.RandomState(0).rand()


# ------------------------------------------------------------------ what cannot be saved


def test_networks_that_a_file_cannot_describe_are_refused(tmp_path: Path) -> None:
    """Does each of them give an error, and is nothing written?"""
    mean_image = make_images()[2]
    fresh = FullyConnectedNet([8], normalization="batchnorm")
    odd_eps, diverged = make_net(), make_net()
    odd_eps.bn_params[0]["eps"] = 1e-3
    diverged.params["W1"][0, 0] = np.nan
    cases: list[tuple[Any, Array, str]] = [
        (fresh, mean_image, "no running averages"),
        (odd_eps, mean_image, "eps of its own"),
        (diverged, mean_image, "param_W1 holds values that are not finite"),
        (FullyConnectedNetBasic([8], input_dim=5), mean_image, "param_W1 has the shape"),
        (FullyConnectedNetBasic([8], num_classes=3), mean_image, "param_W2 has the shape"),
        (make_net(), mean_image[0], "mean_image has the shape"),
    ]
    for net, mean, message in cases:
        with pytest.raises(ValueError, match=message):
            save_model(tmp_path / "net.npz", net, mean)
    with pytest.raises(ValueError, match=r"end in \.npz"):
        save_model(tmp_path / "net.pkl", make_net(), mean_image)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("images", [np.zeros((0, 3, 32, 32)), np.zeros((2, 32, 32, 3)), np.zeros((3, 3, 32, 32))])
def test_images_that_do_not_fit_are_refused(images: Array, tmp_path: Path) -> None:
    """Does a wrong shape or number give an error that says what is expected?"""
    save_model(tmp_path / "net.npz", make_net(), make_images()[2])
    labels = np.zeros(0 if len(images) == 0 else 2, int)
    with pytest.raises(ValueError, match="expected"):
        accuracy(load_model(tmp_path / "net.npz"), images, labels)


# ------------------------------------------------------------------ hostile and damaged files


def header(shape: str, descr: str = "<f4") -> bytes:
    """Return the content of an ``.npy`` file that declares a shape and contains four bytes."""
    text = f"{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}\n".encode()
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text + b"\0" * 4


class Boom:
    """An object that fails the test if it is unpickled."""

    def __reduce__(self) -> Any:
        return (pytest.fail, ("a pickle was run",))


CHANGES: dict[str, tuple[dict[str, bytes | None], str]] = {
    "a pickle": ({"param_b1.npy": npy(np.array([Boom()], dtype=object))}, "plain numbers"),
    "a huge shape": ({"param_b1.npy": header("(100000000,)")}, "a size that is not its own"),
    "an overflowing shape": ({"param_b1.npy": header("(4611686018427387904, 4)")}, "is not an array"),
    "a negative shape": ({"param_b1.npy": header("(-1,)")}, "is not an array"),
    "a boolean shape": ({"param_b1.npy": header("(True,)")}, "is not an array"),
    "no header": ({"param_b1.npy": b"hello"}, "is not an array"),
    "a header of nonsense": ({"param_b1.npy": header("[" * 500)}, "is not an array"),
    "a header length of its own": ({"param_b1.npy": header("(1,)").replace(b"NUMPY\x01\x00", b"NUMPY\x01\x00\x09", 1)}, "is not an array"),
    "structured numbers": ({"param_b1.npy": npy(np.zeros(8, [("a", "<f4")]))}, "plain numbers"),
    "text": ({"param_b1.npy": npy(np.array(["a"]))}, "plain numbers"),
    "complex numbers": ({"param_b1.npy": npy(np.zeros(8, complex))}, "plain numbers"),
    "double precision": ({"param_b1.npy": npy(np.zeros(8))}, "float32 or float16"),
    "a path as a name": ({"../param_b1.npy": npy(np.zeros(8))}, "no place"),
    "another name": ({"numpy.py": b"import os"}, "no place"),
    "a surplus layer": ({"param_W9.npy": npy(np.zeros((2, 2), np.float32))}, "no place: param_W9"),
    "a missing array": ({"param_W2.npy": None}, "missing: param_W2"),
    "a wrong shape": ({"param_W2.npy": npy(np.zeros((6, 8), np.float32))}, r"param_W2 has the shape \(6, 8\)"),
    "a number that is not finite": ({"param_b1.npy": npy(np.full(8, np.inf, np.float32))}, "not finite"),
    "a negative variance": ({"running_var_0.npy": npy(np.full(8, -1, np.float32))}, "negative variance"),
    "no format": ({"format.npy": None}, "format must be"),
    "another format": ({"format.npy": npy(np.array(2))}, "format must be"),
    "another normalization": ({"normalization.npy": npy(np.array(3))}, "normalization must be"),
    "a normalization of two": ({"normalization.npy": npy(np.array([1, 1]))}, "normalization must be"),
    "fractions of units": ({"hidden_dims.npy": npy(np.array([8.0, 6.0]))}, "hidden_dims must be"),
    "too many layers": ({"hidden_dims.npy": npy(np.ones(17, int))}, "hidden_dims must be"),
    "too many units": ({"hidden_dims.npy": npy(np.array([8, 10**9]))}, "every hidden layer"),
    "no units": ({"hidden_dims.npy": npy(np.array([8, 0]))}, "every hidden layer"),
    "too many parameters": ({"hidden_dims.npy": npy(np.full(2, 4096))}, "more than 16000000 parameters"),
}


@pytest.mark.parametrize("case", CHANGES)
def test_a_file_with_one_thing_wrong_is_refused(case: str, good: dict[str, bytes], tmp_path: Path) -> None:
    """Does each give an error that names what is wrong?"""
    changes, message = CHANGES[case]
    members = {name: content for name, content in {**good, **changes}.items() if content is not None}
    with pytest.raises(ValueError, match=message) as caught:
        load_model(write_zip(tmp_path / "bad.npz", members))
    assert len(str(caught.value)) < 1000


def test_the_unchanged_members_are_accepted(good: dict[str, bytes], tmp_path: Path) -> None:
    """Is the file accepted from which the damaged ones are made?"""
    assert set(load_model(write_zip(tmp_path / "good.npz", good))) == {name.removesuffix(".npy") for name in good}


@pytest.mark.parametrize("content", [b"", b"hello", b"PK\x03\x04", b"PK\x05\x06" + b"\0" * 18])
def test_a_file_that_is_not_a_zip_of_arrays_is_refused(content: bytes, tmp_path: Path) -> None:
    """Does each of them give a ValueError?"""
    path = tmp_path / "bad.npz"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"damaged|format must be"):
        load_model(path)


def flip(content: bytes, position: int) -> bytes:
    """Return the content with one byte changed."""
    return content[:position] + bytes([content[position] ^ 0xFF]) + content[position + 1 :]


def test_a_damaged_file_is_never_another_error(tmp_path: Path) -> None:
    """Does a changed byte at any position give either a ValueError or a model?"""
    good = tmp_path / "good.npz"
    save_model(good, FullyConnectedNetBasic([1]), make_images()[2])
    content = good.read_bytes()
    refused = 0
    for position in [*range(200), *range(200, len(content) - 1500, 997), *range(len(content) - 1500, len(content), 7)]:
        path = tmp_path / "bad.npz"
        path.write_bytes(flip(content, position))
        try:
            load_model(path)
        except ValueError:
            refused += 1
    assert refused > 100


@pytest.mark.parametrize(
    ("limit", "value", "message"),
    [
        ("MAX_FILE_BYTES", 100, "may have at most 100"),
        ("MAX_MEMBERS", 3, "3 are allowed"),
        ("MAX_TOTAL_BYTES", 1000, "unpack to more than 1000"),
    ],
)
def test_sizes_are_checked_before_anything_is_read(
    limit: str, value: int, message: str, good: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Is each limit enforced?"""
    path = write_zip(tmp_path / "good.npz", good)
    monkeypatch.setattr(model_files, limit, value)
    with pytest.raises(ValueError, match=message):
        load_model(path)


def test_a_zip_bomb_costs_no_memory(tmp_path: Path) -> None:
    """Is a small file that unpacks to a large one refused without being unpacked?"""
    zeros = npy(np.zeros(2**23, np.float32))
    path = write_zip(tmp_path / "bomb.npz", {f"param_W{i}.npy": zeros for i in range(1, 6)})
    assert path.stat().st_size < 2**20
    tracemalloc.start()
    with pytest.raises(ValueError, match="unpack to more"):
        load_model(path)
    assert tracemalloc.get_traced_memory()[1] < 2**20
    tracemalloc.stop()


def test_repeated_names_and_unusual_compression_are_refused(good: dict[str, bytes], tmp_path: Path) -> None:
    """Are files refused that numpy would never write?"""
    path = write_zip(tmp_path / "twice.npz", good)
    with pytest.warns(UserWarning, match="Duplicate"), zipfile.ZipFile(path, "a") as archive:
        archive.writestr("format.npy", good["format.npy"])
    with pytest.raises(ValueError, match="format twice"):
        load_model(path)
    with pytest.raises(ValueError, match="compressed"):
        load_model(write_zip(tmp_path / "lzma.npz", good, zipfile.ZIP_LZMA))


def test_a_member_longer_than_declared_is_refused(good: dict[str, bytes], tmp_path: Path) -> None:
    """Is a zip refused whose directory understates a size to avoid the limits?"""
    path = write_zip(tmp_path / "lying.npz", good, zipfile.ZIP_STORED)
    content = bytearray(path.read_bytes())
    entry = content.rindex(b"param_W1.npy") - 46
    content[entry + 24 : entry + 28] = (200).to_bytes(4, "little")
    path.write_bytes(bytes(content))
    with pytest.raises(ValueError, match=r"damaged|a size that is not its own"):
        load_model(path)


def test_a_missing_file_gives_its_own_error(tmp_path: Path) -> None:
    """Is it a FileNotFoundError, so that a caller can recognise it?"""
    with pytest.raises(FileNotFoundError):
        load_model(tmp_path / "nothing.npz")


@pytest.mark.parametrize("change", [lambda a: a.pop("param_b1"), lambda a: a.update(param_b1=np.zeros(3, np.float32))])
def test_network_from_checks_its_arrays(change: Callable[[Any], Any], tmp_path: Path) -> None:
    """Does network_from check arrays that do not come from load_model?"""
    save_model(tmp_path / "net.npz", make_net(), make_images()[2])
    arrays = load_model(tmp_path / "net.npz")
    change(arrays)
    with pytest.raises(ValueError, match="param_b1"):
        network_from(arrays)
