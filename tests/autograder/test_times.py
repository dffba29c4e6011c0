"""Is a time written by a person kept as the intended instant, or refused?"""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.times import TimeError, find_zone, hand_in_instant, read_deadline, read_hand_in, shown, stored_text

BERLIN = find_zone("Europe/Berlin")
DEADLINE = datetime(2026, 10, 1, 21, 59)
"""23:59 in Berlin."""
EXAMPLES = 10_000 if os.environ.get("COURSENN_PROVE") else 100


@pytest.mark.parametrize(
    "text",
    [
        "2026-10-01 23:59",
        "2026-10-01T23:59",
        "2026-10-01t23:59:00.000",
        "  2026-10-01   23:59 ",
        "2026-10-01 11:59 PM",
        "2026-10-01 11:59pm",
        "2026-10-01 11:59\u202fPM",
        "2026-10-01 11:59 p.m.",
        "2026-10-01 1159 PM",
        "2026-10-01 23:59 Europe/Berlin",
        "2026-10-01 23:59 europe/BERLIN",
        "2026-10-01 11:59 PM Europe/Berlin",
        "2026-10-01 23:59 +02:00",
        "2026-10-01 23:59+02:00",
        "2026-10-01 23:59 +0200",
        "2026-10-01 23:59 +02",
        "2026-10-01 21:59 UTC",
        "2026-10-01 21:59 utc",
        "2026-10-01T21:59Z",
        "2026-10-01T21:59:00,0z",
        "20261001T2359",
        "20261001T215900Z",
        "2026-10-01 17:59 -04:00",
        "2026-10-01-23-59-00",
        "Oct 1, 2026 1159 PM",
        "Oct 1, 2026 11:59 PM",
        "oct 1 2026 2359",
        "1 October 2026 23:59",
        "2026-10-02 06:59 Asia/Tokyo",
    ],
)
def test_one_instant_in_all_its_forms(text: str) -> None:
    """Is the deadline the same in every form and zone in which it can be written?"""
    assert read_deadline(text, BERLIN) == DEADLINE
    assert read_hand_in(text, BERLIN) == DEADLINE


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("01/10/2026", "Write the year first"),
        ("01/10/2026 23:59", "Write the year first"),
        ("1.10.26 23:59", "Write the year first"),
        ("10-01-2026 23:59", "Write the year first"),
        ("23:59", "a time needs its day"),
        ("11:59 PM", "a time needs its day"),
        ("2026-10-01", "write 2026-10-01 23:59"),
        ("Oct 1, 2026", "write 2026-10-01 23:59"),
        ("2026-10-01 23", "write 2026-10-01 23:59"),
        ("2026-10-01 2359", "write 2026-10-01 23:59"),
        ("2026-10-01 23:59 EST", "may mean more than one zone; write a place such as Europe/Berlin, or an offset"),
        ("2026-10-01 23:59 CST", "may mean more than one zone; write a place such as Europe/Berlin, or an offset"),
        ("2026-10-01 23:59 IST", "may mean more than one zone; write a place such as Europe/Berlin, or an offset"),
        ("2026-10-01 23:59 cet", "may mean more than one zone; write a place such as Europe/Berlin, or an offset"),
        ("2026-10-01 23:59 Europe/Berln", "write Europe/Berlin, or an offset such as +02:00"),
        ("2026-10-01 23:59 America/New York", "write America/New_York"),
        ("2026-10-01 23:59 Mars/Olympus", "is not a zone"),
        ("2026-10-01 23:59 UTC+2", "or an offset such as +02:00"),
        ("2026-10-01 23:59 tomorrow", "is not a zone"),
        ("2026-10-01 23:59 UTC and not later", "is not a zone"),
        ("2026-10-01 23:59 +02:00 Europe/Berlin", "not an offset"),
        ("2026-10-01 23:59 +2", "not an offset"),
        ("2026-10-01 23:59 +02:75", "not an offset"),
        ("2026-10-01 23:59 +15:00", "not an offset"),
        ("2026-10-01 23:59 +", "not an offset"),
        ("2026-13-01 23:59", "there is no day 1 of month 13"),
        ("2026-02-29 23:59", "there is no day 29 of month 2 in 2026"),
        ("2026-10-01 24:01", "no such time"),
        ("2026-10-01 25:00", "no such time"),
        ("2026-10-01 23:60", "no such time"),
        ("2026-10-01 23:59:60", "no such time"),
        ("2026-10-01 13:00 PM", "11:59 PM or 23:59"),
        ("2026-10-01 0:30 am", "11:59 PM or 23:59"),
        ("0026-10-01 23:59", "out of range"),
        ("9999-12-31 23:59", "out of range"),
        ("٢٠٢٦-10-01 23:59", "not one of the known forms"),
        ("Thu, 1 Oct 2026 23:59", "not one of the known forms"),
        ("soon", "not one of the known forms"),
        ("", "not one of the known forms"),
    ],
)
def test_what_is_not_understood_is_refused(text: str, says: str) -> None:
    """Does the message about an ambiguous or meaningless time say what to write instead?"""
    for reads in (read_deadline, read_hand_in):
        with pytest.raises(TimeError, match=r"^.*$") as refused:
            reads(text, BERLIN)
        assert says in str(refused.value)


def test_the_ends_of_a_day() -> None:
    """Are noon, midnight and 24:00 understood?"""
    for text, hour in {"12:00 AM": 0, "12:30 am": 0.5, "12:00 PM": 12, "12 pm": 12, "11 PM": 23, "24:00": 24, "0:00": 0}.items():
        assert read_deadline(f"2026-10-01 {text}", UTC) == datetime(2026, 10, 1) + timedelta(hours=hour)


def test_a_repeated_hour_counts_for_the_student() -> None:
    """If an autumn clock shows 02:30 twice, is a deadline the later and a hand-in the earlier instant?"""
    assert read_deadline("2026-10-25 02:30", BERLIN) == datetime(2026, 10, 25, 1, 30)
    assert read_hand_in("2026-10-25 02:30", BERLIN) == datetime(2026, 10, 25, 0, 30)
    assert hand_in_instant(datetime(2026, 10, 25, 2, 30), BERLIN) == datetime(2026, 10, 25, 0, 30)
    assert read_deadline("2026-10-25 02:30 +02:00", BERLIN) == read_hand_in("2026-10-25 02:30 +02:00", BERLIN)


def test_an_hour_that_does_not_exist() -> None:
    """Is a deadline in the hour skipped in spring refused, and a hand-in in that hour given the earliest possible instant?"""
    with pytest.raises(TimeError, match="skip this time in spring; write 2026-03-29 03:30"):
        read_deadline("2026-03-29 02:30", BERLIN)
    with pytest.raises(TimeError, match="skip this time"):
        read_deadline("2026-03-08 02:30 America/New_York", BERLIN)
    assert read_hand_in("2026-03-29 02:30", BERLIN) == datetime(2026, 3, 29, 0, 30)


def test_shown_in_both_zones() -> None:
    """Does everybody see the time in their own zone and the stored one?"""
    assert shown(DEADLINE, BERLIN) == "2026-10-01 23:59 Europe/Berlin (2026-10-01 21:59 UTC)"
    assert shown(datetime(2026, 10, 1, 22, 30, 5), BERLIN) == "2026-10-02 00:30:05 Europe/Berlin (2026-10-01 22:30:05 UTC)"
    assert shown(DEADLINE, find_zone("utc")) == "2026-10-01 21:59 UTC"


def test_nbgrader_reads_what_we_store() -> None:
    """Is the text stored for nbgrader read back as the same instant, by nbgrader and by us?"""
    from nbgrader.utils import parse_utc

    text = stored_text(DEADLINE)
    assert parse_utc(text) == read_hand_in(text, BERLIN) == DEADLINE


def test_zones_have_names_in_any_case() -> None:
    """Are names found in any case, and unknown or ambiguous ones refused?"""
    assert find_zone("america/new_york").key == "America/New_York"
    for name in ("EST", "Europe", "Europe/", "../etc/passwd", "/etc/localtime", "", "localtime", "Factory"):
        with pytest.raises(TimeError):
            find_zone(name)


@dataclass(frozen=True)
class Written:
    """A text and its meaning, if it has one."""

    text: str
    wall: datetime | None
    zone: tzinfo


MONTHS = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"]
ZONES = [
    "Europe/Berlin",
    "America/New_York",
    "Asia/Tokyo",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "Pacific/Apia",
    "America/Sao_Paulo",
    "UTC",
]
TRASH = ["EST", "ist", "Mars/Base", "please", "+99:00", "+2", "UTC+1", "- 02:00", "Z Z", ":", "(Berlin)", "\x00"]


@st.composite
def deadlines(draw: st.DrawFn) -> Written:
    """A deadline built from parts that are kept for comparison; about a third of them have an error."""
    wall = draw(st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1)).map(lambda t: t.replace(microsecond=0)))
    # Half of them are near a change of the clocks.
    if draw(st.booleans()):
        changes = [
            datetime(2026, 3, 29, 2),
            datetime(2026, 10, 25, 2),
            datetime(2026, 3, 8, 2),
            datetime(2026, 11, 1, 1),
            datetime(2026, 4, 5, 1, 30),
        ]
        wall = draw(st.sampled_from(changes)) + timedelta(minutes=draw(st.integers(-90, 90)))
    seconds = draw(st.booleans())
    wall = wall if seconds else wall.replace(second=0)
    month, name = wall.month, MONTHS[wall.month - 1]
    day, right = draw(
        st.sampled_from(
            [
                (f"{wall:%Y-%m-%d}", True),
                (f"{wall:%Y%m%d}", True),
                (f"{name} {wall.day}, {wall.year}", True),
                (f"{name[:3]} {wall.day:02d} {wall.year}", True),
                (f"{wall.day} {name[:3].upper()} {wall.year}", True),
                (f"{wall:%d/%m/%Y}", False),
                (f"{wall:%m/%d/%Y}", False),
                (f"{wall.day}.{month}.{wall.year}", False),
                (f"{wall:%y-%m-%d}", False),
                (f"{wall.year}-{month}-{wall.day:03d}", False),
                ("", False),
            ]
        )
    )
    twelve = (wall.hour - 1) % 12 + 1
    half = draw(st.sampled_from("apAP")) if draw(st.booleans()) else ""
    if half:
        wall = wall.replace(hour=wall.hour % 12 + (12 if half in "pP" else 0))
        space = draw(st.sampled_from(["", " ", "\u202f"]))
        time = f"{twelve}:{wall:%M:%S}" if seconds else f"{twelve}{draw(st.sampled_from([':', '']))}{wall:%M}"
        time += f"{space}{half}{draw(st.sampled_from(['m', 'M', '.m.']))}"
    else:
        time = f"{wall:%H:%M:%S}" if seconds else f"{wall:%H:%M}"
        if seconds and draw(st.booleans()):
            digits = draw(st.text("0123456789", min_size=1, max_size=6))
            time, wall = f"{time}.{digits}", wall.replace(microsecond=int(digits.ljust(6, "0")))
    if draw(st.integers(0, 9)) == 0:
        time, right = draw(st.sampled_from(["", "23:5", "25:00", "12:60", "noon", "0:30 pm", "13:00 pm", "23h59"])), False
    zone: tzinfo = ZoneInfo(draw(st.sampled_from(ZONES)))
    named = draw(st.sampled_from(["", "name", "offset", "Z", "trash"]))
    ending, own = "", zone
    if named == "name":
        key = draw(st.sampled_from(ZONES))
        ending, own = " " + draw(st.sampled_from([key, key.lower(), key.upper()])), ZoneInfo(key)
    elif named == "offset":
        minutes = draw(st.integers(-14 * 60, 14 * 60))
        hours, rest = divmod(abs(minutes), 60)
        ending = (
            draw(st.sampled_from(["", " "])) + ("-" if minutes < 0 else "+") + f"{hours:02d}{draw(st.sampled_from(['', ':']))}{rest:02d}"
        )
        own = timezone(timedelta(minutes=minutes))
    elif named == "Z":
        ending, own = draw(st.sampled_from(["Z", " UTC", "z"])), UTC
    elif named == "trash":
        ending, right = " " + draw(st.sampled_from(TRASH)), False
    text = f"{day}{draw(st.sampled_from([' ', 'T', '  ']))}{time}{ending}"
    return Written(text, wall if right else None, zone if own is zone else own)


@given(deadlines())
@settings(max_examples=EXAMPLES)
def test_generated_deadlines_are_right_or_refused(written: Written) -> None:
    """Is each of thousands of texts stored as the instant that its parts say?"""
    try:
        found = read_deadline(written.text, written.zone)
    except TimeError:
        found = None
    assert found == expected(written)


def expected(written: Written) -> datetime | None:
    """Return the instants that show this time in a zone, found by trying all offsets."""
    if written.wall is None:
        return None
    guess = written.wall.replace(tzinfo=UTC)
    # Offsets are whole minutes since 1972; those of a zone within two days of the guess are all that can be.
    offsets = {(guess + timedelta(hours=hours)).astimezone(written.zone).utcoffset() for hours in range(-48, 49)}
    instants = [guess - offset for offset in offsets if offset is not None]
    showing = [i for i in instants if i.astimezone(written.zone).replace(tzinfo=None) == written.wall]
    return max(showing).replace(tzinfo=None) if showing else None
