"""What a system's module provides: it says whether a download comes from its system, and reads one name in it.

To add a system, write a module with a `System` and list it in `autograder.collect.systems.registry`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from autograder.collect.people import KnownPeople, Named


class Part(Enum):
    """What a file of a download is to the submission that it belongs to."""

    WORK = "handed in as a file"
    TYPED = "typed into a form of the system: a text, a comment, a link"
    SLIP = "the system's own note that something was handed in; it may change with the marks"
    RECORD = "written by the system, and not a hand-in: lists, marks, feedback"


@dataclass(frozen=True)
class Reading:
    """What a name says."""

    people: tuple[Named, ...]
    """Who handed it in: usually one, several if students submit together."""
    file: str
    """The name under which it was handed in, a path when there are folders."""
    submission: str = ""
    """What the files of one submission have in common, in addition to the person."""
    time: str = ""
    """When it was handed in, as the system writes it."""
    late: bool = False
    """Whether the system calls it late."""
    part: Part = Part.WORK
    rank: int = 0
    """Of two files of one submission, the one with the higher rank was uploaded later."""


NameReader = Callable[[str], Reading | None]
"""Reads one name of a download; returns None if the system did not make it."""


@dataclass(frozen=True)
class Download:
    """A download as a system's module sees it, without a folder that wraps all of it."""

    title: str
    """The name of the archive or of the folder."""
    names: tuple[str, ...]
    known: KnownPeople
    text: Callable[[str], str]
    """The text of one file in it, for what a system records beside the work; empty if there is none."""


@dataclass(frozen=True)
class System:
    """One learning management system."""

    title: str
    reader: Callable[[Download], NameReader | None]
    """A reader for that download; None if it cannot come from this system."""
    times_of_download: bool = False
    """Whether the times of the files in its archives are those of the download, which say nothing about the hand-in."""
    silent_on: str = ""
    """What this system does not record, as a sentence that is printed once."""
    is_lms: bool = True


def by_name(read: NameReader) -> Callable[[Download], NameReader]:
    """The reader of a system that says everything in each name."""
    return lambda _download: read
