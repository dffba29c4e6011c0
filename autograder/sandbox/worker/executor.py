"""Carries out requests: handles, paths, calls. The same code serves the reference and a submission."""

from __future__ import annotations

import errno
import zipfile
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from .older_keywords import translated
from .protocol import DTYPE_CODES, ERRORS, KINDS, MAX_DIMENSIONS, MAX_REPLY_BYTES, MAX_TEXT_BYTES, NO_FILE, Reply

MAX_NPZ_BYTES = 64 << 20
MAX_NPZ_MEMBERS = 200
MAX_KEYS = 1 << 31
LIMIT_OF_ERRNO = {errno.ENOSPC: "OutputLimit", errno.EFBIG: "OutputLimit", errno.EDQUOT: "OutputLimit", errno.EAGAIN: "ProcessLimit"}


class Refusal(Exception):
    """Answers a request with one of our own errors: ``code`` is one of the first entries of ``ERRORS``."""

    def __init__(self, code: str, text: str = "") -> None:
        super().__init__(text)
        self.code = code


class Executor:
    """Values with handles, and the operations on them.

    Parameters
    ----------
    resolve : finds ``"layers.affine_forward"`` and raises `Refusal` if it does not exist.
    files : paths of the editable files; a reply with an error contains the index of the file that it came from.
    """

    def __init__(self, resolve: Callable[[str], Any], files: tuple[str, ...] = ()) -> None:
        self.resolve = resolve
        self.files = files
        self.values: dict[str, Any] = {}

    def handle_all(self, header: dict[str, Any], arrays: list[Any]) -> Iterator[Reply]:
        """Carry out one request; yield an answer for each value requested."""
        if header["op"] != "arrays":
            yield self.handle(header, arrays)
        else:
            for ref in header["refs"]:
                yield self.handle({"op": "array", "ref": ref}, [])

    def handle(self, header: dict[str, Any], arrays: list[Any]) -> Reply:
        """Carry out one request. Any exception becomes an error reply."""
        try:
            operation = getattr(self, "do_" + header["op"])
            reply: Reply = operation(header, arrays)
            return reply
        except BaseException as error:
            return error_reply(error, self.files)

    def do_call(self, header: dict[str, Any], arrays: list[Any]) -> Reply:
        target = header["target"]
        function = self.resolve(target) if isinstance(target, str) else self._decode(target, arrays)
        args = [self._decode(a, arrays) for a in header["args"]]
        kwargs = {k: self._decode(v, arrays) for k, v in header["kwargs"].items()}
        kwargs, older = translated(function, kwargs)
        self.values[header["handle"]] = function(*args, **kwargs)
        return Reply("X", older) if older else Reply("N")

    def do_put(self, header: dict[str, Any], arrays: list[Any]) -> Reply:
        self.values[header["handle"]] = self._decode(header["value"], arrays)
        return Reply("N")

    def do_set(self, header: dict[str, Any], arrays: list[Any]) -> Reply:
        handle, path = header["ref"]
        owner = self._follow(handle, path[:-1])
        kind, key = path[-1]
        value = self._decode(header["value"], arrays)
        if kind == "attr":
            setattr(owner, key, value)
        else:
            owner[key] = value
        return Reply("N")

    def do_fill(self, header: dict[str, Any], arrays: list[Any]) -> Reply:
        owner = self._follow(*header["ref"])
        for key, value in header["items"]:
            owner[key] = self._decode(value, arrays)
        return Reply("N")

    def do_array(self, header: dict[str, Any], arrays: list[Any]) -> Reply:
        value = self._follow(*header["ref"])
        if isinstance(value, bool | np.bool_):
            return Reply("B", bool(value))
        if isinstance(value, int) and -(1 << 63) <= value < 1 << 63:
            return Reply("I", value)
        if isinstance(value, float) and not isinstance(value, np.generic):
            return Reply("F", value)
        if _is_nothing(value):
            raise Refusal("Nothing", "")
        if not isinstance(value, np.ndarray | np.generic):
            raise Refusal("NotAnArray", kind_word(value))
        return Reply("A", _portable(np.asarray(value)))

    def do_length(self, header: dict[str, Any], arrays: list[Any]) -> Reply:
        return Reply("L", len(self._follow(*header["ref"])))

    def do_kind(self, header: dict[str, Any], arrays: list[Any]) -> Reply:
        try:
            value = self._follow(*header["ref"])
        except Refusal:
            return Reply("X", KINDS.index("absent"))
        return Reply("X", KINDS.index(kind_word(value)))

    def do_keys(self, header: dict[str, Any], arrays: list[Any]) -> Reply:
        value = self._follow(*header["ref"])
        if not isinstance(value, dict):
            raise Refusal("NotAnArray", kind_word(value))
        present = set(value)
        found = [i for i, name in enumerate(header["names"]) if name in present]
        return Reply("K", (found, min(len(present - set(header["names"])), MAX_KEYS)))

    def do_npz(self, header: dict[str, Any], arrays: list[Any]) -> Reply:
        self.values[header["handle"]] = load_npz(header["path"])
        return Reply("N")

    def do_seed(self, header: dict[str, Any], arrays: list[Any]) -> Reply:
        """Begin a check, dropping everything from the previous one."""
        self.values.clear()
        np.random.seed(header["value"])
        return Reply("N")

    def _decode(self, value: Any, arrays: list[Any]) -> Any:
        if isinstance(value, list):
            return [self._decode(v, arrays) for v in value]
        if not isinstance(value, dict):
            return value
        tag = value["$"]
        if tag == "array":
            return arrays[value["v"]]
        if tag == "laid":
            index, layout = value["v"]
            return laid(arrays[index], layout)
        if tag == "scalar":
            return arrays[value["v"]][()]
        if tag == "dtype":
            return np.dtype(value["v"]).type
        if tag == "ref":
            return self._follow(*value["v"])
        if tag == "tuple":
            return tuple(self._decode(v, arrays) for v in value["v"])
        return {k: self._decode(v, arrays) for k, v in value["v"]}

    def _follow(self, handle: str, path: list[list[Any]]) -> Any:
        if handle not in self.values:
            raise Refusal("NoSuchItem", "")
        value = self.values[handle]
        for place, (kind, key) in enumerate(path):
            try:
                value = getattr(value, key) if kind == "attr" else value[key]
            except (AttributeError, LookupError, TypeError) as error:
                steps = path[max(place - 1, 0) : place + 1]
                raise Refusal("Nothing" if _is_nothing(value) else "NoSuchItem", _in_words(steps)) from error
        return value


def _in_words(steps: list[list[Any]]) -> str:
    """Steps of a path, the last one first: ``entry W1 of attribute params``."""
    kinds = ["attribute" if kind == "attr" else "part" if isinstance(key, int) else "entry" for kind, key in steps]
    return " of ".join(f"{kind} {key}" for kind, (_, key) in reversed(list(zip(kinds, steps, strict=True))))


def _is_nothing(value: Any) -> bool:
    return value is None or (type(value) in (dict, list, tuple) and not value)


def kind_word(value: Any) -> str:
    """The word of ``KINDS`` for a value."""
    if value is None:
        return "none"
    if isinstance(value, bool | np.bool_):
        return "bool"
    if isinstance(value, np.ndarray):
        return "array"
    for types, word in (((int, np.integer), "int"), ((float, np.floating), "float"), ((str,), "str")):
        if isinstance(value, types):
            return word
    for type_, word in ((dict, "dict"), (list, "list"), (tuple, "tuple")):
        if isinstance(value, type_):
            return word
    return "callable" if callable(value) else "other"


def laid(value: Any, layout: str) -> Any:
    """The same array, with its entries in another order in memory."""
    if layout == "fortran":
        return np.asfortranarray(value)
    if layout == "reversed":
        return np.ascontiguousarray(value[::-1])[::-1]
    longer = np.zeros((*value.shape[:-1], 2 * value.shape[-1]), value.dtype)
    longer[..., ::2] = value
    return longer[..., ::2]


def _portable(value: Any) -> Any:
    """A C-order base-class copy in native byte order; `Refusal` if the wire cannot carry it."""
    if (value.dtype.kind, value.dtype.itemsize) not in DTYPE_CODES:
        raise Refusal("NotAnArray", f"array of {value.dtype.name}")
    if value.ndim > MAX_DIMENSIONS or value.nbytes > MAX_REPLY_BYTES:
        raise Refusal("TooLarge", "")
    return np.array(value, dtype=value.dtype.newbyteorder("="), order="C", copy=True, subok=False)


def load_npz(path: str) -> dict[str, Any]:
    """Numeric arrays of an ``.npz``, without pickle and within size limits; anything else is left out."""
    with zipfile.ZipFile(path) as archive:
        members = archive.infolist()
        if len(members) > MAX_NPZ_MEMBERS or sum(m.file_size for m in members) > MAX_NPZ_BYTES:
            raise Refusal("TooLarge", "")
    arrays: dict[str, Any] = {}
    with np.load(path, allow_pickle=False) as archive_:
        for name in archive_.files:
            try:
                value = archive_[name]
            except ValueError:
                continue
            if isinstance(value, np.ndarray) and (value.dtype.kind, value.dtype.itemsize) in DTYPE_CODES:
                arrays[name] = value
    return arrays


def error_reply(error: BaseException, files: tuple[str, ...] = ()) -> Reply:
    """An error as code, text, and the line of the editable file it came from."""
    code = error.code if isinstance(error, Refusal) else _builtin_name(error)
    try:
        text = str(error)[:MAX_TEXT_BYTES]
    except BaseException:
        text = ""
    # Our refusals are raised in the loader: the text matters, not the place.
    file, line = (NO_FILE, 0) if isinstance(error, Refusal) else _where_raised(error, files)
    return Reply("E", code=code, file=file, line=line, text=text)


def _builtin_name(error: BaseException) -> str:
    ours = getattr(type(error), "error_code", None)
    if ours in ERRORS:
        return str(ours)
    if isinstance(error, OSError) and error.errno in LIMIT_OF_ERRNO:
        return LIMIT_OF_ERRNO[error.errno]
    if isinstance(error, RuntimeError) and error.args == ("can't start new thread",):
        return "ProcessLimit"
    for type_ in type(error).__mro__:
        if type_.__module__ == "builtins" and type_.__name__ in ERRORS:
            return type_.__name__
    return "Exception"


def _where_raised(error: BaseException, files: tuple[str, ...]) -> tuple[int, int]:
    place, trace = (NO_FILE, 0), error.__traceback__
    while trace is not None:
        name = trace.tb_frame.f_code.co_filename
        if name in files:
            place = (files.index(name), max(trace.tb_lineno or 0, 0))
        trace = trace.tb_next
    return place
