"""Trees of numbers, text and arrays in one ``.npz`` file, without pickle: the files that `Solver` writes.

Dictionaries with text keys, lists, numbers, text, None and arrays are what a tree is made of. The arrays are members of the
file; all the rest is one JSON text in which ``{"array": 3}`` stands for the member ``array_3``.
"""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]

FORMAT = 1
TREE = "tree"


def save_tree(path: str | Path, tree: Any) -> None:
    """Write a tree into a file, all of it or nothing.

    Parameters
    ----------
    path : name of the file, ending in ``.npz``; its folder is made when it is not there.
    tree : dictionaries, lists and tuples (which become lists) of numbers, text, None and arrays.

    Raises
    ------
    ValueError
        When the name has another ending or the tree holds anything else; an older file is then left as it is.
    """
    path = Path(path)
    if path.suffix != ".npz":
        raise ValueError(f"{path}: the name of this file must end in .npz")
    arrays: list[Array] = []
    text = json.dumps({"format": FORMAT, TREE: _encode(tree, arrays)})
    members = {f"array_{i}": array for i, array in enumerate(arrays)}
    write_npz(path, {TREE: np.frombuffer(text.encode(), np.uint8), **members})


def load_tree(path: str | Path) -> Any:
    """Read what `save_tree` wrote; nothing in the file is run.

    Raises
    ------
    ValueError
        When the file is damaged or was not written by `save_tree`.
    FileNotFoundError
        When there is no such file.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            document = json.loads(file[TREE].tobytes())
            if document["format"] != FORMAT:
                raise ValueError(f"format {document['format']} instead of {FORMAT}")
            return _decode(document[TREE], file)
    except FileNotFoundError:
        raise
    except (OSError, EOFError, ValueError, KeyError, TypeError, AttributeError, zipfile.BadZipFile) as error:
        raise ValueError(f"{path} is damaged or not a checkpoint: {error}") from error


def write_npz(path: str | Path, arrays: Mapping[str, Array]) -> None:
    """Write arrays into an ``.npz`` file beside its place and rename it, so that an interruption leaves the older file whole."""
    path = Path(path)
    objects = [name for name, array in arrays.items() if array.dtype.hasobject]
    if objects:
        raise ValueError(f"an array of Python objects cannot be stored: {', '.join(objects)}")
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.stem}-{os.getpid()}.npz")
    try:
        with temporary.open("wb") as file:
            np.savez(file, **arrays)  # type: ignore[arg-type]  # numpy 2 types a keyword of its own among them
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _encode(value: Any, arrays: list[Array]) -> Any:
    if isinstance(value, np.ndarray | np.generic):
        array = np.asarray(value)
        if array.dtype.hasobject:
            raise ValueError("an array of Python objects cannot be stored in a checkpoint")
        arrays.append(array)
        return {"array": len(arrays) - 1, "scalar": isinstance(value, np.generic)}
    if isinstance(value, Mapping):
        if not all(isinstance(key, str) for key in value):
            raise ValueError("a dictionary in a checkpoint needs text as its keys")
        return {"dict": {key: _encode(item, arrays) for key, item in value.items()}}
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, Sequence):
        return [_encode(item, arrays) for item in value]
    raise ValueError(f"a {type(value).__name__} cannot be stored in a checkpoint: use numbers, text, arrays, lists and dictionaries")


def _decode(value: Any, file: Mapping[str, Array]) -> Any:
    if isinstance(value, list):
        return [_decode(item, file) for item in value]
    if isinstance(value, dict):
        if "array" in value:
            array = file[f"array_{value['array']}"]
            return array[()] if value["scalar"] else array
        return {key: _decode(item, file) for key, item in value["dict"].items()}
    return value
