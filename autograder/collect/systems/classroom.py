"""Google Classroom: the folder of an assignment in Google Drive, downloaded as ``Layers-20261001T120000Z-001.zip``.

Drive names the archive after the folder and the time. A copy that Classroom made for each student is called ``Jane Doe - layers.py``;
files that students upload keep the names that the students gave them, and then nothing in the download says whose they are.
"""

from __future__ import annotations

import re

from autograder.collect.people import Named
from autograder.collect.systems.shape import Download, NameReader, Reading, System

_ARCHIVE = re.compile(r".*-\d{8}T\d{6}Z(-\d+)+(\.zip)?", re.IGNORECASE)
_COPY = re.compile(r"(?P<who>[^/]+?) - (?P<file>[^/]+)")
_HIDDEN = "Google Classroom does not record who uploaded this: collect in another way, or sort the files into one folder for each student"


def _reader(download: Download) -> NameReader | None:
    if not _ARCHIVE.fullmatch(download.title):
        return None

    def read(name: str) -> Reading | None:
        # Students name their uploads: a name counts only in Classroom's form and if it is somebody's.
        match = _COPY.fullmatch(name)
        if match and download.known.knows(match["who"]):
            return Reading((Named(match["who"].strip()),), match["file"])
        return None if "/" in name else Reading((Named(name, hidden=_HIDDEN),), name)

    return read


CLASSROOM = System(
    "Google Classroom",
    _reader,
    times_of_download=True,
    silent_on="Google Classroom records neither a student's number nor the time of a hand-in: see there who was late.",
)
