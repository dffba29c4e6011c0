"""Folders that only this user can reach, for locks and temporary files. What a killed program left is removed at the next start."""

from __future__ import annotations

import contextlib
import functools
import os
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from autograder.paths import hold

TEMPORARY = Path(tempfile.gettempdir())
"""As it was when this process began: workers later put their temporary files elsewhere, and all programs must use the same folder."""
SCRATCH = "run-"
SOCKETS = "pymp-"
"""The prefix of multiprocessing's folder."""
_JUST_MADE_S = 60.0
"""A folder younger than this may belong to a program that is about to hold it."""


class NoPrivateFolder(OSError):
    """There is no folder that nobody else can reach; the message says what to do."""


def private_folder() -> Path:
    """A folder in the one for temporary files, which belongs to this user and which nobody else can enter. It is made if necessary.

    Raises
    ------
    NoPrivateFolder
        When it belongs to somebody else, who took the name first, and the home folder has none either.
    """
    cache = Path(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"))
    folders = [TEMPORARY / f"coursenn-{os.geteuid()}"]
    if cache.is_absolute():  # a user without a name may have no home
        folders.append(cache / "coursenn" / "private")
    problems = []
    for folder in folders:
        try:
            return own_folder(folder)
        except OSError as error:
            problems.append(f"{folder}: {error.strerror or error}")
    raise NoPrivateFolder(f"no folder for temporary files is private ({'; '.join(problems)}): set TMPDIR to a folder of your own")


def lock_folder() -> Path:
    """The folder for this user's locks: the system's folder for that, else `private_folder`.

    Temporary files do not go there, since it may be small and is removed when the user logs out.
    """
    runtime = Path(os.environ.get("XDG_RUNTIME_DIR") or f"/run/user/{os.geteuid()}")
    with contextlib.suppress(OSError):
        if runtime.is_dir():
            _require_own(runtime)
            return own_folder(runtime / "coursenn")
    return private_folder()


def own_folder(folder: Path) -> Path:
    """The folder, made if necessary; ``OSError`` if somebody else can reach what is in it."""
    if not folder.parent.is_dir():
        folder.parent.mkdir(mode=0o700, parents=True)
    above = folder.parent.stat()
    if above.st_mode & stat.S_IWOTH and not above.st_mode & stat.S_ISVTX:
        raise NoPrivateFolder("anybody may replace what is in the folder above it")
    with contextlib.suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    _require_own(folder)
    return folder


def _require_own(folder: Path) -> None:
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode):
        raise NoPrivateFolder("it is not a folder")
    if found.st_uid != os.geteuid():
        raise NoPrivateFolder(f"it belongs to {user_name(found.st_uid)}")
    if found.st_mode & 0o077:
        folder.chmod(0o700)


def user_name(number: int) -> str:
    """The name of an account, or its number when it has none."""
    try:
        import pwd

        return pwd.getpwuid(number).pw_name
    except (ImportError, KeyError):
        return f"user {number}"


def give_home() -> None:
    """Give this process a home folder if the user has none, such as one without a name: Jupyter does not start without one."""
    try:
        Path.home()
    except RuntimeError:
        os.environ["HOME"] = str(own_folder(private_folder() / "home"))


@contextlib.contextmanager
def private_files() -> Iterator[None]:
    """A context in which only this user can read the files that this process, and the programs it starts, make."""
    before = os.umask(0o077)
    try:
        yield
    finally:
        os.umask(before)


@contextlib.contextmanager
def private_scratch() -> Iterator[Path]:
    """A private folder that is removed at the end. Until then `tempfile` makes its files there."""
    folder = private_folder()
    remove_leftovers(folder)
    before = tempfile.tempdir
    scratch = Path(tempfile.mkdtemp(prefix=SCRATCH, dir=folder))
    descriptor = os.open(scratch, os.O_RDONLY | os.O_CLOEXEC)
    try:
        hold(descriptor)
        tempfile.tempdir = str(scratch)
        yield scratch
    finally:
        tempfile.tempdir = before
        os.close(descriptor)
        shutil.rmtree(scratch, ignore_errors=True)


@functools.cache
def hold_folder_of_sockets() -> None:
    """Let multiprocessing make its folder beside a command's scratch folder: it is used until the process ends, which removes it."""
    from multiprocessing import util

    before, tempfile.tempdir = tempfile.tempdir, str(private_folder())
    try:
        folder = util.get_temp_dir()
    finally:
        tempfile.tempdir = before
    # Open as long as the process lives, so that no program takes it for a leftover.
    hold(os.open(folder, os.O_RDONLY | os.O_CLOEXEC))


def remove_leftovers(folder: Path) -> None:
    """Remove the scratch folders of programs that have ended without doing so."""
    for left in (*folder.glob(f"{SCRATCH}*"), *folder.glob(f"{SOCKETS}*")):
        with contextlib.suppress(OSError):
            if time.time() - left.lstat().st_mtime < _JUST_MADE_S:
                continue
            descriptor = os.open(left, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
            try:
                if hold(descriptor):
                    shutil.rmtree(left, ignore_errors=True)
            finally:
                os.close(descriptor)
