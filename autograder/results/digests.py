"""Digests of what a mark is made from: the address of a result, and the reason when marks move."""

from __future__ import annotations

import hashlib
import re
import sys
from collections.abc import Iterable
from functools import cache, lru_cache
from pathlib import Path

import numpy as np

from autograder.manifest import Course
from autograder.paths import REPOSITORY

NO_PART_IN_MARKS = {"bridge", "book", "commands", "demo", "doctor", "generate", "pages", "publish", "cli.py", "machine.py", "typecheck.py"}

Parts = dict[str, str]
"""What a mark depends on beside the submission -> digest of it."""

REASONS = {
    "submission": "the submission changed",
    "points": "points changed",
    "course": "the course changed (manifest, given modules, reference or stubs)",
    "checks": "hidden checks changed",
    "engine": "the engine, Python or numpy changed",
    "seed": "the seed changed",
}


def course_parts(course: Course) -> Parts:
    """Digests of everything but submission and seed that a mark depends on."""
    extra_checks = [p for extra in course.extras for p in sorted([*(extra / "checks").glob("*.py"), *(extra / "mistakes").glob("*.toml")])]
    sources = [path(name) for name in course.editable for path in (course.reference, course.stub)]
    manifests = [(root / "course.toml").read_text(encoding="utf-8") for root in course.roots]
    without_points = [_POINTS.sub("", text) for text in manifests]
    return {
        "points": _text(*(f"{t.id} {t.points}" for t in course.tasks)),
        "course": _text(course.version, *without_points, _files((*course.given.values(), *sources))),
        "checks": _text(_checks_digest(), _files(extra_checks)),
        "engine": engine_digest(),
    }


_POINTS = re.compile(r"^points\s*=.*$", re.MULTILINE)


def course_digest(course: Course) -> str:
    """One digest of `course_parts`: equal on two machines when they would give the same marks."""
    return _text(*course_parts(course).values())


@cache
def engine_digest() -> str:
    """The part that is the same for every course. Once for each process, as Python reads a module once."""
    return _text(f"{sys.version_info[:3]} {np.__version__}", _files(_grading_code(checks=False)))


@cache
def _checks_digest() -> str:
    return _files(_grading_code(checks=True))


def _grading_code(*, checks: bool) -> list[Path]:
    package = REPOSITORY / "autograder"
    sources = (p for p in sorted(package.rglob("*")) if p.suffix in (".py", ".toml"))
    tops = ((p, p.relative_to(package).parts[0]) for p in sources)
    return [p for p, top in tops if top not in NO_PART_IN_MARKS and (top == "checks") == checks]


def why(before: Parts, now: Parts) -> list[str]:
    """The reasons why a result was made anew, in words; empty when nothing that is known changed."""
    return [REASONS[name] for name in REASONS if name in before and before[name] != now.get(name)]


def _text(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _files(paths: Iterable[Path]) -> str:
    """A digest of the contents of files."""
    return _contents(tuple((str(p), p.stat().st_mtime_ns, p.stat().st_size) for p in paths if p.is_file()))


@lru_cache(maxsize=32)
def _contents(files: tuple[tuple[str, int, int], ...]) -> str:
    """The same; times and sizes only tell when to read again."""
    return hashlib.sha256(b"".join(hashlib.sha256(Path(name).read_bytes()).digest() for name, _, _ in files)).hexdigest()
