"""``CITATION.cff``: how to cite the course, with the version of the manifest and the date that the change log gives it."""

from __future__ import annotations

import re

import yaml

from autograder.generate.errors import GeneratorError
from autograder.generate.tree import Plan
from autograder.manifest import Course
from autograder.paths import REPOSITORY

CITATION, CHANGES = "CITATION.cff", "CHANGELOG.md"
RELEASE = re.compile(r"^## \[(?P<version>[^\]]+)\] - (?P<date>\d{4}-\d{2}-\d{2})$", re.MULTILINE)


def build_citation(course: Course) -> Plan | None:
    """Plan the file; None for another course than this repository's.

    Raises
    ------
    GeneratorError
        When the change log has no date for the version of the manifest.
    """
    if course.root.parent != REPOSITORY:
        return None
    released = {m["version"]: m["date"] for m in RELEASE.finditer((REPOSITORY / CHANGES).read_text(encoding="utf-8"))}
    if course.version not in released:
        raise GeneratorError(CHANGES, f"there is no release {course.version}", f"add the line '## [{course.version}] - ' and its date")
    return Plan(REPOSITORY, {CITATION: citation(course.version, released[course.version]).encode()})


def citation(version: str, date: str) -> str:
    """The text of the file."""
    entries = {
        "cff-version": "1.2.0",
        "title": "coursenn: neural-network layers in numpy, graded by checks that can be trusted",
        "message": "If you teach with this course or build on it, please cite it.",
        "type": "software",
        "authors": [{"name": "The coursenn authors"}],
        "version": version,
        "date-released": date,
        "license": "BSD-3-Clause",
    }
    return str(yaml.safe_dump(entries, sort_keys=False, allow_unicode=True, width=120))
