"""Google Classroom: the folder of an assignment in Google Drive, downloaded as ``Layers-20261001T120000Z-001.zip``.

Drive names the archive after the folder and the time. A copy that Classroom made for each student is called ``Jane Doe - layers.py``;
what students upload themselves keeps their own name for it, and then nothing in the download says whose it is.
"""

from __future__ import annotations

import re

from autograder.collect.people import Named
from autograder.collect.systems.shape import Download, NameReader, Reading, System

_ARCHIVE = re.compile(r".*-\d{8}T\d{6}Z(-\d+)+(\.zip)?", re.IGNORECASE)
_COPY = re.compile(r"(?P<who>[^/]+?) - (?P<file>[^/]+)")
_HIDDEN = (
    "Google Classroom does not write whose upload this is: collect through another way, or sort the files into one folder for each student"
)


def _reader(download: Download) -> NameReader | None:
    if not _ARCHIVE.fullmatch(download.title):
        return None

    def read(name: str) -> Reading | None:
        # Students name their uploads: a person is believed only where Classroom's form holds somebody's name.
        match = _COPY.fullmatch(name)
        if match and download.known.knows(match["who"]):
            return Reading((Named(match["who"].strip()),), match["file"])
        return None if "/" in name else Reading((Named(name, hidden=_HIDDEN),), name)

    return read


CLASSROOM = System(
    "Google Classroom",
    _reader,
    times_of_download=True,
    silent_on="Google Classroom writes no number of a person and no time of a hand-in: look there for who was late.",
)
