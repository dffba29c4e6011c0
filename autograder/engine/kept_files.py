"""Keeps on disk what one process has computed, for the next: what correct code and catalogued mistakes return for the inputs of a seed.

It depends on the code, the reference and the seed, and is stored under a digest of all three. It reveals everything about the hidden
inputs, so it is in a folder that no other user can enter and no sandbox sees. A file is used only if it belongs to this user, cannot be
read by others, and is signed with the seed: one that is damaged, truncated or written by somebody else is computed again.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import json
import os
import platform
import secrets
import stat
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from autograder.manifest import Course
from autograder.paths import REPOSITORY, cache_directory, content_digest, write_atomically
from autograder.private import own_folder

CODE = ("engine", "checking", "checks", "mistakes", "sandbox")
"""What is kept depends on these: how checks are run, the checks, the catalogue, and the process that runs a package."""
SIGNED = 32
"""Bytes of the signature of a file, at its beginning."""
MOST_BYTES = 512 << 20
"""The limit for all files. One course and seed need about 100 MB; the oldest are removed first."""
KEPT, SEED = "worked-out", "seed-of-the-day.json"
"""The folder among the derived files, and the file of the seed in it."""


class KeptFiles:
    """The files of one course, reference and seed.

    Parameters
    ----------
    reference : folder with the reference's ``coursenn/``, whose name is a digest of what it holds.
    folder : where the files are; it must be private.
    """

    def __init__(self, course: Course, reference: Path, seed: int | str, folder: Path) -> None:
        self.folder = folder
        self._secret = hashlib.blake2b(str(seed).encode()).digest()
        self._key = hashlib.blake2b("\0".join(_state(course, reference)).encode(), key=self._secret, digest_size=16).hexdigest()

    def read(self, name: str) -> memoryview | None:
        """Return what was written under that name, or None if there is no file that can be trusted."""
        try:
            content = _read_own(self._path(name))
        except OSError:
            return None
        signature, rest = content[:SIGNED], memoryview(content)[SIGNED:]
        return rest if secrets.compare_digest(signature, self._signature(name, rest)) else None

    def write(self, name: str, content: bytes) -> None:
        """Write it for other processes. If that fails, they compute it again."""
        with contextlib.suppress(OSError, ValueError):
            write_atomically(self._path(name), self._signature(name, content) + content, mode=0o600, durable=False)

    def remove_old(self) -> None:
        """Remove the oldest files, if all of them together are too large."""
        with contextlib.suppress(OSError):
            _remove_old_files(self.folder)

    def _path(self, name: str) -> Path:
        return self.folder / f"{name}-{self._key}.msgpack"

    def _signature(self, name: str, content: bytes | memoryview) -> bytes:
        # The name is signed as well, so that no file can take the place of another.
        signature = hashlib.blake2b(f"{name}-{self._key}\0".encode(), key=self._secret, digest_size=SIGNED)
        signature.update(content)
        return signature.digest()


def kept_files(course: Course, reference: Path, seed: int | str) -> KeptFiles | None:
    """Return the files in the folder for derived files, or None if this user cannot have a private folder there."""
    folder = _folder()
    return KeptFiles(course, reference, seed, folder) if folder else None


def seed_of_the_day() -> str | None:
    """A seed that only this user knows, the same for a day, so that its answers are computed once; None if it cannot be kept."""
    folder = _folder()
    if folder is None:
        return None
    today, path = datetime.now(UTC).date().isoformat(), folder / SEED
    with contextlib.suppress(OSError, ValueError, TypeError, KeyError):
        kept = json.loads(_read_own(path))
        if kept["day"] == today and len(bytes.fromhex(kept["seed"])) == SIGNED:
            return str(kept["seed"])
    seed = secrets.token_hex(SIGNED)
    try:
        write_atomically(path, json.dumps({"day": today, "seed": seed}), mode=0o600)
    except OSError:
        return None
    return seed


def _folder() -> Path | None:
    with contextlib.suppress(OSError):
        return own_folder(cache_directory() / KEPT)
    return None


def _read_own(path: Path) -> bytes:
    """The content of a file; ``OSError`` for one that another user owns or can reach, or that is not an ordinary file."""
    with open(os.open(path, os.O_RDONLY | os.O_CLOEXEC | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)), "rb") as file:
        about = os.fstat(file.fileno())
        if not stat.S_ISREG(about.st_mode) or about.st_uid != os.geteuid() or about.st_mode & 0o077:
            raise PermissionError(f"{path.name} can be read or written by others")
        return file.read()


def _state(course: Course, reference: Path) -> Iterable[str]:
    """Yield everything on which the files depend, except the seed."""
    yield from (np.__version__, platform.python_version(), platform.machine(), reference.name, *_digests_of_code())
    for extra in course.extras:
        yield from (content_digest(path) for path in sorted((extra / "checks").glob("*.py")))


@functools.cache
def _digests_of_code() -> tuple[str, ...]:
    """Return digests of the files from which this process has loaded its modules, computed once per process."""
    return tuple(content_digest(path) for name in CODE for path in sorted((REPOSITORY / "autograder" / name).rglob("*.py")))


def _remove_old_files(folder: Path) -> None:
    found = sorted(((path.lstat(), path) for path in folder.glob("*.msgpack")), key=lambda one: one[0].st_mtime_ns, reverse=True)
    total = 0
    for about, path in found:
        total += about.st_size
        if total > MOST_BYTES:
            path.unlink()
