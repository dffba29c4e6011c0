"""Can nothing that arrives on the wire do more than fail its own check?"""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from autograder.sandbox.wire import Channel, WireClosed, WireError, WireTimeout, read_reply
from autograder.sandbox.worker.protocol import DTYPES, ERRORS, MAX_REPLY_BYTES, Reply, pack_reply, pack_request, read_requests
from autograder.sandbox.worker.serve import MOST_KEPT, Buffered
from tests.examples import examples

arrays = hnp.arrays(st.sampled_from(DTYPES).map(np.dtype), hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4))


def reply(tag, value=None, **error):  # type: ignore[no-untyped-def]
    """A reply with all parts given, since Hypothesis would invent missing ones."""
    return Reply(tag, value, **error)


replies = st.one_of(
    st.builds(reply, st.just("A"), arrays),
    st.builds(reply, st.just("I"), st.integers(-(1 << 63), (1 << 63) - 1)),
    st.builds(reply, st.just("L"), st.integers(0, (1 << 63) - 1)),
    st.builds(reply, st.just("F"), st.floats()),
    st.builds(reply, st.just("B"), st.booleans()),
    st.sampled_from("NZ").map(reply),
    st.builds(reply, st.just("X"), st.integers(0, 65535)),
    st.builds(
        reply,
        st.just("K"),
        st.tuples(st.lists(st.integers(0, 65535), unique=True).map(sorted), st.integers(0, (1 << 32) - 1)),
    ),
    st.builds(
        reply,
        st.just("E"),
        code=st.sampled_from(ERRORS),
        file=st.integers(0, 255),
        line=st.integers(0, (1 << 32) - 1),
        text=st.text(st.characters(codec="utf-8"), max_size=200),
    ),
)


class Exhausted(Exception):
    """The bytes have ended, as if a worker had died."""


def reader(data: bytes) -> Callable[[int], bytes]:
    """Reads from bytes, and fails the test if more is requested than any reply may hold."""
    rest = [data]

    def read(count: int) -> bytes:
        assert 0 <= count <= MAX_REPLY_BYTES
        if count > len(rest[0]):
            raise Exhausted
        taken, rest[0] = rest[0][:count], rest[0][count:]
        return taken

    return read


def same(a: Any, b: Any) -> bool:
    """Equal, NaN included, dtype and shape included."""
    if isinstance(a, np.ndarray):
        return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()
    return bool(a == b or (a != a and b != b))


@given(replies)
def test_every_reply_survives_the_way(reply: Reply) -> None:
    """Does the checker read exactly what a worker packs, to the last bit?"""
    back = read_reply(reader(pack_reply(reply)))
    assert same(back.value, reply.value)
    assert (back.tag, back.code, back.line, back.text) == (reply.tag, reply.code, reply.line, reply.text)


@given(st.binary(max_size=300))
@settings(max_examples=examples(500))
def test_arbitrary_bytes_are_a_reply_or_an_error(data: bytes) -> None:
    """Does noise raise only wire errors, and never request more memory than the limit?"""
    with contextlib.suppress(WireError, Exhausted):
        assert isinstance(read_reply(reader(data)), Reply)


@given(replies, st.data())
@settings(max_examples=examples(300))
def test_one_changed_byte_is_a_reply_or_an_error(reply: Reply, data: st.DataObject) -> None:
    """Does a damaged reply stay inside the grammar?"""
    packed = bytearray(pack_reply(reply))
    packed[data.draw(st.integers(0, len(packed) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(WireError, Exhausted):
        assert isinstance(read_reply(reader(bytes(packed))), Reply)


@pytest.mark.parametrize(
    "data",
    [
        b"A\x00\x01" + struct.pack(">Q", 1 << 40),
        b"A\x00\x02" + struct.pack(">QQ", 1 << 62, 0),
        b"A\x00\x11" + b"\0" * 8 * 17,
        b"A\x00\x10" + struct.pack(">Q", 1 << 26) * 15 + b"\0" * 8,
        b"A\x63\x00",
        b"A\x0b\x00\x02",
        b"B\x02",
        b"L" + struct.pack(">q", -1),
        b"K" + struct.pack(">HHH", 2, 3, 3) + b"\0" * 4,
        b"E\xff\x00" + b"\0" * 6,
        b"E\x00\x00\0\0\0\x01\xff\xff",
        b"\x80\x04N.",
    ],
    ids=["huge", "huge-but-empty", "dimensions", "overflowing", "dtype", "bool-array", "bool", "length", "keys", "code", "text", "pickle"],
)
def test_violations_are_refused(data: bytes) -> None:
    """Is a size or code outside the grammar refused before anything is read for it?"""
    with pytest.raises(WireError):
        read_reply(reader(data))


def test_room_bounds_what_a_check_may_fetch() -> None:
    """Is an array refused if the check has used up its bytes?"""
    packed = pack_reply(Reply("A", np.zeros(100)))
    assert read_reply(reader(packed), room=800).value.size == 100
    with pytest.raises(WireError):
        read_reply(reader(packed), room=799)


@given(st.dictionaries(st.text(), st.integers() | st.text() | st.none() | st.floats(allow_nan=False)), st.lists(arrays, max_size=3))
@settings(max_examples=examples(50))
def test_requests_survive_the_way(header: dict[str, Any], sent: list[Any]) -> None:
    """Does a worker read what the checker sends, into arrays of its own that can be written?"""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        header.pop("arrays", None)
        ours.sendall(pack_request(header, sent))
        [(got, received)] = read_requests(theirs)
    assert {k: v for k, v in got.items() if k != "arrays"} == header
    assert all(same(a, b) and b.flags.writeable for a, b in zip(sent, received, strict=True))


def test_channel_tells_silence_from_death() -> None:
    """Does a silent worker give a timeout, and a dead one a closed wire?"""
    ours, theirs = socket.socketpair()
    channel = Channel(ours)
    with pytest.raises(WireTimeout):
        channel.request({"op": "kind"}, deadline=time.monotonic() + 0.05)
    theirs.close()
    with pytest.raises(WireClosed):
        channel.request({"op": "kind"}, deadline=time.monotonic() + 5)
    channel.close()


def test_slow_drip_does_not_outlive_the_deadline() -> None:
    """Can a worker not prolong a check by sending one byte at a time?"""
    ours, theirs = socket.socketpair()
    stop = threading.Event()

    def drip() -> None:
        theirs.sendall(b"A\x00\x01" + struct.pack(">Q", 1 << 16))
        while not stop.wait(0.02):
            try:
                theirs.sendall(b"\0")
            except OSError:
                return

    thread = threading.Thread(target=drip)
    thread.start()
    started = time.monotonic()
    with pytest.raises(WireTimeout):
        Channel(ours).receive(deadline=started + 0.3)
    assert time.monotonic() - started < 2
    stop.set()
    thread.join()
    ours.close()
    theirs.close()


def test_replies_are_kept_only_until_somebody_waits_for_them() -> None:
    """Does a check's process collect answers to many requests, and send them before it waits, or earlier if they are large?"""
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    with ours, theirs:
        source = Buffered(theirs)
        ours.sendall(b"ab")
        asked = bytearray(1)
        source.recv_into(asked)
        source.sendall(b"first")
        source.recv_into(asked)
        source.sendall(b"second")
        with pytest.raises(BlockingIOError):
            ours.recv(100)
        ours.shutdown(socket.SHUT_WR)
        assert source.recv_into(asked) == 0
        assert ours.recv(100) == b"firstsecond"
        source.sendall(bytes(MOST_KEPT + 1))
        assert ours.recv(10) == bytes(10)
