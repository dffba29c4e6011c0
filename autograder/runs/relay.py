"""Passes bytes on between two sockets. Used inside and outside the sandbox of Dask's client."""

from __future__ import annotations

import contextlib
import socket

PIECE = 1 << 16


def pass_on(source: socket.socket, target: socket.socket) -> None:
    """Pass bytes from one socket to the other until either ends; then end both."""
    with contextlib.suppress(OSError):
        while piece := source.recv(PIECE):
            target.sendall(piece)
    for end in (source, target):
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
