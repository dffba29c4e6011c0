"""The grammar of the wire, known to both ends.

Requests come from the trusted side, many at a time: ``u32 length, u64 length, JSON list of headers, raw arrays``. Each has
one reply, or one for every array that it asks for. A reply is one tag and a body of fixed form; nothing in it is ever evaluated.

====  ==============  ==========================================================
tag   meaning         body
====  ==============  ==========================================================
A     array           u8 dtype, u8 dimensions, u64 each, C-order bytes
I     int             i64
L     length          i64
F     float           f64
B     bool            u8, 0 or 1
N     none
Z     absent
X     index           u16, into a list of names that the request's side knows
K     keys            u16 count, u16 each (strictly rising), u32 further keys
E     error           u8 code, u8 file, u32 line, u16 length, UTF-8 text
====  ==============  ==========================================================
"""

from __future__ import annotations

import functools
import json
import math
import socket
import struct
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

DTYPES = ("float64", "float32", "float16", "int64", "int32", "int16", "int8", "uint64", "uint32", "uint16", "uint8", "bool")
DTYPE_OF = tuple(np.dtype(name) for name in DTYPES)
DTYPE_CODES = {(np.dtype(name).kind, np.dtype(name).itemsize): code for code, name in enumerate(DTYPES)}
"""By kind and size, for any byte order; ``dtype.name`` is slow."""
KINDS = ("array", "int", "float", "bool", "none", "str", "dict", "list", "tuple", "callable", "other", "absent")
# The first ones are our own errors: a value that the wire cannot carry, a missing definition, one that an
# earlier statement spoilt, something that the task may not use, a path that leads nowhere, a top-level statement
# that takes too long, a full disk or file, a process or thread that was refused, None or something empty.
ERRORS = (
    "NotAnArray", "TooLarge", "Missing", "Unreadable", "Absent", "NoSuchItem", "TooSlow", "OutputLimit", "ProcessLimit", "Nothing",
    "Exception",
    "ArithmeticError", "AssertionError", "AttributeError", "BufferError", "EOFError", "FloatingPointError", "ImportError",
    "IndexError", "KeyError", "KeyboardInterrupt", "LookupError", "MemoryError", "ModuleNotFoundError", "NameError",
    "NotImplementedError", "OSError", "OverflowError", "RecursionError", "RuntimeError", "StopIteration", "SyntaxError",
    "SystemExit", "TypeError", "UnboundLocalError", "UnicodeError", "ValueError", "Warning", "ZeroDivisionError",
)  # fmt: skip
MAX_DIMENSIONS = 16
MAX_REPLY_BYTES = 64 << 20
MAX_REQUEST_BYTES = 256 << 20
MAX_TEXT_BYTES = 1200
NO_FILE = 255
READ_AHEAD = 1 << 16
"""The most bytes that either end may read ahead."""

REQUEST_HEAD = struct.Struct(">IQ")
INT = struct.Struct(">q")
FLOAT = struct.Struct(">d")
INDEX = struct.Struct(">H")
COUNT = struct.Struct(">I")
ERROR_HEAD = struct.Struct(">BBIH")


class Reply(NamedTuple):
    """One reply. ``value`` is an array, number, bool, index, or ``(indices, others)``; errors use the other fields."""

    tag: str
    value: Any = None
    code: str = ""
    file: int = NO_FILE
    line: int = 0
    text: str = ""


def pack_reply(reply: Reply) -> bytes:
    """Turn a reply into bytes."""
    tag = reply.tag.encode("ascii")
    if tag == b"A":
        return tag + _pack_array(reply.value)
    if tag in b"IL":
        return tag + INT.pack(reply.value)
    if tag == b"F":
        return tag + FLOAT.pack(reply.value)
    if tag == b"B":
        return tag + (b"\x01" if reply.value else b"\x00")
    if tag == b"X":
        return tag + INDEX.pack(reply.value)
    if tag == b"K":
        indices, others = reply.value
        return tag + INDEX.pack(len(indices)) + b"".join(INDEX.pack(i) for i in indices) + COUNT.pack(others)
    if tag == b"E":
        text = reply.text.encode("utf-8", "replace")[:MAX_TEXT_BYTES]
        return tag + ERROR_HEAD.pack(ERRORS.index(reply.code), reply.file, reply.line, len(text)) + text
    return tag


def _pack_array(value: Any) -> bytes:
    dtype = value.dtype
    native = value if dtype.isnative else value.astype(dtype.newbyteorder("="))
    numbers: bytes = native.tobytes()
    return bytes([DTYPE_CODES[dtype.kind, dtype.itemsize], value.ndim]) + struct.pack(f">{value.ndim}Q", *value.shape) + numbers


class Requests:
    """Requests that are sent together."""

    def __init__(self) -> None:
        self.headers: list[dict[str, Any]] = []
        self.body = bytearray()

    def add(self, header: dict[str, Any], arrays: Sequence[Any] = ()) -> None:
        """Add one, with copies of its arrays; the dtype and shape of each are added to the header."""
        if arrays:
            header = {**header, "arrays": [[a.dtype.str, a.shape] for a in arrays]}
        self.headers.append(header)
        for array in arrays:
            self.body += np.ascontiguousarray(array).tobytes()

    def add_fetches(self, refs: list[Any]) -> None:
        """Request arrays, each with its own reply, together with those of the previous request, if possible."""
        if self.headers and self.headers[-1]["op"] == "arrays":
            self.headers[-1]["refs"] += refs
        else:
            self.add({"op": "arrays", "refs": list(refs)})

    def packed(self) -> bytes:
        """All of them as bytes."""
        text = json.dumps(self.headers).encode("utf-8")
        return REQUEST_HEAD.pack(len(text), len(self.body)) + text + self.body


def pack_request(header: dict[str, Any], arrays: Sequence[Any] = ()) -> bytes:
    """Turn a single request into bytes."""
    requests = Requests()
    requests.add(header, arrays)
    return requests.packed()


def read_requests(sock: socket.socket) -> list[tuple[dict[str, Any], list[Any]]]:
    """Read requests that were sent together; ``EOFError`` if the other side has closed, ``ValueError`` for anything else."""
    text_length, body_length = REQUEST_HEAD.unpack(read_exactly(sock, REQUEST_HEAD.size))
    if max(text_length, body_length) > MAX_REQUEST_BYTES:
        raise ValueError("a request is too large")
    text, body = read_exactly(sock, text_length), read_exactly(sock, body_length)
    found, start = [], 0
    try:
        for header in json.loads(text):
            arrays, start = _arrays(header.get("arrays", ()), body, start)
            found.append((header, arrays))
    except (AttributeError, TypeError, RecursionError, OverflowError, SyntaxError) as error:
        raise ValueError("these bytes are not a request") from error
    return found


@functools.lru_cache(maxsize=64)
def _wire_dtype(name: str) -> np.dtype[Any]:
    dtype = np.dtype(name)
    if (dtype.kind, dtype.itemsize) not in DTYPE_CODES:
        raise ValueError("an array that is not there")
    return dtype


def _arrays(described: Sequence[tuple[str, list[int]]], body: bytes, start: int) -> tuple[list[Any], int]:
    """The arrays of one request, and the position of the next."""
    arrays = []
    for name, shape in described:
        dtype = _wire_dtype(name)
        size = math.prod(shape) * dtype.itemsize
        if min(shape, default=0) < 0 or start + size > len(body):
            raise ValueError("an array that is not there")
        # A copy, since student code may write into its arguments and bytes are read-only.
        arrays.append(np.ndarray(shape, dtype, body, start).copy())
        start += size
    return arrays, start


def read_exactly(sock: socket.socket, count: int) -> bytes:
    """Read that many bytes or raise ``EOFError``."""
    parts = bytearray(count)
    view, got = memoryview(parts), 0
    while got < count:
        received = sock.recv_into(view[got:])
        if not received:
            raise EOFError("the other side has closed the wire")
        got += received
    return bytes(parts)
