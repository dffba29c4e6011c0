"""The pairs as static HTML: a list, and a page for each pair with its functions side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from autograder.manifest import Course
from autograder.pages.render import render
from autograder.pages.source_lines import shown
from autograder.paths import write_atomically
from autograder.similar.pairs import Pair
from autograder.similar.texts import Passage, marked_lines

INDEX = "index.html"


@dataclass(frozen=True)
class Line:
    """A line of a function, ready to be shown."""

    number: int
    text: str
    marked: bool


@dataclass(frozen=True)
class SideBySide:
    """One function of a pair."""

    name: str
    one: list[Line]
    other: list[Line]
    shares: tuple[float, float]


def write_pages(course: Course, assignment: str, pairs: Sequence[Pair], count: int, folder: Path) -> None:
    """Write the pages, readable only by the owner, in place of those of an earlier run."""
    for old in folder.glob("pair-*.html"):
        old.unlink()
    title = f"{course.assignment(assignment).title}: hand-ins that are alike"
    page = render("similar.html.j2", title=title, pairs=list(enumerate(pairs, start=1)), count=count)
    write_atomically(folder / INDEX, page, mode=0o600)
    for number, pair in enumerate(pairs, start=1):
        page = render("similar_pair.html.j2", title=f"{pair.one.label} and {pair.other.label}", pair=pair, functions=_functions(pair))
        write_atomically(folder / f"pair-{number}.html", page, mode=0o600)


def _functions(pair: Pair) -> list[SideBySide]:
    ordered = sorted(pair.shared, key=lambda f: -len(pair.shared[f]))
    return [
        SideBySide(
            function,
            _lines(pair.one.functions[function], pair.shared[function]),
            _lines(pair.other.functions[function], pair.shared[function]),
            pair.shares[function],
        )
        for function in ordered
    ]


def _lines(passage: Passage, numbers: frozenset[int]) -> list[Line]:
    marked = marked_lines(passage, numbers)
    return [Line(passage.first + i, shown(text), marked[i]) for i, text in enumerate(passage.lines)]
