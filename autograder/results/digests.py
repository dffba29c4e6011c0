"""Digests of what a mark depends on: they give the key of a result, and the reason when marks change."""

from __future__ import annotations

import hashlib
import json
import sys
import tomllib
from collections.abc import Iterable
from functools import cache, lru_cache
from pathlib import Path

import numpy as np

from autograder.given_module import given_files
from autograder.manifest import Course
from autograder.paths import REPOSITORY
from autograder.results.grading_code import grading_code

NO_MARK_DEPENDS_ON = (("course", "timezone"), ("feedback", "another_look"))
"""Tables and keys of a manifest."""

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
    manifests = [_what_marks_depend_on(root / "course.toml") for root in course.roots]
    return {
        "points": _digest_of_texts(*(f"{t.id} {t.points}" for t in course.tasks)),
        "course": _digest_of_texts(course.version, *manifests, digest_of_files((*course.given.values(), *sources))),
        "checks": _digest_of_texts(checks_digest(), digest_of_files(extra_checks)),
        "engine": engine_digest(),
    }


def _what_marks_depend_on(manifest: Path) -> str:
    """A manifest without its comments, and without entries that have their own reason or change no mark."""
    data = tomllib.loads(manifest.read_text(encoding="utf-8"))
    for table in (*data.get("task", ()), *data.get("question", ())):
        table.pop("points", None)
        table.pop("minutes", None)
    for table, key in NO_MARK_DEPENDS_ON:
        data.get(table, {}).pop(key, None)
    return json.dumps(data, sort_keys=True)


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
