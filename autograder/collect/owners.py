"""Whose account a submission in the exchange belongs to: if students have accounts of their own, nobody else can hand in for them."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import msgspec

from autograder.workspace.saved_settings import read_settings, write_settings
from autograder.workspace.workspace import Workspace

SHARED = (
    "Students share one account here, so owners are not checked: anybody who reaches the exchange can hand in under any name. "
    "If a hand-in is in doubt, compare receipts. (--own-accounts checks owners again.)"
)
CHECKED = "Owners are checked: a submission counts only when it belongs to the account of the student it names."


def accounts_are_shared(workspace: Workspace) -> bool:
    """Whether the instructor has said that students share one account."""
    return bool(read_settings(workspace.root).shared_account)


def set_shared_account(workspace: Workspace, shared: bool) -> str:
    """Remember whether students share one account; return what this means, in words, if it is new."""
    settings = read_settings(workspace.root)
    if bool(settings.shared_account) == shared:
        return ""
    write_settings(workspace.root, msgspec.structs.replace(settings, shared_account=shared or None))
    return SHARED if shared else CHECKED


def owner_of(path: Path) -> str:
    """The name of the account that a file belongs to, or its number if it has no name; empty on systems where files have no owner."""
    if sys.platform == "win32":
        return ""
    import pwd

    number = path.lstat().st_uid
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return f"account {number}, which has no name"


def problem_with_owner(folder: Path, student: str) -> str | None:
    """Why the owner of a submission, or of a file in it, shows that it is not the student's; None if it may be."""
    owner = owner_of(folder)
    if owner in ("", student):
        for place, folders, names in os.walk(folder, followlinks=False):
            for name in (*folders, *names):
                other = owner_of(Path(place, name))
                if other not in ("", student):
                    return f"it is handed in as the work of {student}, but a file in it belongs to {other}"
        return None
    return f"it is handed in as the work of {student}, but it belongs to {owner}"
