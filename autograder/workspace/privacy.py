"""Whether other accounts on a machine can reach a class, and how to prevent it. Everything below its folder is as private as the folder."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from autograder.private import user_name


def who_can_enter(root: Path) -> str:
    """Who else can reach what is in a workspace, in words; empty when nobody can.

    A group that nbgrader shares a course with (``groupshared``, which sets the group's bit on its folders) does not count.
    """
    found = root.stat()
    if found.st_uid != os.geteuid():
        return f"{user_name(found.st_uid)}, to whom it belongs,"
    if found.st_mode & stat.S_IRWXO:
        return "every account on this machine"
    if found.st_mode & stat.S_IRWXG and not found.st_mode & stat.S_ISGID:
        return f"the group {_group_name(found.st_gid)}"
    return ""


def close_to_others(root: Path) -> None:
    """Let only the owner, and a group that the course is shared with, into a workspace; ``OSError`` if it belongs to somebody else."""
    mode = stat.S_IMODE(root.stat().st_mode)
    kept = stat.S_IRWXU | (stat.S_IRWXG | stat.S_ISGID if mode & stat.S_ISGID else 0)
    root.chmod(mode & kept)


def _group_name(number: int) -> str:
    try:
        import grp

        return grp.getgrgid(number).gr_name
    except (ImportError, KeyError):
        return str(number)
