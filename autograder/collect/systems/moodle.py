"""Moodle: ``Jane Doe_1234567_assignsubmission_file_/work.zip``, as its classes ``assign`` and ``mod_assign\\downloader`` make names.

The folder ends with an underscore in some versions and without one in others; without folders, the name of the file follows. The
number belongs to a person for one assignment only (it is the number of "Participant 1234567"). Typed text
is in ``..._onlinetext_/onlinetext.html``, written at the time of the download. Teams have the name and number of
the team, in older versions ``Team A-Jane Doe``. With blind marking everybody is called "Participant", in the language of the site.
"""

from __future__ import annotations

import re

from autograder.collect.people import KnownPeople, Named
from autograder.collect.systems.shape import Download, NameReader, Part, Reading, System

_NAME = re.compile(
    r"(?P<who>[^/_]+)(?:_(?P<number>\d+))?_assignsubmission_(?P<plugin>[a-z]+)(?:_?/(?P<path>.+)|_(?P<file>[^/]+))",
)
_HIDDEN = (
    "Moodle hides whose it is (blind marking): reveal the names there and download again, or enter the numbers of its grading worksheet "
    "(Participant 1234567) in the column lms_user_id of the roster"
)


def _reader(download: Download) -> NameReader:
    matches = [match for name in download.names if (match := _NAME.fullmatch(name))]
    shown = {match["who"] for match in matches}
    numbers = {match["number"] for match in matches}
    blind = len(shown) == 1 and not download.known.knows(next(iter(shown))) and (len(numbers) > 1 or shown == {"Participant"})
    # A participant's number may by chance be another person's number: the numbers count only if all of them are known.
    meant = blind and all(number and download.known.numbered(number) for number in numbers)

    def read(name: str) -> Reading | None:
        if not (match := _NAME.fullmatch(name)):
            return None
        who, number = match["who"].strip(), match["number"] or ""
        if blind:
            named = Named(number=number, number_decides=True) if meant else Named(who, number, hidden=_HIDDEN)
        else:
            named = Named(_without_team(who, download.known), number)
        part = Part.WORK if match["plugin"] == "file" else Part.TYPED
        return Reading((named,), match["path"] or match["file"], submission=number, part=part)

    return read


def _without_team(who: str, known: KnownPeople) -> str:
    """The person in ``Team A-Jane Doe``, if only the part after a hyphen is somebody's name."""
    if known.knows(who):
        return who
    parts = who.split("-")
    endings = ("-".join(parts[n:]).strip() for n in range(1, len(parts)))
    return next((ending for ending in endings if ending and known.knows(ending)), who)


MOODLE = System("Moodle", _reader)
