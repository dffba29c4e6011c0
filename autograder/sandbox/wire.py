"""The trusted end of the wire: sends requests and reads replies, which it does not trust.

Every size is checked before the bytes that it announces are read. A reply that does not follow the grammar of
`worker.protocol` raises `WireError`; only the check that made the request fails.
"""

from __future__ import annotations

import itertools
import math
import select
import socket
import struct
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograder.sandbox.worker import protocol
from autograder.sandbox.worker.protocol import DTYPE_OF, ERRORS, MAX_DIMENSIONS, MAX_REPLY_BYTES, MAX_TEXT_BYTES, NO_FILE, READ_AHEAD, Reply

FLOAT, FLOAT_AS_ARRAY = b"F", bytes([ord("A"), protocol.DTYPE_CODES["f", 8], 0])
"""How a reply begins that is a float, and one that is an array with one float64 and no dimensions."""
NATIVE_FLOAT = struct.Struct("=d")


class WireError(Exception):
    """The worker sent something that does not follow the grammar."""


class WireTooMuch(WireError):
    """The worker announced an array of more bytes than it may send."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        super().__init__("array too large")
        self.shape = shape


class WireTimeout(Exception):
    """The worker did not answer in time."""


class WireClosed(Exception):
    """The worker is gone."""


def read_reply(read: Callable[[int], bytes], room: int = MAX_REPLY_BYTES) -> Reply:
    """Read one reply through ``read(count)``.

    Raises
    ------
    WireError
        When the bytes do not follow the grammar, or announce more than ``room``.
    """
    tag = read(1)
    if tag == b"A":
        return Reply("A", _array(read, room))
    if tag in (b"I", b"L"):
        value = protocol.INT.unpack(read(8))[0]
        if tag == b"L" and value < 0:
            raise WireError("negative length")
        return Reply(tag.decode("ascii"), value)
    if tag == b"F":
        return Reply("F", protocol.FLOAT.unpack(read(8))[0])
    if tag == b"B":
        byte = read(1)
        if byte not in (b"\x00", b"\x01"):
            raise WireError("a bool is 0 or 1")
        return Reply("B", byte == b"\x01")
    if tag in (b"N", b"Z"):
        return Reply(tag.decode("ascii"))
    if tag == b"X":
        return Reply("X", protocol.INDEX.unpack(read(2))[0])
    if tag == b"K":
        return Reply("K", _keys(read))
    if tag == b"E":
        return _error(read)
    raise WireError("unknown tag")


def _array(read: Callable[[int], bytes], room: int) -> Any:
    code, dimensions = read(2)
    if code >= len(DTYPE_OF) or dimensions > MAX_DIMENSIONS:
        raise WireError("unknown dtype or too many dimensions")
    shape = struct.unpack(f">{dimensions}Q", read(8 * dimensions))
    dtype = DTYPE_OF[code]
    size = math.prod(shape) * dtype.itemsize
    # An array without entries also has lengths, and a sum along one of its axes has as many entries as the other lengths say.
    if math.prod(n or 1 for n in shape) * dtype.itemsize > min(room, MAX_REPLY_BYTES):
        raise WireTooMuch(shape)
    data = read(size)
    if dtype.kind == "b" and any(b > 1 for b in set(data)):
        raise WireError("a bool is 0 or 1")
    try:
        return np.frombuffer(data, dtype).reshape(shape)
    except ValueError as error:
        raise WireError("no such shape") from error


def _keys(read: Callable[[int], bytes]) -> tuple[list[int], int]:
    count = protocol.INDEX.unpack(read(2))[0]
    indices = list(struct.unpack(f">{count}H", read(2 * count)))
    if any(b <= a for a, b in itertools.pairwise(indices)):
        raise WireError("indices must rise")
    return indices, protocol.COUNT.unpack(read(4))[0]


def _error(read: Callable[[int], bytes]) -> Reply:
    code, file, line, length = protocol.ERROR_HEAD.unpack(read(protocol.ERROR_HEAD.size))
    if code >= len(ERRORS) or length > MAX_TEXT_BYTES:
        raise WireError("unknown error code or text too long")
    text = read(length).decode("utf-8", "replace")
    return Reply("E", code=ERRORS[code], file=file if file != NO_FILE else NO_FILE, line=line, text=text)


class Channel:
    """A socket to one process of the sandbox, with a deadline."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.fetched = 0
        self._ahead, self._at = b"", 0
        """Bytes that have arrived, and the position of the first that has not been consumed; at most `READ_AHEAD` follow it."""
        self._deadline = math.inf

    def request(self, header: dict[str, Any], arrays: Sequence[Any] = (), *, deadline: float, room: int = MAX_REPLY_BYTES) -> Reply:
        """Send a request and read its reply before ``deadline`` (of ``time.monotonic``)."""
        self.send(protocol.pack_request(header, arrays), deadline=deadline)
        return self.receive(deadline=deadline, room=room)

    def send(self, data: bytes | bytearray, *, deadline: float) -> None:
        """Send packed requests."""
        try:
            self._until(deadline)
            self.sock.sendall(data)
        except TimeoutError as error:
            raise WireTimeout from error
        except OSError as error:
            raise WireClosed from error

    def readable(self, seconds: float) -> bool:
        """Whether something has arrived, or arrives within that time."""
        return self._at < len(self._ahead) or bool(select.select([self.sock], [], [], seconds)[0])

    def receive(self, *, deadline: float, room: int = MAX_REPLY_BYTES) -> Reply:
        """Read a reply."""
        self._deadline = deadline
        return read_reply(self._read, room)

    def read_like(self, answers: Sequence[tuple[bytes, int]], *, deadline: float) -> list[bytes]:
        """Read replies that begin as expected, up to the first that does not.

        Where a float is expected, an array without dimensions is one as well: `Backend.array` makes the same of both.

        Parameters
        ----------
        answers : for each reply the bytes that it begins with, and how many follow.

        Returns
        -------
        what follows in each reply. If there are fewer than ``answers``, the next reply begins differently, and none of it is consumed.
        """
        self._deadline = deadline
        parts: list[bytes] = []
        # A submission gives thousands of answers, most of which have arrived: those take no call.
        ahead, at = self._ahead, self._at
        for head, count in answers:
            begin = at + len(head)
            if (end := begin + count) <= len(ahead) and ahead[at:begin] == head:
                parts.append(ahead[begin:end])
                self.fetched += end - at
                at = end
                continue
            self._at = at
            if self._starts_with(head):
                parts.append(self._read(count))
            elif head == FLOAT and self._starts_with(FLOAT_AS_ARRAY):
                parts.append(protocol.FLOAT.pack(*NATIVE_FLOAT.unpack(self._read(NATIVE_FLOAT.size))))
            else:
                break
            ahead, at = self._ahead, self._at
        else:
            self._at = at
        return parts

    def _starts_with(self, head: bytes) -> bool:
        """Whether the next reply begins with ``head``; that part is consumed only if it does.

        No reply is the beginning of another, so while the bytes that have arrived are a beginning of ``head``, more will follow.
        """
        while (ahead := self._ahead[self._at : self._at + len(head)]) != head:
            if not head.startswith(ahead):
                return False
            self._ahead, self._at = self._ahead[self._at :] + self._arrived(READ_AHEAD), 0
        self._at += len(head)
        self.fetched += len(head)
        return True

    def _read(self, count: int) -> bytes:
        self.fetched += count
        end = self._at + count
        if end <= len(self._ahead):
            data, self._at = self._ahead[self._at : end], end
            return data
        parts, missing = [self._ahead[self._at :]], end - len(self._ahead)
        self._ahead, self._at = b"", 0
        while missing > 0:
            part = self._arrived(max(missing, READ_AHEAD))
            parts.append(part[:missing])
            self._ahead, self._at = part, len(parts[-1])
            missing -= len(parts[-1])
        return b"".join(parts)

    def _arrived(self, most: int) -> bytes:
        """What has arrived, or arrives before the deadline: at least one byte."""
        try:
            self._until(self._deadline)
            part = self.sock.recv(most)
        except TimeoutError as error:
            raise WireTimeout from error
        except OSError as error:
            raise WireClosed from error
        if not part:
            raise WireClosed
        return part

    def fork(self, *, cpu_s: int, deadline: float, load: dict[str, Any] | None = None) -> tuple[Channel, int]:
        """Fork the process at the other end; return a channel to the child, and its process id inside the sandbox.

        Read the child's first reply from its channel: none, or the answer to ``load``.
        """
        ours, theirs = socket.socketpair()
        try:
            header = {"op": "fork", "cpu_s": cpu_s} | ({"load": load} if load else {})
            self.send(protocol.pack_request(header), deadline=deadline)
            socket.send_fds(self.sock, [b"F"], [theirs.fileno()])
            theirs.close()
            reply = self.receive(deadline=deadline, room=64)
            if reply.tag != "I":
                raise WireError("no child")
            return Channel(ours), reply.value
        except OSError as error:
            ours.close()
            raise WireClosed from error
        except BaseException:
            ours.close()
            raise
        finally:
            theirs.close()

    def close(self) -> None:
        """Close our end."""
        self.sock.close()

    def _until(self, deadline: float) -> None:
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self.sock.settimeout(left)
