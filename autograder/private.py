"""Folders that are this user's alone: for locks, and for temporary files. What a kill left there is removed at the next start."""

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
"""As it was when this process began: workers put their temporary files elsewhere later, and all programs must mean one folder."""
SCRATCH = "run-"
SOCKETS = "pymp-"
"""As multiprocessing calls its folder."""
_JUST_MADE_S = 60.0
"""A folder of that age may belong to a program that is about to hold it."""


class NoPrivateFolder(OSError):
    """There is no folder that nobody else can reach; the message says what to do."""


def private_folder() -> Path:
    """A folder below the one for temporary files that belongs to this user and that nobody else can enter, made when it is not there.

    Raises
    ------
    NoPrivateFolder
        When it belongs to somebody else, as on a machine where a stranger was first, and there is none in the home folder either.
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
    """Where locks of this user are: the system's folder for that, else `private_folder`.

    Temporary files are not put there, since it may be small, and is removed when the user logs out.
    """
    runtime = Path(os.environ.get("XDG_RUNTIME_DIR") or f"/run/user/{os.geteuid()}")
    with contextlib.suppress(OSError):
        if runtime.is_dir():
            _require_own(runtime)
            return own_folder(runtime / "coursenn")
    return private_folder()


def own_folder(folder: Path) -> Path:
    """The folder, made where it is not there, when nobody else can reach what is in it; ``OSError`` when somebody can."""
    if not folder.parent.is_dir():
        folder.parent.mkdir(mode=0o700, parents=True)
    above = folder.parent.stat()
    if above.st_mode & stat.S_IWOTH and not above.st_mode & stat.S_ISVTX:
        raise NoPrivateFolder("anybody may exchange what is in the folder above")
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
    """Let this process have a home folder where the user has none, as one with a number only: Jupyter does not start without."""
    try:
        Path.home()
    except RuntimeError:
        os.environ["HOME"] = str(own_folder(private_folder() / "home"))


@contextlib.contextmanager
def private_files() -> Iterator[None]:
    """While files that this process makes can be read by nobody else, and neither can those of the programs it starts."""
    before = os.umask(0o077)
    try:
        yield
    finally:
        os.umask(before)


@contextlib.contextmanager
def private_scratch() -> Iterator[Path]:
    """A private folder that is removed at the end. Meanwhile `tempfile` makes its files there."""
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
    """Let multiprocessing make its folder beside the scratch of a command: it is used until the process ends, which removes it."""
    from multiprocessing import util

    before, tempfile.tempdir = tempfile.tempdir, str(private_folder())
    try:
        folder = util.get_temp_dir()
    finally:
        tempfile.tempdir = before
    # Open as long as the process lives, so that nobody takes it for one that was left.
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
