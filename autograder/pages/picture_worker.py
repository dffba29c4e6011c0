"""Runs inside the sandbox, with Pillow but no other module of the autograder: pictures come in, small PNG pictures go out.

In both directions a picture is its length in 8 bytes and then its bytes; one that cannot be decoded goes out empty. The arguments are
the processor time for each and for all pictures, the memory, and the most bytes of a picture that goes out.
"""

from __future__ import annotations

import io
import math
import resource
import struct
import sys
import time
from collections.abc import Iterator
from typing import Any, BinaryIO

FORMATS = ("PNG", "JPEG", "GIF", "WEBP")
MOST_PIXELS = 64_000_000
"""Most pixels of a picture; a photograph has 12 to 50 million."""
LONGEST_SIDE = 1600
TRIES = 5
"""Sizes that are tried in turn, until the picture is small enough."""
COMPRESSION = 4
"""Takes a third of the time of Pillow's default, for the same size."""


def main(cpu_s: int, all_cpu_s: int, memory_bytes: int, most_bytes: int) -> None:
    """Convert all pictures that come in; when the time is used up, no more are converted."""
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    for picture in _pictures(sys.stdin.buffer):
        resource.setrlimit(resource.RLIMIT_CPU, (math.ceil(time.process_time()) + cpu_s, resource.RLIM_INFINITY))
        try:
            converted = _convert(picture, most_bytes) if time.process_time() < all_cpu_s else b""
        except (Exception, MemoryError):
            converted = b""
        sys.stdout.buffer.write(struct.pack(">Q", len(converted)) + converted)
        sys.stdout.buffer.flush()


def _pictures(file: BinaryIO) -> Iterator[bytes]:
    while len(header := file.read(8)) == 8:
        yield file.read(struct.unpack(">Q", header)[0])


def _convert(data: bytes, most_bytes: int) -> bytes:
    """The first frame, upright, without any metadata about the photographer."""
    from PIL import Image, ImageOps

    with Image.open(io.BytesIO(data), formats=FORMATS) as opened:
        if opened.width * opened.height > MOST_PIXELS:
            raise ValueError("too many pixels")
        # Lets a JPEG be decoded at a half or a quarter of its size.
        opened.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
        see_through = "A" in opened.getbands() or "transparency" in opened.info
        picture: Any = ImageOps.exif_transpose(opened).convert("RGBA" if see_through else "RGB")
    picture.info.clear()
    longest = LONGEST_SIDE
    for _ in range(TRIES):
        picture.thumbnail((longest, longest))
        file = io.BytesIO()
        picture.save(file, "PNG", compress_level=COMPRESSION)
        if file.tell() <= most_bytes:
            return file.getvalue()
        longest = max(int(0.95 * max(picture.size) * math.sqrt(most_bytes / file.tell())), 1)
    raise ValueError("too large")


if __name__ == "__main__":
    sys.path.append("/packages")
    main(*map(int, sys.argv[1:]))
