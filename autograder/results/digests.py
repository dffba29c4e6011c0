"""Digests of what a mark is made from: the key of a result, and the reason when marks move.

A result is made again only when something has changed on which its marks or its messages depend. Of the manifest that is what
grading reads; `tests/autograder/results/test_digests.py` watches it read. Titles, addresses, questions, estimates of time and the version
change no result, nor do the files that the generators write for students' own commands.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterable
from functools import cache, lru_cache
from pathlib import Path

import msgspec
import numpy as np

from autograder.given_module import given_files
from autograder.intake.given_code import FOR_STUDENTS
from autograder.manifest import Course
from autograder.paths import REPOSITORY
from autograder.results.grading_code import grading_code

OF_A_TASK = ("absent", "book", "checks", "consistent_credit", "functions", "id", "model", "notebook")
"""What grading reads of each task in addition to its points, which are a reason of their own."""

Parts = dict[str, str]
"""What a mark depends on, one of `REASONS` -> digest of it."""

REASONS = {
    "submission": "the submission changed",
    "points": "points changed",
    "course": "the course changed (manifest, given modules, reference or stubs)",
    "checks": "hidden checks changed",
    "engine": "the engine, Python or numpy changed",
    "seed": "the seed changed",
}


def course_parts(course: Course) -> Parts:
    """Digests of everything that a mark depends on, except submission and seed."""
    extra_checks = [p for extra in course.extras for p in sorted([*(extra / "checks").glob("*.py"), *(extra / "mistakes").glob("*.toml")])]
    sources = [path(name) for name in course.editable for path in (course.reference, course.stub)]
    given = {name: path for name, path in course.given.items() if name not in FOR_STUDENTS}
    return {
        "points": _digest_of_texts(*(f"{t.id} {t.points}" for t in course.tasks)),
        "course": _digest_of_texts(_what_grading_reads(course, given), digest_of_files((*given.values(), *sources))),
        "checks": _digest_of_texts(checks_digest(), digest_of_files(extra_checks)),
        "engine": engine_digest(),
    }


def _what_grading_reads(course: Course, given: Iterable[str]) -> str:
    """What the manifest says that a result follows from, points left out."""
    read = {
        "assignments": [(a.name, a.notebooks) for a in course.assignments],
        "notebooks": [n.name for n in course.notebooks],
        "tasks": [{name: getattr(task, name) for name in OF_A_TASK} for task in course.tasks],
        "editable": list(course.editable),
        "given": list(given),
        "models": course.models,
        "consistent_credit": course.consistent_credit,
        # How much a message says of a mistake.
        "hidden": course.feedback.hidden,
    }
    return msgspec.json.encode(read).decode()


def course_digest(course: Course) -> str:
    """A digest of `course_parts`: equal on two machines if they would give the same marks."""
    return _digest_of_texts(*course_parts(course).values())


@cache
def engine_digest() -> str:
    """The part that is the same for every course, computed once for each process, since Python reads a module once."""
    engine = [path for path in grading_files() if not path.is_relative_to(_CHECKS)]
    return _digest_of_texts(f"{sys.version_info[:3]} {np.__version__}", digest_of_files(engine))


@cache
def checks_digest() -> str:
    """The hidden checks of this repository."""
    return digest_of_files(path for path in grading_files() if path.is_relative_to(_CHECKS))


_CHECKS = REPOSITORY / "autograder" / "checks"


def grading_files() -> list[Path]:
    """Every file of this repository that can change a mark in any course: code, hidden checks and the catalogue of mistakes."""
    return [*grading_code(), *given_files()]


def reasons_to_regrade(before: Parts, now: Parts) -> list[str]:
    """The reasons why a submission was graded again, in words; empty if no known part changed."""
    return [REASONS[name] for name in REASONS if name in before and before[name] != now.get(name)]


def _digest_of_texts(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def digest_of_files(paths: Iterable[Path]) -> str:
    """A digest of the contents of files, in their order."""
    return _digest_of_contents(tuple((str(p), p.stat().st_mtime_ns, p.stat().st_size) for p in paths if p.is_file()))


@lru_cache(maxsize=32)
def _digest_of_contents(files: tuple[tuple[str, int, int], ...]) -> str:
    """The same; times and sizes only say when to read again."""
    return hashlib.sha256(b"".join(hashlib.sha256(Path(name).read_bytes()).digest() for name, _, _ in files)).hexdigest()
