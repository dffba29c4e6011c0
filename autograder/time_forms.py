"""The forms in which a time may be written: its parts, and what is wrong with a text that has none of these forms."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

EXAMPLE = "2026-10-01 23:59"
YEARS = range(1970, 3000)

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = (
    r"(?P<name>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
_YEAR = r"(?P<year>\d{4})"
_DAYS = (
    rf"{_YEAR}-(?P<month>\d\d)-(?P<day>\d\d)",
    rf"{_YEAR}(?P<month>\d\d)(?P<day>\d\d)",
    rf"{_MONTH} (?P<day>\d\d?),? {_YEAR},?",
    rf"(?P<day>\d\d?) {_MONTH},? {_YEAR},?",
)
_FRACTION = r"(?:[.,](?P<fraction>\d{1,9}))?"
_HALF = r" ?(?P<half>[ap])\.?m\.?"
_DIGITS = rf"(?P<hour>\d\d)(?P<minute>\d\d)(?:(?P<second>\d\d){_FRACTION})?"
_TIMES = (
    rf"[t ](?P<hour>\d\d?):(?P<minute>\d\d)(?::(?P<second>\d\d){_FRACTION})?(?:{_HALF})?",
    rf"[t ](?P<hour>\d\d?)(?P<minute>\d\d)?{_HALF}",
    r"-(?P<hour>\d\d)-(?P<minute>\d\d)-(?P<second>\d\d)",
    rf"t{_DIGITS}",
)
# Letters in any case; digits of other scripts are refused.
_FLAGS = re.IGNORECASE | re.ASCII
_AFTER_A_DAY = r"(?=$|[t -])"
_AFTER_A_TIME = r"(?=$|[ z+-])"

Parts = dict[str, str | None]


class TimeError(ValueError):
    """A text is not a time, or could mean two; the message says what to write instead."""


@dataclass(frozen=True)
class WrittenTime:
    """What a text says."""

    wall: datetime
    """What a clock on the wall shows, without a zone."""
    zone: str
    """The zone as it is written; empty when the text names none."""


def parse_time(text: str) -> WrittenTime:
    """Take a text apart.

    Raises
    ------
    TimeError
        When it has none of the forms, or names a day or an hour that does not exist.
    """
    # Browsers put a narrow no-break space before AM and PM.
    words = " ".join(text.split())
    day, rest = _match(_DAYS, words, _AFTER_A_DAY)
    if day is None:
        raise TimeError(_why_no_day(words))
    date = _date(day)
    if not rest:
        raise TimeError(f"a day needs its time; write {date:%Y-%m-%d} 23:59, for instance")
    # After the name of a month, four digits are a time as systems write it, since a colon cannot be in the name of a file.
    time, zone = _match((*_TIMES, f" {_DIGITS}") if day.get("name") else _TIMES, rest, _AFTER_A_TIME)
    if time is None:
        raise TimeError(f"the time after the day is not one of the known forms; write {date:%Y-%m-%d} 23:59, for instance")
    return WrittenTime(date + _since_midnight(time), zone.strip())


def _match(forms: Iterable[str], text: str, followed_by: str) -> tuple[Parts | None, str]:
    """The parts of the first form that the text begins with, and what follows them."""
    for form in forms:
        if (match := re.match(form + followed_by, text, _FLAGS)) is not None:
            return match.groupdict(), text[match.end() :]
    return None, text


def _why_no_day(words: str) -> str:
    if re.match(r"\d{1,2}([/.-])\d{1,2}\1\d{2}(\d\d)?\b", words, _FLAGS):
        return f"which number is the day and which is the month? Write the year first: {EXAMPLE}"
    if re.match(r"[t ]*\d{1,2}(:\d\d| ?[ap]\.?m)", words, _FLAGS):
        return f"a time needs its day; write it as {EXAMPLE}"
    return f"this is not one of the known forms; write it as {EXAMPLE}"


def _date(parts: Parts) -> datetime:
    name = parts.get("name")
    month = _MONTHS.index(name[:3].lower()) + 1 if name else int(parts["month"] or 0)
    year, day = int(parts["year"] or 0), int(parts["day"] or 0)
    if year not in YEARS:
        raise TimeError(f"the year {year} is out of range; years go from {YEARS[0]} to {YEARS[-1]}")
    try:
        return datetime(year, month, day)
    except ValueError:
        raise TimeError(f"there is no day {day} of month {month} in {year}; write it as {EXAMPLE}, the month before the day") from None


def _since_midnight(parts: Parts) -> timedelta:
    hour, minute, second = (int(parts.get(name) or 0) for name in ("hour", "minute", "second"))
    microsecond = int((parts.get("fraction") or "0").ljust(6, "0")[:6])
    if half := parts.get("half"):
        if not 1 <= hour <= 12:
            raise TimeError("with AM and PM hours go from 1 to 12; write 11:59 PM or 23:59")
        hour = hour % 12 + (12 if half in "pP" else 0)
    since = timedelta(hours=hour, minutes=minute, seconds=second, microseconds=microsecond)
    # ISO 8601 calls the end of a day 24:00.
    if minute > 59 or second > 59 or since > timedelta(hours=24):
        raise TimeError("there is no such time of the day; hours go up to 23, minutes and seconds up to 59, and a day ends at 24:00")
    return since
