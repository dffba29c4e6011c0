"""Times as people and systems write them: read in a stated zone, stored in UTC, shown in both.

A time is stored as nbgrader stores it, as a `datetime` in UTC without a zone. Nothing is guessed: a text that could mean two instants is
refused, and the message says what to write instead. These forms are read, in upper or lower case:

- the day: ``2026-10-01``, ``20261001``, ``Oct 1, 2026``, ``1 October 2026``;
- the time, after a space or a ``T``: ``23:59``, ``23:59:59``, ``23:59:59.5``, ``24:00``, ``11:59 PM``, ``11 PM``, and ``T2359``;
- as learning management systems write them in names of files: ``2026-10-01-12-30-05``, ``Oct 1, 2026 600 PM``;
- the zone: none, for the stated one, or ``Z``, ``UTC``, ``+02:00``, ``+0200``, ``+02``, ``Europe/Berlin``.
"""

from __future__ import annotations

import difflib
import functools
import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from importlib import resources
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from autograder.checked_data import value_text
from autograder.time_forms import YEARS, TimeError, parse_time

__all__ = ["UTC_ZONE", "TimeError", "find_zone", "hand_in_instant", "in_zone", "read_deadline", "read_hand_in", "shown", "stored_text"]

UTC_ZONE = ZoneInfo("UTC")
"""The zone of a course that does not state one."""
LARGEST_OFFSET = timedelta(hours=14)
ABBREVIATIONS = frozenset({"cet", "eet", "est", "hst", "met", "mst", "wet"})
"""Names of the database that people also write for another offset: EST in summer and in Australia, CET in summer."""

_OFFSET = re.compile(r"(?P<sign>[+-])(?P<hours>\d\d)(?::?(?P<minutes>[0-5]\d))?", re.ASCII)


def read_deadline(text: str, zone: tzinfo) -> datetime:
    """A deadline that a person wrote, in UTC and without a zone.

    An hour that the clocks show twice in autumn is read in the student's favour: the later instant.

    Parameters
    ----------
    zone : used for a text that names no zone.

    Raises
    ------
    TimeError
        When the text has none of the forms, or names an hour that the clocks skip in spring.
    """
    wall, own = _read(text, zone)
    before, after = _instants(wall, own)
    if after < before:
        # Read with the offset from before the change, it is the time that the clocks show instead.
        instead = in_zone(before, own)
        raise TimeError(f"{value_text(text)}: the clocks of {own} skip this time in spring; write {instead:%Y-%m-%d %H:%M}")
    return after


def read_hand_in(text: str, zone: tzinfo) -> datetime:
    """The time of a hand-in as a system wrote it, in UTC and without a zone.

    An hour that the clocks show twice in autumn is read in the student's favour: the earlier instant. So is one that the clocks skip in
    spring, written by a system whose clock is not put forward: refusing it would lose the hand-in.

    Parameters
    ----------
    zone : used for a text that names no zone.

    Raises
    ------
    TimeError
        When the text has none of the forms.
    """
    return hand_in_instant(*_read(text, zone))


def hand_in_instant(wall: datetime, zone: tzinfo) -> datetime:
    """When the clocks of a zone showed a time, in UTC and without a zone; the earlier of two instants, as in `read_hand_in`.

    Parameters
    ----------
    wall : without a zone, such as the time of a member of a zip archive.

    Raises
    ------
    TimeError
        When the year is out of range.
    """
    if wall.year not in YEARS:
        raise TimeError(f"the year {wall.year} is out of range; years go from {YEARS[0]} to {YEARS[-1]}")
    return min(_instants(wall, zone))


def find_zone(name: str) -> ZoneInfo:
    """The zone of that IANA name, in any case.

    Raises
    ------
    TimeError
        When there is none, or the name is an abbreviation.
    """
    wanted = name.casefold()
    key = _zones().get(wanted)
    if key is None:
        raise TimeError(_why_no_zone(name, wanted))
    try:
        return ZoneInfo(key)
    except (ZoneInfoNotFoundError, OSError) as error:
        raise TimeError(f"this machine has no data for the zone {key}; install the package tzdata") from error


def stored_text(time: datetime) -> str:
    """A time in UTC and without a zone, as nbgrader writes and reads it."""
    return f"{time:%Y-%m-%d %H:%M:%S.%f} UTC"


def shown(time: datetime, zone: tzinfo) -> str:
    """A time in UTC and without a zone, as people read it: in their zone, and in UTC."""
    utc = f"{_to_the_second(time)} UTC"
    return utc if zone == UTC_ZONE else f"{_to_the_second(in_zone(time, zone))} {zone} ({utc})"


def _to_the_second(time: datetime) -> str:
    return f"{time:%Y-%m-%d %H:%M:%S}" if time.second else f"{time:%Y-%m-%d %H:%M}"


def in_zone(time: datetime, zone: tzinfo) -> datetime:
    """A time in UTC and without a zone, as the clocks of a zone show it."""
    return time.replace(tzinfo=UTC).astimezone(zone)


def _read(text: str, zone: tzinfo) -> tuple[datetime, tzinfo]:
    """What the clock on the wall showed, and in which zone."""
    try:
        written = parse_time(text)
        return written.wall, _written_zone(written.zone) or zone
    except TimeError as error:
        raise TimeError(f"{value_text(text)}: {error}") from None


def _instants(wall: datetime, zone: tzinfo) -> tuple[datetime, datetime]:
    """The instants that a time can mean: with the offset from before a change of the clocks, and with the one from after it.

    They differ only in two hours of a year: the second is later in the hour that comes twice, and earlier in the hour that is skipped.
    """
    before, after = (wall.replace(tzinfo=zone, fold=fold).astimezone(UTC).replace(tzinfo=None) for fold in (0, 1))
    return before, after


def _written_zone(text: str) -> tzinfo | None:
    """The zone that a text names after the time; None if there is none."""
    if not text:
        return None
    if text in ("z", "Z"):
        return UTC_ZONE
    if (match := _OFFSET.fullmatch(text)) is not None:
        offset = timedelta(hours=int(match["hours"]), minutes=int(match["minutes"] or 0))
        if offset <= LARGEST_OFFSET:
            return timezone(-offset if match["sign"] == "-" else offset)
    if text[0] in "+-":
        raise TimeError(f"{value_text(text)} is not an offset from UTC; write it as +02:00")
    try:
        return find_zone(text)
    except TimeError as error:
        raise TimeError(f"{error}, or an offset such as +02:00") from None


def _why_no_zone(name: str, wanted: str) -> str:
    near = difflib.get_close_matches(wanted, _zones(), n=1, cutoff=0.8) if "/" in wanted else []
    problem = "may mean more than one zone" if re.fullmatch(r"[a-z]{1,5}", wanted) else "is not a zone"
    return f"{value_text(name)} {problem}; write {_zones()[near[0]] if near else 'a place such as Europe/Berlin'}"


@functools.cache
def _zones() -> dict[str, str]:
    """The names of the database, by their lower case."""
    # The package's list and not the machine's, so that a course is read in the same way everywhere.
    names = (resources.files("tzdata") / "zones").read_text(encoding="utf-8").split()
    return {name.casefold(): name for name in names if name.casefold() not in {"factory", *ABBREVIATIONS}}
