"""Reads ``mistakes/*.txt``: wrong variants of the reference, as one replacement inside one function each.

An entry is a line ``# task: name``, a line ``@ file function``, the lines to replace (``-``) and those to put there (``+``).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).resolve().parent / "mistakes"
TOPICS = sorted(path.stem for path in FOLDER.glob("*.txt"))


@dataclass(frozen=True)
class Mistake:
    """One wrong variant."""

    task: str
    name: str
    file: str
    scope: str
    old: str
    new: str


def mistakes(topic: str) -> list[Mistake]:
    """The entries of one file."""
    entries = []
    for block in (FOLDER / f"{topic}.txt").read_text(encoding="utf-8").strip().split("\n\n"):
        head, place, *lines = block.split("\n")
        task, name = head.removeprefix("# ").split(": ", 1)
        file, scope = place.removeprefix("@ ").split()
        old, new = ("\n".join(line[1:] for line in lines if line[0] == sign) for sign in "-+")
        entries.append(Mistake(task, name, file, scope, old, new))
    return entries
