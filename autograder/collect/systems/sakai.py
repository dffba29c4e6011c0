"""Sakai: ``Doe, Jane(jdoe)/Submission attachment(s)/work.zip``, with ``timestamp.txt`` and ``grades.csv`` beside it.

The login name is in brackets. ``timestamp.txt`` holds the time in UTC, as ``20261001123005000`` or in ISO 8601. Typed text,
comments and feedback have names of their own. The folder of attachments is named in the language of the site.
"""

from __future__ import annotations

import re

from autograder.collect.people import Named
from autograder.collect.systems.shape import Download, NameReader, Part, Reading, System

_NAME = re.compile(r"(?P<who>[^/(]*)\((?P<login>[^()/]+)\)(?:/|_)(?P<rest>.+)")
_RECORDS = re.compile(r"grades\.(csv|xlsx?)|.*feedback.*|timestamp\.txt", re.IGNORECASE)
_TYPED = re.compile(r"comments\.txt|.*_?submissionText\.html", re.IGNORECASE)
_FLAT = re.compile(r"Submission attachment\(s\)_(?P<file>.+)")


def _reader(download: Download) -> NameReader | None:
    lists = "grades.csv" in download.names or any(n.startswith("grades.xls") for n in download.names)
    if not lists and not any(re.search(r"\)/timestamp\.txt$|Submission attachment\(s\)", name) for name in download.names):
        return None

    def read(name: str) -> Reading | None:
        if _RECORDS.fullmatch(name) and "/" not in name:
            return Reading((), name, part=Part.RECORD)
        if not (match := _NAME.fullmatch(name)):
            return None
        who = Named(match["login"].strip(), full_name=match["who"].strip())
        time = _time(download.text(f"{match['who']}({match['login']})/timestamp.txt"))
        top, _, inside = match["rest"].partition("/")
        if flat := _FLAT.fullmatch(match["rest"]):
            return Reading((who,), flat["file"], time=time)
        if not inside:
            part = Part.RECORD if _RECORDS.fullmatch(top) else Part.TYPED
            return Reading((who,), top, time=time, part=part if part is Part.RECORD or _TYPED.fullmatch(top) else Part.WORK)
        return Reading((who,), inside, time=time, part=Part.RECORD if _RECORDS.fullmatch(top) else Part.WORK)

    return read


def _time(text: str) -> str:
    """The time in ISO 8601, in UTC; empty when the file says something else."""
    text = text.strip()
    if digits := re.match(r"(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)\d*$", text):
        year, month, day, hour, minute, second = digits.groups()
        return f"{year}-{month}-{day} {hour}:{minute}:{second}Z"
    iso = re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", text)
    return iso[0] if iso else ""


SAKAI = System("Sakai", _reader)
