"""Trained networks as files: what you hand in under ``models/``, and what is graded by its accuracy.

A model file is an ``.npz`` with arrays of numbers only:

==================  =============================================================================
``format``          the number 1
``hidden_dims``     units of each hidden layer, integers
``normalization``   0 none, 1 batch normalization, 2 layer normalization
``param_W1`` ...    the parameters under their names in ``params``, with ``param_`` in front
``running_mean_0``  running averages of the first batch normalization, ``running_var_0``, and so on
``mean_image``      the mean image that was subtracted from the training images, shape (3, 32, 32)
==================  =============================================================================

Files come from other people, so everything is checked before it is used: sizes against the limits below, names, types,
shapes, finite values. Nothing in a file is ever run.
"""

from __future__ import annotations

import math
import re
import struct
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np

from .checkpoint import write_npz

Array = np.ndarray[Any, np.dtype[Any]]
Shape = tuple[int, ...]

FORMAT = 1
NORMALIZATIONS = (None, "batchnorm", "layernorm")
IMAGE_SHAPE = (3, 32, 32)
NUM_CLASSES = 10
EPS = 1e-5

MAX_FILE_BYTES = 64 * 2**20
MAX_MEMBERS = 128
MAX_TOTAL_BYTES = 128 * 2**20
MAX_HIDDEN_LAYERS = 16
MAX_HIDDEN_UNITS = 4096
MAX_PARAMETERS = 16_000_000
MEMBER = re.compile(
    r"(format|hidden_dims|normalization|mean_image|param_(W|b|gamma|beta)[1-9][0-9]?|running_(mean|var)_(0|[1-9][0-9]?))\.npy"
)
MAGIC = b"\x93NUMPY\x01\x00"
DTYPE = rb"'descr': '(<[fiu][248]|\|[iu]1)'"
ORDER = rb"'fortran_order': (True|False)"
SHAPE = rb"'shape': \(((?:[0-9]{1,9}(?:, [0-9]{1,9}){0,7},?)?)\)"
HEADER = re.compile(re.escape(MAGIC) + rb"([\x00-\xff]{2})\{" + DTYPE + b", " + ORDER + b", " + SHAPE + rb", \} *\n")


def save_model(path: str | Path, net: Any, mean_image: Array, dtype: Any = np.float32) -> None:
    """Write a trained network into a model file.

    Parameters
    ----------
    path : name of the file, ending in ``.npz``; its folder is made when it is not there.
    net : a `FullyConnectedNetBasic` or `FullyConnectedNet` for images of shape (3, 32, 32) and ten classes.
    mean_image : what was subtracted from the images before training, shape (3, 32, 32); ``data.mean_image``.
    dtype : float32, or float16 for a file of half the size.

    Raises
    ------
    ValueError
        When the network is one that a model file cannot describe; nothing is written then.
    """
    path = Path(path)
    if path.suffix != ".npz":
        raise ValueError(f"{path}: the name of a model file must end in .npz")
    layers = sum(1 for name in net.params if name.startswith("W"))
    normalization = getattr(net, "normalization", None)
    arrays: dict[str, Array] = {
        "format": np.array(FORMAT),
        "hidden_dims": np.array([net.params[f"b{i}"].size for i in range(1, layers)], dtype=np.int64),
        "normalization": np.array(NORMALIZATIONS.index(normalization)),
        "mean_image": np.asarray(mean_image, dtype=np.float32),
    }
    arrays |= {f"param_{name}": np.asarray(w, dtype=dtype) for name, w in net.params.items()}
    if normalization == "batchnorm":
        for i, bn_param in enumerate(net.bn_params):
            arrays |= _running_averages(bn_param, i)
    _check(arrays)
    write_npz(path, arrays)


def load_model(path: str | Path) -> dict[str, Array]:
    """Read and check a model file.

    Parameters
    ----------
    path : the file.

    Returns
    -------
    dict of the arrays in the file, which describe a network completely and fit together.

    Raises
    ------
    FileNotFoundError
        When there is no such file.
    ValueError
        When it is not a model file, is damaged, larger than the limits, or describes no network; the message says what is
        wrong.
    """
    path = Path(path)
    size = path.stat().st_size
    if size > MAX_FILE_BYTES:
        raise ValueError(f"{path.name} has {size} bytes: a model file may have at most {MAX_FILE_BYTES}")
    try:
        arrays = _read_members(path)
    except (zipfile.BadZipFile, zlib.error, struct.error, OSError, EOFError, NotImplementedError, RuntimeError) as error:
        raise ValueError(f"{path.name} is damaged or not an .npz file: {error}") from error
    _check(arrays)
    return arrays


def network_from(arrays: dict[str, Array]) -> Any:
    """Build the network that the arrays of a model file describe.

    Without a normalization it is a `FullyConnectedNetBasic`, otherwise a `FullyConnectedNet`; both of `classifiers.fc_net`,
    in float32. numpy's global generator is left as it was.

    Raises
    ------
    ValueError
        When the arrays do not describe a network; the message says what is wrong.
    """
    from .classifiers.fc_net import FullyConnectedNet, FullyConnectedNetBasic

    _check(arrays)
    hidden_dims = [int(n) for n in arrays["hidden_dims"]]
    normalization = NORMALIZATIONS[int(arrays["normalization"])]
    random_state = np.random.get_state()
    try:
        net: Any
        if normalization is None:
            net = FullyConnectedNetBasic(hidden_dims, dtype=np.float32)
        else:
            net = FullyConnectedNet(hidden_dims, normalization=normalization, dtype=np.float32)
    finally:
        np.random.set_state(random_state)
    net.params = {name: arrays[f"param_{name}"].astype(np.float32) for name in _parameter_shapes(hidden_dims, normalization)}
    if normalization == "batchnorm":
        for i, bn_param in enumerate(net.bn_params):
            for key in ("running_mean", "running_var"):
                bn_param[key] = arrays[f"{key}_{i}"].astype(np.float32)
    return net


def accuracy(arrays: dict[str, Array], images: Array, labels: Array, batch_size: int = 500) -> float:
    """Share of images that the network of a model file classifies correctly, in test mode.

    Parameters
    ----------
    arrays : what `load_model` returned.
    images : uint8 images, shape (N, 3, 32, 32), N at least 1, as they come from the data set: the mean image is subtracted
        here.
    labels : right classes, shape (N,).
    batch_size : how many images go through the network at once; the result does not depend on it.

    Returns
    -------
    accuracy, 0 .. 1.

    Raises
    ------
    ValueError
        When the arrays do not describe a network, or the images have another shape or number than said above.
    """
    if images.ndim != 4 or images.shape[1:] != IMAGE_SHAPE or len(images) != len(labels) or len(images) == 0:
        raise ValueError(f"images of shape {images.shape} with {len(labels)} labels: expected (N, 3, 32, 32) and N labels, N at least 1")
    net = network_from(arrays)
    mean_image = arrays["mean_image"].astype(np.float32)
    right = 0
    for start in range(0, len(images), batch_size):
        scores = net.loss(images[start : start + batch_size].astype(np.float32) - mean_image)
        right += int(np.sum(np.argmax(scores, axis=1) == labels[start : start + batch_size]))
    return right / len(images)


def _running_averages(bn_param: dict[str, Any], i: int) -> dict[str, Array]:
    if "running_mean" not in bn_param or "running_var" not in bn_param:
        raise ValueError(f"hidden layer {i + 1} has no running averages yet: train the network before you save it")
    if bn_param.get("eps", EPS) != EPS:
        raise ValueError(f"hidden layer {i + 1} has an eps of its own: a model file describes only networks with the default {EPS}")
    return {f"{key}_{i}": np.asarray(bn_param[key], dtype=np.float32) for key in ("running_mean", "running_var")}


def _read_members(path: Path) -> dict[str, Array]:
    """Every array of a zip, none of them larger than it says and all within the limits."""
    arrays: dict[str, Array] = {}
    with zipfile.ZipFile(path) as archive:
        members = archive.infolist()
        if len(members) > MAX_MEMBERS:
            raise ValueError(f"{path.name} holds {len(members)} arrays: {MAX_MEMBERS} are allowed")
        if sum(member.file_size for member in members) > MAX_TOTAL_BYTES:
            raise ValueError(f"{path.name} would unpack to more than {MAX_TOTAL_BYTES} bytes")
        for member in members:
            name = member.filename.removesuffix(".npy")
            if not MEMBER.fullmatch(member.filename):
                raise ValueError(f"{path.name} holds {ascii(member.filename)[:80]}, which has no place in a model file")
            if name in arrays:
                raise ValueError(f"{path.name} holds {name} twice")
            if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise ValueError(f"{path.name}: {name} is compressed in a way that numpy does not use")
            with archive.open(member) as stream:
                # One byte more than announced would be seen.
                arrays[name] = _parse(stream.read(member.file_size + 1), f"{path.name}: {name}")
    return arrays


def _parse(content: bytes, what: str) -> Array:
    """The array of an ``.npy`` text, whose header is believed only after it agrees with the number of bytes.

    numpy's own reader allocates what a header announces and sends odd headers through a tokenizer; this one knows the one
    form that numpy writes for plain numbers.
    """
    header = HEADER.match(content)
    if header is None:
        raise ValueError(f"{what} is not an array of plain numbers")
    length, descr, order, sizes = header.groups()
    dtype = np.dtype(descr.decode())
    start = len(MAGIC) + len(length) + int.from_bytes(length, "little")
    shape = tuple(int(size) for size in sizes.split(b",") if size.strip())
    if header.end() != start or math.prod(shape) * dtype.itemsize != len(content) - start:
        raise ValueError(f"{what} announces a size that is not its own")
    return np.frombuffer(content, dtype, offset=start).reshape(shape, order="F" if order == b"True" else "C")


def _parameter_shapes(hidden_dims: list[int], normalization: str | None) -> dict[str, Shape]:
    """Shape of every parameter of the network."""
    dims = [math.prod(IMAGE_SHAPE), *hidden_dims, NUM_CLASSES]
    shapes: dict[str, Shape] = {}
    for i in range(1, len(dims)):
        shapes[f"W{i}"], shapes[f"b{i}"] = (dims[i - 1], dims[i]), (dims[i],)
        if normalization is not None and i < len(dims) - 1:
            shapes[f"gamma{i}"] = shapes[f"beta{i}"] = (dims[i],)
    return shapes


def _check(arrays: dict[str, Array]) -> None:
    """Raise a ``ValueError`` unless the arrays describe one network within the limits."""
    _integer(arrays, "format", FORMAT, FORMAT)
    normalization = NORMALIZATIONS[_integer(arrays, "normalization", 0, len(NORMALIZATIONS) - 1)]
    hidden_dims = _hidden_dims(arrays)
    shapes = _parameter_shapes(hidden_dims, normalization)
    if sum(math.prod(shape) for shape in shapes.values()) > MAX_PARAMETERS:
        raise ValueError(f"the network has more than {MAX_PARAMETERS} parameters")
    expected: dict[str, Shape] = {f"param_{name}": shape for name, shape in shapes.items()}
    expected["mean_image"] = IMAGE_SHAPE
    if normalization == "batchnorm":
        for i, units in enumerate(hidden_dims):
            expected[f"running_mean_{i}"] = expected[f"running_var_{i}"] = (units,)
    missing = sorted(set(expected) - set(arrays))
    surplus = sorted(set(arrays) - set(expected) - {"format", "hidden_dims", "normalization"})
    if missing or surplus:
        raise ValueError(f"these arrays are missing: {', '.join(missing) or 'none'}; these have no place: {', '.join(surplus) or 'none'}")
    for name, shape in expected.items():
        _check_values(name, arrays[name], shape)


def _integer(arrays: dict[str, Array], name: str, low: int, high: int) -> int:
    value = arrays.get(name)
    if value is None or value.shape != () or not np.issubdtype(value.dtype, np.integer) or not low <= int(value) <= high:
        raise ValueError(f"{name} must be one integer of {low} .. {high}")
    return int(value)


def _hidden_dims(arrays: dict[str, Array]) -> list[int]:
    value = arrays.get("hidden_dims")
    if value is None or value.ndim != 1 or not np.issubdtype(value.dtype, np.integer) or not 1 <= value.size <= MAX_HIDDEN_LAYERS:
        raise ValueError(f"hidden_dims must be 1 .. {MAX_HIDDEN_LAYERS} integers")
    dims = [int(n) for n in value]
    if not all(1 <= n <= MAX_HIDDEN_UNITS for n in dims):
        raise ValueError(f"every hidden layer must have 1 .. {MAX_HIDDEN_UNITS} units")
    return dims


def _check_values(name: str, array: Array, shape: Shape) -> None:
    if array.shape != shape:
        raise ValueError(f"{name} has the shape {array.shape}: expected {shape}")
    if array.dtype not in (np.float16, np.float32):
        raise ValueError(f"{name} has the type {array.dtype}: expected float32 or float16")
    if not np.isfinite(array).all():
        raise ValueError(f"{name} holds values that are not finite")
    if name.startswith("running_var") and (array < 0).any():
        raise ValueError(f"{name} holds a negative variance")
