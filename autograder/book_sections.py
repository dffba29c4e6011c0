"""The sections of the book's pages: their anchors, their titles, and how a text refers to one that it cannot link to."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

from autograder.manifest import Course

TITLE = re.compile(r"^# (.+)$", re.MULTILINE)
# A heading may change, but the links to it in manifest, results and feedback may not: its old name stays as a mark before it.
MARK = r'^<div id="([\w-]+)"></div>$'
MARKED = re.compile(MARK + r"\n+#+ (.*)$", re.MULTILINE)
HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)


def title(text: str) -> str:
    """The first heading of a page."""
    match = TITLE.search(text)
    return match.group(1) if match else ""


def anchor_of(heading: str) -> str:
    """The anchor of a heading, as Sphinx writes it into addresses."""
    return re.sub(r"[^a-z0-9]+", "-", heading.lower()).strip("-")


def anchors(text: str) -> set[str]:
    """The anchors of a page: those of its headings, and the marks before them."""
    return {anchor_of(h) for h in HEADING.findall(text)} | set(re.findall(MARK, text, re.MULTILINE))


def book_reference(course: Course, place: str, mark: str = "") -> str:
    """Name a place in the book by its titles, for a text that has no address to link to.

    Parameters
    ----------
    place : ``page#anchor``, as tasks have it.
    mark : put around each title: ``*`` in markdown.

    Returns
    -------
    Such as ``Dropout, section Dropout backward``; the words of the place itself where there is no such page or heading.
    """
    page, _, anchor = place.partition("#")
    chapter, sections = _headings(course.root.parent / "book" / f"{page}.md")
    chapter = chapter or page.replace("-", " ")
    if not anchor:
        return f"{mark}{chapter}{mark}"
    return f"{mark}{chapter}{mark}, section {mark}{sections.get(anchor, anchor.replace('-', ' '))}{mark}"


def _headings(path: Path) -> tuple[str, dict[str, str]]:
    return _read_headings(path, path.stat().st_mtime_ns) if path.is_file() else ("", {})


@lru_cache(maxsize=64)
def _read_headings(path: Path, changed: int) -> tuple[str, dict[str, str]]:
    """Title of a page, and anchor -> heading; the time of change only tells when to read again."""
    text = path.read_text(encoding="utf-8")
    return title(text), {anchor_of(h): h for h in HEADING.findall(text)} | dict(MARKED.findall(text))
