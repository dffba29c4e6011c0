"""Solution regions: the lines between ``### BEGIN SOLUTION`` and ``### END SOLUTION``."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from autograder.generate.errors import GeneratorError

BEGIN = "### BEGIN SOLUTION"
END = "### END SOLUTION"
# Anything that was meant to be a marker: a misspelt marker must not leave a solution in a stub.
LOOKS_LIKE_MARKER = re.compile(r"\b(BEGIN|END)[\s_-]*SOLUTIONS?\b", re.IGNORECASE)
MIN_LINE = 25


@dataclass(frozen=True)
class Region:
    """A solution region of a text; line numbers count from 1 and include the markers."""

    first: int
    last: int
    indent: str
    lines: tuple[str, ...]


def squeeze(text: str) -> str:
    """The text without any white space."""
    return "".join(text.split())


def secret_parts(lines: tuple[str, ...] | list[str]) -> list[str]:
    """The squeezed lines that are long enough to give something away."""
    return [s for s in map(squeeze, lines) if len(s) >= MIN_LINE]


def has_markers(text: str) -> bool:
    """Whether anything in the text looks like a marker."""
    return LOOKS_LIKE_MARKER.search(text) is not None


def find_regions(text: str, where: str) -> list[Region]:
    """The solution regions of a text.

    Parameters
    ----------
    text : source of a module or of a cell.
    where : what an error message calls it.

    Raises
    ------
    GeneratorError
        When a marker is unmatched, nested, empty, misspelt, or indented unlike its partner.
    """
    regions: list[Region] = []
    lines = text.split("\n")
    begin: int | None = None
    for number, line in enumerate(lines, start=1):
        if not LOOKS_LIKE_MARKER.search(line):
            continue
        place = f"{where}, line {number}"
        mark = line.strip()
        if mark not in (BEGIN, END):
            raise GeneratorError(place, f"{mark!r} looks like a marker but is not one", f"write {BEGIN} or {END} on a line of its own")
        if mark == BEGIN:
            if begin is not None:
                raise GeneratorError(place, f"{BEGIN} inside the region that begins at line {begin}", f"close that region with {END} first")
            begin = number
            continue
        if begin is None:
            raise GeneratorError(place, f"{END} without a {BEGIN}", "add the missing marker or delete this one")
        regions.append(_region(lines, begin, number, place))
        begin = None
    if begin is not None:
        raise GeneratorError(f"{where}, line {begin}", f"{BEGIN} is never closed", f"add {END} after the last line of the solution")
    return regions


def _region(lines: list[str], first: int, last: int, place: str) -> Region:
    indent, end_indent = (line[: len(line) - len(line.lstrip())] for line in (lines[first - 1], lines[last - 1]))
    if indent != end_indent:
        raise GeneratorError(place, f"{END} is indented unlike the {BEGIN} of line {first}", "indent both like the code between them")
    body = tuple(lines[first : last - 1])
    if not any(line.strip() for line in body):
        raise GeneratorError(place, "the region is empty", "write the solution between the markers")
    return Region(first, last, indent, body)


def replace_regions(text: str, regions: list[Region], replacement: Callable[[Region], list[str]]) -> str:
    """The text with each region, markers included, replaced by lines indented as the region is."""
    lines = text.split("\n")
    for region in reversed(regions):
        lines[region.first - 1 : region.last] = [region.indent + line for line in replacement(region)]
    return "\n".join(lines)
