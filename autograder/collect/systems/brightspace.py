"""Brightspace (D2L): ``39700-640693 - Jane Doe - Oct 1, 2026 600 PM/work.zip``, with an ``index.html`` beside the folders.

Without folders, the name of each file begins in the same way. The time has no colon. Groups are named between the numbers and
the name. It is not documented whether the first number is the person's: it chooses between people with the same name, and two of these
numbers mean two people only if the second number is the same in the whole download.
"""

from __future__ import annotations

import re

from autograder.collect.people import Named
from autograder.collect.systems.shape import Download, NameReader, Part, Reading, System

_NAME = re.compile(
    r"(?P<number>\d+)(?:-(?P<folder>\d+))? - (?P<who>[^/]+?)"
    r"(?: - (?P<time>\w{3,9}\.? \d{1,2}, \d{4} \d{1,2}:?\d\d ?[APap][Mm]))?"
    r"(?:/(?P<path>.+)|(?(time) - |\0)(?P<file>[^/]+))"
)
_INDEX = re.compile(r"index\.html?", re.IGNORECASE)


def _reader(download: Download) -> NameReader:
    folders = {match["folder"] for name in download.names if (match := _NAME.fullmatch(name))}

    def read(name: str) -> Reading | None:
        if _INDEX.fullmatch(name):
            return Reading((), name, part=Part.RECORD)
        if not (match := _NAME.fullmatch(name)):
            return None
        *_groups, who = match["who"].split(" - ")
        named = Named(who.strip(), match["number"], number_differs=len(folders) == 1 and None not in folders)
        time = match["time"] or ""
        return Reading((named,), match["path"] or match["file"], submission=time, time=time)

    return read


BRIGHTSPACE = System("Brightspace", _reader)
