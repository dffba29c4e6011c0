"""What is nobody's in a download, summed up: by folder and reason, with the pattern that would read it."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from autograder.collect.people import KnownPeople, Named
from autograder.collect.submissions import Unread
from autograder.paths import printable

MOST_LINES = 8
EXAMPLES = 3
SEPARATORS = (" - ", "_", "-", " ", "/", ".")
LARGEST_SAMPLE = 200


def summary(unread: Sequence[Unread]) -> list[str]:
    """Some lines about many files: those of one folder and one reason together."""
    if len(unread) <= MOST_LINES:
        return [str(each) for each in unread]
    groups: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for each in unread:
        top, slash, _ = each.name.partition("/")
        groups[top + slash if slash else "", each.reason].append(each.name)
    # Many folders with one reason say as much as one line with three of them.
    reasons = Counter(reason for _, reason in groups)
    lines = []
    for reason, count in reasons.most_common():
        mine = {top: names for (top, why), names in groups.items() if why == reason}
        if count > MOST_LINES:
            files = sum(len(names) for names in mine.values())
            lines.append(
                f"{files} files in {count} places, such as {_examples([top or names[0] for top, names in mine.items()])}: {reason}"
            )
        else:
            lines += [f"{_group(top, names)}: {reason}" for top, names in mine.items()]
    if len(lines) > MOST_LINES:
        lines = [*lines[:MOST_LINES], f"and {len(lines) - MOST_LINES} more reasons"]
    return lines


def _group(top: str, names: Sequence[str]) -> str:
    if len(names) == 1:
        return printable(names[0])
    return f"{len(names)} files in {printable(top)}" if top else f"{len(names)} files such as {_examples(names)}"


def _examples(names: Sequence[str]) -> str:
    return ", ".join(printable(name, 80) for name in names[:EXAMPLES])


def suggested_pattern(names: Sequence[str], known: KnownPeople) -> str:
    """A pattern for ``--pattern`` that finds somebody who is known in at least half of these names; empty when there is none.

    Names are cut at one kind of separator; the place in which most known people stand is the student's.
    """
    sample = list(names[:LARGEST_SAMPLE])
    best, most = "", max(1, len(sample) / 2)
    for pattern in _candidates(sample):
        found = {name: whose for name in sample if (whose := _whose(pattern, name, known))}
        # One folder that is called like a student says nothing.
        if len(found) >= most and len(set(found.values())) > min(1, len(sample) - 1):
            best, most = pattern, len(found) + 1
    return best


def _candidates(names: Sequence[str]) -> Iterator[str]:
    """Patterns that take one part of a name as the student's."""
    for separator in SEPARATORS:
        mark = re.escape(separator).replace("\\ ", " ")
        part = "[^/]*?" if len(separator) > 1 else f"[^/{mark}]*"
        parts = max((name.count(separator) for name in names), default=0)
        for place in range(min(parts, 6) + 1):
            before = f"{part}{mark}" * place
            yield rf"{before}(?P<student_id>{part.replace('*', '+')}){mark}(?P<file>.+)"
            if separator != "/":
                yield rf"{before}(?P<student_id>{part.replace('*', '+')})/(?P<file>.+)"
                yield rf"{before}(?P<student_id>[^/]+?)(?P<file>\.\w+)"


def _whose(pattern: str, name: str, known: KnownPeople) -> str:
    match = re.fullmatch(pattern, name)
    if match is None or not known.called(match["student_id"].strip()):
        return ""
    students = known.find(Named(match["student_id"].strip())).students
    return students[0] if len(students) == 1 else ""
