"""Makes pictures in students' answers safe to show: they are decoded in the sandbox and become small PNG pictures."""

from __future__ import annotations

import contextlib
import struct
import subprocess
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import IO

from autograder.pages import picture_worker
from autograder.pages.sanitize import MAX_IMAGE_BYTES, is_small_png
from autograder.sandbox import sandbox
from autograder.sandbox.bubblewrap import SandboxUnavailable, walled_command
from autograder.sandbox.interpreter import interpreter
from autograder.sandbox.packages import package_library_path, package_mounts
from autograder.sandbox.seccomp import sandbox_filter_file

LIBRARY = ("pillow",)
WORKER = Path(picture_worker.__file__).resolve()
CPU_S = 6
"""Seconds for each picture; most take less than one."""
ALL_CPU_S = 40
"""Seconds for all pictures of a notebook."""
WALL_S = 300.0
"""The same as wall time, on a busy machine."""
MOST_ENDS = 3
"""After this many pictures have ended the converting process, no more are converted."""
MEMORY_BYTES = 1 << 30


def as_png(pictures: Sequence[bytes]) -> list[bytes | None]:
    """Each picture as a PNG of at most `MAX_IMAGE_BYTES`; None for one that cannot be shown.

    Without a sandbox nothing is decoded: a PNG that is small enough stays as it is, and other kinds are not shown.

    Parameters
    ----------
    pictures : files of any kind, which need not be pictures.
    """
    if not pictures:
        return []
    if sandbox.problem() is not None:
        return [picture if is_small_png(picture) else None for picture in pictures]
    converted: list[bytes | None] = []
    until = time.monotonic() + WALL_S
    for _ in range(MOST_ENDS + 1):
        if len(converted) == len(pictures) or time.monotonic() > until:
            break
        converted += _convert(pictures[len(converted) :], until)
        if len(converted) < len(pictures):
            # Skip the picture at which it ended; the others get another chance.
            converted.append(None)
    converted += [None] * (len(pictures) - len(converted))
    return [picture if picture and is_small_png(picture) else None for picture in converted]


def _convert(pictures: Sequence[bytes], until: float) -> list[bytes | None]:
    """What one process returns for the first pictures, until it ends."""
    with tempfile.TemporaryFile() as request, sandbox_filter_file() as seccomp:
        for picture in pictures:
            request.write(struct.pack(">Q", len(picture)) + picture)
        request.seek(0)
        command = walled_command(
            environment={"LD_LIBRARY_PATH": package_library_path(LIBRARY), "LANG": "C.UTF-8"},
            tmpfs={"/tmp": 1 << 20},
            read_only=[(str(WORKER), "/worker.py"), *package_mounts(LIBRARY)],
            descriptors={"--seccomp": seccomp},
        )
        command += [interpreter(), "-I", "-S", "-B", "/worker.py", *map(str, (CPU_S, ALL_CPU_S, MEMORY_BYTES, MAX_IMAGE_BYTES))]
        try:
            process = subprocess.Popen(
                command,
                stdin=request,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={},
                cwd="/",
                pass_fds=() if seccomp is None else (seccomp,),
            )
        except OSError as error:
            raise SandboxUnavailable(f"the sandbox does not start: {error}") from error
        watch = threading.Timer(max(until - time.monotonic(), 0.0), process.kill)
        watch.start()
        try:
            return _replies(process.stdout, len(pictures)) if process.stdout else []
        finally:
            watch.cancel()
            with contextlib.suppress(OSError):
                process.kill()
            process.wait()
            if process.stdout:
                process.stdout.close()


def _replies(file: IO[bytes], count: int) -> list[bytes | None]:
    """All available replies, up to one that is too large."""
    found: list[bytes | None] = []
    while len(found) < count and len(header := file.read(8)) == 8:
        size: int = struct.unpack(">Q", header)[0]
        if size > MAX_IMAGE_BYTES:
            break
        content = file.read(size)
        if len(content) < size:
            break
        found.append(content or None)
    return found
