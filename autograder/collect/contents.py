"""The content of one submission, put together from the files in which an LMS or the exchange delivers it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from autograder.collect.downloaded_files import DownloadedFile
from autograder.collect.systems.shape import Part, Reading
from autograder.given_module import given_module, hand_in
from autograder.intake.digest import BOOKKEEPING

TYPED_FOLDER = "typed"
"""The place in a submission for what was typed into a form of the LMS."""


@dataclass(frozen=True)
class Written:
    """What was written into a folder."""

    empty: bool
    """Whether it holds nothing of the assignment."""
    refused: list[str]
    """What was left out, as ``name: reason``."""
    notes: list[str]
    """What was read in a way that its name or content does not say."""
    reasons: dict[str, str]
    """Name -> why it does not count, in the shortest words."""

    def explained(self, names: Sequence[str]) -> list[str]:
        """Names of files, each with the reason why it does not count, if one is known."""
        return [f"{name} ({self.reasons[name]})" if name in self.reasons else name for name in names]


def write_submission(files: Sequence[tuple[DownloadedFile, Reading]], rules: hand_in.Rules, folder: Path) -> Written:
    """Write the files of one submission below a folder, each in its place.

    Every archive is read separately, and the loose files together. If two of them hold the same file of the assignment, the one
    uploaded later counts.
    """
    with ExitStack() as stack:
        # One after the other, so that only what is kept of each stays in memory.
        merged = _merged(hand_in.read_hand_in(_opened(stack, *bundle), rules) for bundle in _bundles(files))
        typed = [f.entry(f"{TYPED_FOLDER}/{r.file}") for f, r in files if r.part is Part.TYPED]
        merged.others = [e for e in (*merged.others, *typed) if e.name not in BOOKKEEPING]
        return write_read(merged, folder)


def write_read(content: hand_in.HandIn, folder: Path) -> Written:
    """Write a hand-in that has been read, without the files that decide about lateness and feedback, which never come from students."""
    content.others = [e for e in content.others if e.name not in BOOKKEEPING]
    folder.mkdir(parents=True, exist_ok=True)
    left_out = hand_in.write_hand_in(content, folder)
    # If a file is kept, grading itself says why it does not count.
    lost = [line for line in content.refused if not (folder / line.partition(": ")[0]).is_file()]
    reasons = {name: why.partition(";")[0] for name, _, why in (line.partition(": ") for line in content.refused)}
    return Written(content.empty, [*lost, *left_out], list(content.notes), reasons)


def _bundles(files: Sequence[tuple[DownloadedFile, Reading]]) -> list[tuple[bool, list[hand_in.Entry]]]:
    """Each archive, still packed, and the loose files together; what was uploaded last comes first."""
    work = sorted(((f, r) for f, r in files if r.part is Part.WORK), key=_uploaded, reverse=True)
    bundles: list[tuple[bool, list[hand_in.Entry]]] = []
    loose: list[hand_in.Entry] = []
    for file, reading in work:
        entry = file.entry(reading.file)
        if _is_archive(file, reading):
            too_many = len(bundles) > hand_in.limits.MAX_INNER_ARCHIVES
            bundles.append((not too_many, [replace(entry, problem="there are too many archives") if too_many else entry]))
        else:
            if not loose:
                bundles.append((False, loose))
            loose.append(entry)
    return bundles


def _opened(stack: ExitStack, packed: bool, entries: list[hand_in.Entry]) -> list[hand_in.Entry]:
    """The entries in an archive, and those in archives inside it, exactly as when that archive is checked on its own."""
    for _ in range(2 if packed else 0):
        entries = stack.enter_context(hand_in.opened_archives(entries))
    return entries


def _is_archive(file: DownloadedFile, reading: Reading) -> bool:
    contents, never = given_module("_hand_in.contents"), given_module("_hand_in.opening").NEVER_OPENED
    last = reading.file.rpartition("/")[2]
    if file.kind is not hand_in.EntryKind.FILE or any(name.endswith(never) for name in given_module("_hand_in.names").originals(last)):
        return False
    try:
        return bool(contents.is_archive(file.read(contents.HEAD_BYTES)))
    except OSError:
        return False


def _uploaded(pair: tuple[DownloadedFile, Reading]) -> tuple[int, datetime, str]:
    file, reading = pair
    # A system that numbers repeated uploads counts upwards: the last name is the last upload.
    return reading.rank, file.time or datetime.min, file.name


def _merged(parts: Iterable[hand_in.HandIn]) -> hand_in.HandIn:
    """Merge several hand-ins into one; earlier ones in the list take precedence."""
    merged = hand_in.HandIn()
    names: set[str] = set()
    for part in parts:
        for place, content in part.files.items():
            if merged.files.setdefault(place, content) != content:
                merged.notes.append(f"{place}: it was handed in twice; what was uploaded last counts")
        merged.others += [e if e.name not in names else replace(e, name=f"earlier/{e.name}") for e in part.others]
        names |= {e.name for e in part.others}
        merged.refused += [r for r in part.refused if r not in merged.refused]
        merged.notes += [n for n in part.notes if n not in merged.notes]
    return merged
