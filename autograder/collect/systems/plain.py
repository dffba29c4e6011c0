"""Downloads that come from no known system: a folder or an archive for each student, or loose files that begin with an id."""

from __future__ import annotations

import re

from autograder.collect.people import Named
from autograder.collect.systems.shape import Download, NameReader, Reading, System

_FOLDER = re.compile(r"(?P<who>[^/]+)/(?P<file>.+)")
_ARCHIVE = re.compile(r"(?P<who>[^/]+?)(?P<file>\.(?:zip|tar|tar\.gz|tgz))", re.IGNORECASE)
_LOOSE = re.compile(r"(?P<who>[^/_]+)_(?P<file>[^/]+)")


def _reader(download: Download) -> NameReader:
    def read(name: str) -> Reading | None:
        longest = _known_beginning(name, download)
        if longest:
            return Reading((Named(longest),), name[len(longest) + 1 :])
        for form in (_FOLDER, _ARCHIVE, _LOOSE):
            if match := form.fullmatch(name):
                file = match["file"] if form is not _ARCHIVE else "work" + match["file"]
                return Reading((Named(match["who"].strip()),), file)
        return None

    return read


def _known_beginning(name: str, download: Download) -> str:
    """The longest id that the name of a loose file begins with: ids may contain underscores themselves."""
    parts = name.split("_")
    beginnings = ("_".join(parts[:n]) for n in range(len(parts) - 1, 0, -1))
    return "" if "/" in name else next((b for b in beginnings if download.known.has_id(b)), "")


PLAIN = System("folders and files with the names of students", _reader, is_lms=False)
