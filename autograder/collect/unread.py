"""Sums up the files of a download that belong to nobody, by folder and reason, with a pattern that would read them."""

from __future__ import annotations

import itertools
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence

from autograder.collect.people import KnownPeople, Named
from autograder.collect.submissions import Unread
from autograder.paths import printable
from autograder.plural import counted

MOST_LINES = 8
EXAMPLES = 3
SEPARATORS = (" - ", "_", "-", " ", "/", ".")
LARGEST_SAMPLE = 200
MOST_FOLDERS, MOST_PARTS = 2, 6
"""How many parts of a name are searched for a student."""


def summary(unread: Sequence[Unread]) -> list[str]:
    """A few lines about many files: grouped by reason, and by folder if there are few folders."""
    names_by_reason: defaultdict[str, list[str]] = defaultdict(list)
    wrapping = _wrapping([each.name for each in unread])
    for each in unread:
        names_by_reason[each.reason].append(each.name.removeprefix(wrapping))
    lines = []
    for reason, names in sorted(names_by_reason.items(), key=lambda pair: -len(pair[1])):
        if len(names) <= EXAMPLES:
            lines += [f"{printable(name)}: {reason}" for name in names]
            continue
        folders: defaultdict[str, list[str]] = defaultdict(list)
        for name in names:
            top, slash, _ = name.partition("/")
            folders[top + slash if slash else ""].append(name)
        if len(folders) > 1:
            places = _examples([top or inside[0] for top, inside in folders.items()])
            lines.append(f"{counted(len(names), 'file')} in {len(folders)} places, such as {places}: {reason}")
        else:
            [(top, inside)] = folders.items()
            where = f"in {printable(top)}" if top else f"such as {_examples(inside)}"
            lines.append(f"{counted(len(inside), 'file')} {where}: {reason}")
    return lines if len(lines) <= MOST_LINES else [*lines[:MOST_LINES], f"and {len(lines) - MOST_LINES} more like these"]


def _wrapping(names: Sequence[str]) -> str:
    """The folders that are around all names."""
    folders = [name.split("/")[:-1] for name in names] if len(names) > 1 else []
    shared = itertools.takewhile(lambda parts: len(set(parts)) == 1, zip(*folders, strict=False))
    return "".join(f"{parts[0]}/" for parts in shared)


def _examples(names: Sequence[str]) -> str:
    return ", ".join(printable(name, 80) for name in names[:EXAMPLES])


def suggested_pattern(names: Sequence[str], known: KnownPeople) -> str:
    """A pattern for ``--pattern`` that finds somebody who is known in at least half of these names; empty when there is none.

    Names are cut at one kind of separator; the part in which most known people are found is the student's.
    """
    sample = list(names[:LARGEST_SAMPLE])
    best, most = "", max(1, len(sample) / 2)
    for pattern in _candidates(sample):
        found = {name: whose for name in sample if (whose := _whose(pattern, name, known))}
        # One folder with a student's name proves nothing.
        if len(found) >= most and len(set(found.values())) > min(1, len(sample) - 1):
            best, most = pattern, len(found) + 1
    return best


def _candidates(names: Sequence[str]) -> Iterator[str]:
    """Patterns that take one part of a name as the student's."""
    deepest = min((name.count("/") for name in names), default=0)
    for separator, above in itertools.product(SEPARATORS, range(min(deepest, MOST_FOLDERS) + 1)):
        mark = re.escape(separator).replace("\\ ", " ").replace("\\-", "-" if len(separator) > 1 else "\\-")
        part = "[^/]*?" if len(separator) > 1 else f"[^/{mark}]*"
        parts = max((name.count(separator) for name in names), default=0)
        for place in range(min(parts, MOST_PARTS) + 1):
            before = "[^/]*/" * above + f"{part}{mark}" * place
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
