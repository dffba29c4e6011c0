"""A digest of what was handed in: the result of a submission is stored under it."""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path

BOOKKEEPING = ("timestamp.txt", "submission_secret.txt")
"""Files that nbgrader puts beside a submission; they are not part of what the student handed in."""


def submission_digest(folder: Path) -> str:
    """A digest of names and bytes of everything handed in. Links and special files count only by name and kind."""
    digest = hashlib.sha256()
    for path in sorted(_entries_below(folder)):
        name = path.relative_to(folder).as_posix()
        if name in BOOKKEEPING:
            continue
        mode = path.lstat().st_mode
        digest.update(f"{name}\0{stat.S_IFMT(mode):o}\0".encode("utf-8", "surrogateescape"))
        if stat.S_ISREG(mode):
            with path.open("rb") as file:
                digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()


def _entries_below(folder: Path) -> list[Path]:
    """Everything below a folder except folders; links to folders count as entries and are not followed."""
    found = []
    for place, folders, files in os.walk(folder, followlinks=False):
        found += [Path(place, name) for name in files]
        found += [Path(place, name) for name in folders if Path(place, name).is_symlink()]
    return found
