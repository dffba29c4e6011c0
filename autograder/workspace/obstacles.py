"""What stops a whole run, and what to do about it: a full disk, a workspace that cannot be written, a locked gradebook."""

from __future__ import annotations

import errno
import os
import sqlite3
import tempfile

from autograder.private import NoPrivateFolder
from autograder.workspace.workspace import Obstacle, Workspace

HOW_TO_GO_ON = "What was graded is kept; run the same command again to go on."
_PROBE_BYTES = 256 << 10
_CURES = {
    errno.ENOSPC: "the disk is full: free some space",
    errno.EDQUOT: "your disk quota is used up: free some space",
    errno.EFBIG: "a limit on the size of files was reached: raise it (`ulimit -f unlimited`)",
    errno.EROFS: "the file system is read-only: mount it for writing, or copy the workspace to where you may write",
    errno.EACCES: "you may not write there: give yourself the permission, or work as the owner of the workspace",
    errno.EPERM: "you may not write there: give yourself the permission, or work as the owner of the workspace",
    errno.EIO: "the disk reports errors: copy the workspace to another one",
}
_HIT_EVERYBODY = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS)
_SIGNS = ("database is locked", "readonly database", "disk is full", "disk I/O error", "unable to open database", "[Errno ")


def cure_of(error: OSError) -> str:
    """What to do about a system error, or the system's name for it."""
    return _CURES.get(error.errno or 0, error.strerror or str(error))


def cure_for(error: BaseException) -> str | None:
    """What to do about an error (or its cause) of the machine; None for every other error."""
    link: BaseException | None = error
    while link is not None:
        if isinstance(link, OSError) and link.errno in _CURES:
            place = f"{os.fsdecode(link.filename)}: " if isinstance(link.filename, str | bytes) else ""
            return f"{place}{_CURES[link.errno]}"
        if isinstance(link, NoPrivateFolder):
            return str(link)
        if isinstance(link, sqlite3.Error) and "disk is full" in str(link):
            return _CURES[errno.ENOSPC]
        link = link.__cause__ or link.__context__
    return None


def obstacle(workspace: Workspace, error: OSError) -> Obstacle | None:
    """The error as a reason to stop, with what to do, if every submission would meet it."""
    if error.errno in _HIT_EVERYBODY:
        return _with_cure(workspace, error)
    # Possibly only this submission cannot be read: test whether the workspace can be written.
    return find_obstacle(workspace, f"[Errno {error.errno}]")


def _with_cure(workspace: Workspace, error: OSError) -> Obstacle:
    return Obstacle(f"{workspace.root}: {cure_of(error)}. {HOW_TO_GO_ON}")


def find_obstacle(workspace: Workspace, text: str) -> Obstacle | None:
    """What would stop every submission, if a message gives reason to look.

    The message may quote what a student wrote, so it is never trusted: the workspace itself is tested.
    """
    if not any(sign in text for sign in _SIGNS):
        return None
    try:
        workspace.require_gradebook(wait_s=1.0)
        _probe_writing(workspace)
    except Obstacle as error:
        return error
    except OSError as error:
        return _with_cure(workspace, error)
    return None


def _probe_writing(workspace: Workspace) -> None:
    for folder in (workspace.root, workspace.root / "autograded", workspace.results):
        handle, name = tempfile.mkstemp(dir=folder, prefix=".probe-")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(bytes(_PROBE_BYTES))
                file.flush()
                os.fsync(file.fileno())
        finally:
            os.unlink(name)
