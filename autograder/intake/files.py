"""Reading files that a stranger has put somewhere: only ordinary files, and no link is followed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from autograder.given_module import hand_in

CHUNK_BYTES = 1 << 20


def read_file(path: Path) -> Iterator[bytes]:
    """Chunks of an ordinary file.

    Raises
    ------
    OSError
        When it is a link or anything other than a file, or cannot be read.
    """
    with hand_in.open_file(path) as file:
        while chunk := file.read(CHUNK_BYTES):
            yield chunk
