"""Blackboard: ``Layers_jdoe_attempt_2026-10-01-12-30-05_work.zip``, and a ``.txt`` without a last part for each attempt.

The name of the assignment comes first, then the login name; both may contain underscores. The word
``attempt`` is in the language of the site. The text file lists the attempt and holds what was typed. The first time in a name counts:
the student chose what follows it.
"""

from __future__ import annotations

import re
from collections import Counter

from autograder.collect.people import Named
from autograder.collect.systems.shape import Download, NameReader, Part, Reading, System

_NAME = re.compile(r"(?P<front>[^/]+?)_(?:[^\W\d_]+)_(?P<time>\d{4}(?:-\d\d){5})(?:_(?P<file>[^/]+)|\.txt)")

MOODLES = "_assignsubmission_"
CANVAS = re.compile(r"[^_]+(?:_LATE)?_\d+_\d+_.*", re.IGNORECASE)
"""How names from Canvas begin: the student, possibly LATE, and two numbers."""


def _reader(download: Download) -> NameReader | None:
    fronts = {match["front"] for name in download.names if (match := _matched(name))}
    if len(fronts) > 1 and all(map(CANVAS.fullmatch, fronts)) and not _shared(fronts):
        # Blackboard's names begin with one assignment. These are Canvas's, and the students' own names end as Blackboard's do.
        return None
    assignment = _assignment(fronts, download)

    def read(name: str) -> Reading | None:
        if not (match := _matched(name)) or "_" not in match["front"]:
            return None
        named = _login(match["front"], assignment, download)
        part = Part.WORK if match["file"] else Part.SLIP
        return Reading((named,), match["file"] or "attempt.txt", match["time"], match["time"], part=part)

    return read


def _matched(name: str) -> re.Match[str] | None:
    """Match a name from Blackboard. If it begins as Moodle's do, a student has given a file such a name."""
    match = _NAME.fullmatch(name)
    return match if match and MOODLES not in match["front"] else None


def _endings(front: str) -> list[tuple[str, str]]:
    """Every way to cut the front of a name into assignment and login name, the longest login name first."""
    parts = front.split("_")
    return [("_".join(parts[:n]), "_".join(parts[n:])) for n in range(1, len(parts))]


def _assignment(fronts: set[str], download: Download) -> str:
    """The assignment that all fronts begin with: the cut that gives the most known login names, else the longest shared beginning."""
    known = Counter(assignment for front in fronts for assignment, who in _endings(front) if download.known.called(who))
    if known:
        most = max(known.values())
        best = [assignment for assignment, count in known.items() if count == most]
        return best[0] if len(best) == 1 else ""
    return max(_shared(fronts), key=len, default="")


def _shared(fronts: set[str]) -> list[str]:
    """The names of an assignment that all fronts begin with."""
    return [assignment for assignment, _ in _endings(min(fronts, default="_")) if all(f.startswith(assignment + "_") for f in fronts)]


def _login(front: str, assignment: str, download: Download) -> Named:
    """The login name: what follows the assignment, or the one known ending, or the last part."""
    if assignment and front.startswith(assignment + "_"):
        return Named(front.removeprefix(assignment + "_"))
    endings = [who for _, who in _endings(front)]
    known = [who for who in endings if download.known.called(who)]
    if len(known) > 1:
        return Named(front, hidden=f"it may be {' or '.join(known)}'s: the name of the assignment cannot be told from the student's")
    return Named(known[0] if known else endings[-1])


BLACKBOARD = System("Blackboard", _reader)
