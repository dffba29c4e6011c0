"""What one submission holds, put together from the files in which an LMS or the exchange delivers it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from autograder.collect.downloaded_files import DownloadedFile
from autograder.collect.systems.shape import Part, Reading
from autograder.given_module import given_module, hand_in
from autograder.intake.digest import BOOKKEEPING

TYPED_FOLDER = "typed"
"""Where a submission keeps what was typed into a form of the LMS."""


@dataclass(frozen=True)
class Written:
    """What was written into a folder of ours."""

    empty: bool
    """Whether nothing of the assignment is in it."""
    refused: list[str]
    notes: list[str]


def write_submission(files: Sequence[tuple[DownloadedFile, Reading]], rules: hand_in.Rules, folder: Path) -> Written:
    """Write the files of one submission below a folder, each in its place.

    Every archive is read by itself, and so are the loose files together. Where two of them hold a file of the assignment, the one that
    was uploaded later counts.
    """
    with ExitStack() as stack:
        bundles = [stack.enter_context(hand_in.opened_archives(entries)) if packed else entries for packed, entries in _bundles(files)]
        merged = _merged([hand_in.read_hand_in(entries, rules) for entries in bundles])
        typed = [f.entry(f"{TYPED_FOLDER}/{r.file}") for f, r in files if r.part is Part.TYPED]
        merged.others = [e for e in (*merged.others, *typed) if e.name not in BOOKKEEPING]
        return write_read(merged, folder)


def write_read(content: hand_in.HandIn, folder: Path) -> Written:
    """Write a hand-in that has been read, without the files that decide about lateness and feedback: those are never a student's."""
    content.others = [e for e in content.others if e.name not in BOOKKEEPING]
    folder.mkdir(parents=True, exist_ok=True)
    left_out = hand_in.write_hand_in(content, folder)
    return Written(content.empty, [*content.refused, *left_out], list(content.notes))


def _bundles(files: Sequence[tuple[DownloadedFile, Reading]]) -> list[tuple[bool, list[hand_in.Entry]]]:
    """The entries of each archive, still packed, and those of the loose files, what was uploaded last first."""
    work = [(f, r, _is_archive(f, r)) for f, r in files if r.part is Part.WORK]
    loose = [(f, r, packed) for f, r, packed in work if not packed]
    bundles = [[each] for each in work if each[2]] + ([loose] if loose else [])
    bundles.sort(key=lambda bundle: max(_uploaded(f, r) for f, r, _ in bundle), reverse=True)
    return [(bundle[0][2], [f.entry(r.file) for f, r, _ in bundle]) for bundle in bundles]


def _is_archive(file: DownloadedFile, reading: Reading) -> bool:
    contents, never = given_module("_hand_in.contents"), given_module("_hand_in.opening").NEVER_OPENED
    last = reading.file.rpartition("/")[2]
    if file.kind is not hand_in.EntryKind.FILE or any(name.endswith(never) for name in given_module("_hand_in.names").originals(last)):
        return False
    try:
        return bool(contents.is_archive(file.read(contents.HEAD_BYTES)))
    except OSError:
        return False


def _uploaded(file: DownloadedFile, reading: Reading) -> tuple[int, datetime, str]:
    # A system that numbers repeated uploads counts up: the last name is the last upload.
    return reading.rank, file.time or datetime.min, file.name


def _merged(parts: Sequence[hand_in.HandIn]) -> hand_in.HandIn:
    """One hand-in of several, the one that counts first."""
    if len(parts) == 1:
        return parts[0]
    merged = hand_in.HandIn()
    for part in parts:
        for place, content in part.files.items():
            if merged.files.setdefault(place, content) != content:
                merged.notes.append(f"{place}: it was handed in twice; what was uploaded last counts")
        names = {e.name for e in merged.others}
        merged.others += [e if e.name not in names else replace(e, name=f"earlier/{e.name}") for e in part.others]
        merged.refused += [r for r in part.refused if r not in merged.refused]
        merged.notes += [n for n in part.notes if n not in merged.notes]
    return merged
