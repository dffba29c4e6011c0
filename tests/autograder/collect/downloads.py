"""Downloads as each system makes them, written from its documented behaviour; README.md beside this file names the sources."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

NOON = datetime(2026, 5, 4, 12)


@dataclass(frozen=True)
class Hand:
    """One student's hand-in, as the systems below show it."""

    login: str
    first: str
    last: str
    number: int
    files: tuple[tuple[str, bytes], ...]
    at: datetime = NOON
    """By the clock of the system."""
    late: bool = False

    @property
    def email(self) -> str:
        """Their address."""
        return self.login if "@" in self.login else f"{self.login}@x.org"

    @property
    def name(self) -> str:
        """The name as most systems show it."""
        return f"{self.first} {self.last}"


Members = list[tuple[str, bytes, datetime]]


def canvas(hands: Sequence[Hand], at: datetime = NOON + timedelta(days=9)) -> Members:
    """Canvas: all members are written at the time of the download."""
    found = []
    for hand in hands:
        who = "".join(c for c in f"{hand.last}, {hand.first}".lower() if c.isalnum() or c == "_")
        late = "_LATE" if hand.late else ""
        for n, (name, content) in enumerate(hand.files):
            found.append((f"{who}{late}_{hand.number}_{90000 + 10 * hand.number + n}_{name}", content, at))
    return found


def moodle(hands: Sequence[Hand], *, underscore: bool = True, folders: bool = True, blind: bool = False) -> Members:
    """Moodle, in the forms of its versions; the number is the participant's number in this assignment."""
    found = []
    for hand in hands:
        who = "Participant" if blind else hand.name.replace("_", " ")
        front = f"{who}_{hand.number}_assignsubmission_file"
        for name, content in hand.files:
            place = f"{front}{'_' if underscore else ''}/{name}" if folders else f"{front}_{name}"
            found.append((place, content, hand.at))
    return found


def blackboard(hands: Sequence[Hand], assignment: str = "Layers of networks", word: str = "attempt") -> Members:
    """Blackboard, with the text file that it adds to each attempt."""
    found = []
    for hand in hands:
        front = f"{assignment}_{hand.login}_{word}_{hand.at:%Y-%m-%d-%H-%M-%S}"
        found.append((f"{front}.txt", f"Name: {hand.name} ({hand.login})\n".encode(), hand.at))
        found += [(f"{front}_{name}", content, hand.at) for name, content in hand.files]
    return found


def brightspace(hands: Sequence[Hand], *, folders: bool = True, wrapped: bool = False) -> Members:
    """Brightspace, with its index at the top."""
    top = "Layers Download May 13, 2026 1200 PM/" if wrapped else ""
    found = [(f"{top}index.html", b"<html>", NOON)]
    for hand in hands:
        time = f"{hand.at:%b} {hand.at.day}, {hand.at.year} {int(f'{hand.at:%I}')}{hand.at:%M %p}"
        front = f"{hand.number}-640693 - {hand.name} - {time}"
        found += [(f"{top}{front}{'/' if folders else ' - '}{name}", content, hand.at) for name, content in hand.files]
    return found


def sakai(hands: Sequence[Hand], attachments: str = "Submission attachment(s)") -> Members:
    """Sakai, whose times are in UTC. ``attachments``: the folder of what is handed in, named in the language of the site."""
    found = [("Layers/grades.csv", b"Layers,Points\n", NOON)]
    for hand in hands:
        front = f"Layers/{hand.last}, {hand.first}({hand.login})"
        found.append((f"{front}/timestamp.txt", f"{hand.at:%Y%m%d%H%M%S}123".encode(), NOON))
        found += [(f"{front}/{attachments}/{name}", content, hand.at) for name, content in hand.files]
    return found


def gradescope(hands: Sequence[Hand], groups: dict[str, Sequence[Hand]] | None = None) -> Members:
    """Gradescope's export, whose times are in UTC; archives are unpacked already. ``groups``: login -> who submits with them."""
    lines, found = [], []
    for n, hand in enumerate(hands, start=9001):
        lines.append(f"submission_{n}:\n  :submitters:")
        for each in (hand, *(groups or {}).get(hand.login, ())):
            lines.append(f"  - :name: {each.name}\n    :sid: '{each.login}'\n    :email: {each.email}")
        lines.append(f"  :created_at: {hand.at:%Y-%m-%d %H:%M:%S}.123456789 Z\n  :score: 0.0\n  :status: processed")
        for name, content in hand.files:
            inner = unzipped(content) if name.lower().endswith(".zip") else {name: content}
            found += [(f"assignment_77_export/submission_{n}/{place}", each_content, NOON) for place, each_content in inner.items()]
    metadata = "---\n" + "\n".join(lines) + "\n"
    return [("assignment_77_export/submission_metadata.yml", metadata.encode(), NOON), *found]


def plain(hands: Sequence[Hand]) -> Members:
    """A folder for each student."""
    return [(f"{hand.login}/{name}", content, hand.at) for hand in hands for name, content in hand.files]


def unzipped(content: bytes) -> dict[str, bytes]:
    """The files of an archive."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {m.filename: archive.read(m) for m in archive.infolist() if not m.is_dir()}


def write_zip(path: Path, members: Members) -> Path:
    """A download as one archive."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, content, at in members:
            archive.writestr(zipfile.ZipInfo(name, at.timetuple()[:6]), content)
    return path
