"""Where things are, how files are named, and how every file is written."""

from __future__ import annotations

import contextlib
import functools
import glob
import hashlib
import os
import secrets
import time
from pathlib import Path

PARTIAL = ".partial"
"""Ends the name of a file that is being written."""
REPOSITORY = Path(__file__).resolve().parent.parent


def cache_directory() -> Path:
    """Where derived files are kept: ``$COURSENN_CACHE_DIR``, else ``build/cache`` of this repository."""
    named = os.environ.get("COURSENN_CACHE_DIR")
    return Path(named) if named else REPOSITORY / "build" / "cache"


def content_digest(path: Path) -> str:
    """A digest of the content of a file; the file is read again only when its time or size has changed."""
    found = path.stat()
    return _digest(str(path), found.st_ino, found.st_mtime_ns, found.st_size)


@functools.lru_cache(maxsize=4096)
def _digest(path: str, *_version: int) -> str:
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


def module_name(file: str) -> str:
    """The module of a file of the package: ``classifiers.cnn`` for ``classifiers/cnn.py``."""
    return file.removesuffix(".py").replace("/", ".")


def printable(name: str, limit: int = 200) -> str:
    """A name that a stranger chose, made safe to print: each unprintable character becomes a question mark."""
    return "".join(c if c.isprintable() else "?" for c in name)[:limit]


def write_atomically(path: Path, content: str | bytes, mode: int | None = None, *, durable: bool = True) -> None:
    """Write a file so that readers see, and a kill or a power cut leaves, either the old or the new content and nothing in between.

    Parameters
    ----------
    path : its folder is made if necessary.
    content : text is written as UTF-8.
    mode : permissions of the file; by default those of the file that is replaced, or what the umask leaves of 0o666.
    durable : whether to wait until the disk has it. Otherwise a power cut may leave less, which the reader has to notice.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    if mode is None:
        mode = path.stat().st_mode & 0o777 if path.exists() else None
    _remove_what_kills_left(path)
    name = path.parent / f".{path.name}.{secrets.token_hex(4)}{PARTIAL}"
    handle = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0), mode or 0o666)
    try:
        with os.fdopen(handle, "wb") as file:
            hold(file.fileno())
            file.write(content.encode("utf-8") if isinstance(content, str) else content)
            file.flush()
            if durable:
                os.fsync(file.fileno())
        if mode is not None:
            os.chmod(name, mode)
        os.replace(name, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(name)
        raise


def _remove_what_kills_left(path: Path) -> None:
    """Remove partial copies of a file that a killed program left."""
    for left in path.parent.glob(f".{glob.escape(path.name)}.????????{PARTIAL}"):
        # It may be new, made by a program that is about to hold it.
        with contextlib.suppress(OSError):
            if time.time() - left.lstat().st_mtime > 1 and left.is_file() and not left.is_symlink():
                with left.open("rb") as file:
                    if hold(file.fileno()):
                        left.unlink()


def hold(descriptor: int) -> bool:
    """Hold a file or a folder for as long as it is open here; return False if another program holds it."""
    try:
        import fcntl
    except ImportError:  # Windows has no flock, and does not remove what is open either
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
