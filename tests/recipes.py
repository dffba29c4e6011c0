"""Apply the recipes of the papers to a copy of the tree: the line above each block of code says where it goes.

``At the end of `FILE`:``, ``In `FILE`, above `TEXT`:``, ``In `FILE`, below `TEXT`:``, or, for a file of its own, `` `FILE`:`` with or
without words before the colon. Blocks without such a line are examples.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from autograder.paths import REPOSITORY

BLOCK = re.compile(r"^(?P<where>[^\n]*:)\n\n```\w*\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
END = re.compile(r"At the end of `([^`]+)`")
BESIDE = re.compile(r"In `([^`]+)`, (above|below) `(.+)`:$")
WHOLE = re.compile(r"^`([^`]+/[^`]+)`")
LEFT_BEHIND = shutil.ignore_patterns(".git", ".venv*", "__pycache__", ".*_cache", ".hypothesis", "*.egg-info", "_build")
MADE = ("build", "workspace", "course/build")
"""Folders that are left out as well; the autograder has packages of the same names."""


@dataclass(frozen=True)
class Edit:
    """A block of a recipe: the file, the position, the text next to it, and the lines."""

    file: str
    place: str
    beside: str
    text: str

    def apply(self, root: Path) -> None:
        """Change a file as a reader would, with as many empty lines around the block as around its neighbours."""
        path = root / self.file
        if self.place == "whole":
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(self.text, encoding="utf-8")
            return
        old = path.read_text(encoding="utf-8")
        if self.place == "end":
            space = "\n\n\n" if path.suffix == ".py" else "\n\n"
            path.write_text(old.rstrip("\n") + space + self.text, encoding="utf-8")
            return
        lines = old.split("\n")
        at = self.line(old)
        new = self.text.rstrip("\n").split("\n")
        if self.place == "above":
            lines[at:at] = [*new, *_empty(reversed(lines[:at]))]
        else:
            lines[at + 1 : at + 1] = [*_empty(lines[at + 1 :]), *new]
        path.write_text("\n".join(lines), encoding="utf-8")

    def line(self, text: str) -> int:
        """Return the number of the only line of a file that the block goes above or below."""
        lines = text.split("\n")
        found = [number for number, line in enumerate(lines) if line.strip() == self.beside]
        found = found or [number for number, line in enumerate(lines) if self.beside in line]
        assert len(found) == 1, f"{self.file} has {len(found)} lines with {self.beside!r}"
        return found[0]


def _empty(lines: Iterator[str] | list[str]) -> list[str]:
    """Return the empty lines at the beginning of some lines."""
    found = []
    for line in lines:
        if line.strip():
            break
        found.append("")
    return found


def section_with(paper: str, mark: str) -> str:
    """Return the section of a paper that contains a text."""
    sections = re.split(r"^(?=## )", (REPOSITORY / paper).read_text(encoding="utf-8"), flags=re.MULTILINE)
    (found,) = [section for section in _whole_sections(sections) if mark in section]
    return found


def _whole_sections(parts: list[str]) -> list[str]:
    """Rejoin sections that were split at a line of code that looks like a heading."""
    whole: list[str] = []
    for part in parts:
        if whole and len(re.findall(r"^```", whole[-1], re.MULTILINE)) % 2:
            whole[-1] += part
        else:
            whole.append(part)
    return whole


def edits(section: str) -> list[Edit]:
    """Return the blocks of a section that say where they go, in order."""
    found = []
    for match in BLOCK.finditer(section):
        where, text = match["where"], match["text"]
        if beside := BESIDE.search(where):
            found.append(Edit(beside[1], beside[2], beside[3], text))
        elif end := END.search(where):
            found.append(Edit(end[1], "end", "", text))
        elif whole := WHOLE.search(where):
            found.append(Edit(whole[1], "whole", "", text))
    return found


def commands(section: str) -> list[str]:
    """Return the lines of its shell blocks, without comments."""
    blocks = re.findall(r"^```sh\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)
    return [command for block in blocks for line in block.splitlines() if (command := line.partition("#")[0].strip())]


def copy_of_the_tree(folder: Path) -> Path:
    """Copy this repository without build products, but with the compiled layers."""

    def left_behind(inside: str, names: list[str]) -> set[str]:
        made = {name for name in names if (Path(inside) / name).relative_to(REPOSITORY).as_posix() in MADE}
        return made | LEFT_BEHIND(inside, names)

    shutil.copytree(REPOSITORY, folder, ignore=left_behind, symlinks=True)
    return folder
