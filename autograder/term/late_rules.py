"""What late work loses: rules as people write them in ``deadlines.csv``, and the points that these take off.

A rule is one or more of these parts, with semicolons between them, in upper or lower case:

- ``none`` or ``zero``: late work loses nothing, or everything;
- ``10% a day``, ``2% per hour``: a share of the points earned, for each day or hour begun (also minutes and weeks);
- ``10% of the maximum a day``: a share of the maximum;
- ``floor 40%``: at least this share of the points earned is left;
- ``zero after 7 days``: from then on nothing is left, even with a floor.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from datetime import timedelta

from autograder.paths import printable

EXAMPLES = '"none", "zero", "10% a day", "10% a day; floor 40%" and "2% an hour; zero after 3 days"'
DAY = timedelta(days=1)
_UNITS = {
    **dict.fromkeys(("min", "mins", "minute", "minutes"), timedelta(minutes=1)),
    **dict.fromkeys(("h", "hour", "hours"), timedelta(hours=1)),
    **dict.fromkeys(("d", "day", "days"), DAY),
    **dict.fromkeys(("w", "week", "weeks"), timedelta(weeks=1)),
}
_DURATION = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([a-z]+)\s*", re.ASCII)
_SHARE = re.compile(
    r"(?P<percent>\d+(?:\.\d+)?)\s*%(?P<maximum> of the maximum)? (?:a|an|per|each|every) (?:started |begun )?(?P<unit>[a-z]+)(?: begun)?",
    re.ASCII,
)
_FLOOR = re.compile(r"floor (?P<percent>\d+(?:\.\d+)?)\s*%", re.ASCII)
_ZERO_AFTER = re.compile(r"zero after (?P<time>.+)")
LONGEST = timedelta(days=3650)


class RuleError(ValueError):
    """A rule or a duration that cannot be read; the message says what to write instead."""


@dataclass(frozen=True)
class LateRule:
    """What late work loses; by default nothing."""

    share: float = 0.0
    """Of the points, for each period begun; from 0 to 1."""
    period: timedelta = DAY
    of_maximum: bool = False
    """Whether it is a share of the maximum, and not of the points earned."""
    floor: float = 0.0
    """The least share of the points earned that is left."""
    zero_after: timedelta | None = None

    def points_lost(self, score: float, maximum: float, late: timedelta) -> float:
        """Points that a score loses; never more than it has.

        Parameters
        ----------
        score : points earned.
        maximum : all points that can be earned.
        late : how late the work is, with extension and tokens taken off.
        """
        if late <= timedelta(0) or score <= 0:
            return 0.0
        if self.zero_after is not None and late > self.zero_after:
            return score
        begun = math.ceil(late / self.period)
        lost = self.share * begun * (maximum if self.of_maximum else score)
        return min(lost, score * (1 - self.floor))


def read_rule(text: str) -> LateRule:
    """The rule that a text states; an empty text loses nothing.

    Raises
    ------
    RuleError
        When a part of it has none of the forms.
    """
    rule = LateRule()
    for part in (" ".join(p.split()) for p in re.split("[;,]", text.casefold())):
        if part in ("", "none"):
            continue
        if part == "zero":
            rule = replace(rule, share=1.0)
        elif match := _SHARE.fullmatch(part):
            if match["unit"] not in _UNITS:
                raise RuleError(f"{_quoted(part)} names no day, hour, minute or week; write for instance {EXAMPLES}")
            rule = replace(rule, share=_share(part, match["percent"]), period=_UNITS[match["unit"]], of_maximum=bool(match["maximum"]))
        elif match := _FLOOR.fullmatch(part):
            rule = replace(rule, floor=_share(part, match["percent"]))
        elif match := _ZERO_AFTER.fullmatch(part):
            rule = replace(rule, zero_after=read_duration(match["time"]))
        else:
            raise RuleError(f"{_quoted(part)} is not a rule for late work; write for instance {EXAMPLES}")
    return rule


def _share(part: str, percent: str) -> float:
    if not 0 <= float(percent) <= 100:
        raise RuleError(f"{_quoted(part)}: a share goes from 0% to 100%")
    return float(percent) / 100


def read_duration(text: str) -> timedelta:
    """How long: ``15 min``, ``1 hour``, ``1 day 12 h``, ``2 weeks``.

    Raises
    ------
    RuleError
        When the text says something else, or more than ten years.
    """
    rest, found = text.casefold(), timedelta(0)
    while match := _DURATION.match(rest):
        unit = _UNITS.get(match[2])
        if unit is None or float(match[1]) * unit.total_seconds() > LONGEST.total_seconds():
            break
        found += float(match[1]) * unit
        rest = rest[match.end() :]
    if rest.strip() or not text.strip():
        raise RuleError(f"{_quoted(text)} is not a length of time; write for instance 15 min, 12 h, 3 days or 1 week")
    return found


def duration_text(time: timedelta) -> str:
    """A length of time for people, to the minute: ``2 days 3 h``, ``5 min``."""
    minutes = math.ceil(time.total_seconds() / 60)
    days, rest = divmod(minutes, 24 * 60)
    parts = [f"{days} {'day' if days == 1 else 'days'}" if days else "", f"{rest // 60} h" if rest // 60 else ""]
    parts.append(f"{rest % 60} min" if rest % 60 or not any(parts) else "")
    return " ".join(p for p in parts if p)


def _quoted(text: str) -> str:
    return repr(printable(text, 60))
