"""Frames on a pipe: four bytes of length, then that many bytes. Used inside and outside the sandbox of Dask's client."""

from __future__ import annotations

import struct
from typing import BinaryIO, Protocol

HEAD = struct.Struct(">I")
MOST_REPLY_BYTES = 4 << 20
"""The most bytes of a worker's answer; `autograder.results.documents` accepts no more."""
MOST_BYTES = 2 * MOST_REPLY_BYTES + (64 << 10)
"""The most bytes of a frame out of the sandbox: an answer of that size as a JSON string, in which quotes take two bytes."""


class FrameError(ValueError):
    """A frame that is too large, or ends too early."""


class Writable(Protocol):
    """What frames are written to."""

    def write(self, data: bytes, /) -> int | None:
        """Write some of the data; return how many bytes."""


def write_frame(file: Writable, content: bytes) -> None:
    """Write a frame; ``FrameError`` if the other side would refuse it."""
    if len(content) > MOST_BYTES:
        raise FrameError("too large")
    data = HEAD.pack(len(content)) + content
    while data:
        data = data[file.write(data) or 0 :]


def read_frame(file: BinaryIO) -> bytes:
    """Read a frame of any size from a trusted source; ``EOFError`` if there is none."""
    head = file.read(HEAD.size)
    if not head:
        raise EOFError
    if len(head) < HEAD.size:
        raise FrameError("cut short")
    size: int = HEAD.unpack(head)[0]
    content = file.read(size)
    if len(content) < size:
        raise FrameError("cut short")
    return content


class FrameBuffer:
    """Frames out of the sandbox, as they arrive in pieces. Never holds more than one frame and a piece."""

    def __init__(self) -> None:
        self._data = bytearray()

    def frames(self, piece: bytes) -> list[bytes]:
        """The frames that a further piece completes; ``FrameError`` as soon as one announces too much."""
        self._data += piece
        found = []
        while len(self._data) >= HEAD.size:
            size: int = HEAD.unpack_from(self._data)[0]
            if size > MOST_BYTES:
                raise FrameError("too large")
            if len(self._data) < HEAD.size + size:
                break
            found.append(bytes(self._data[HEAD.size : HEAD.size + size]))
            del self._data[: HEAD.size + size]
        return found
