"""The JSON schema of a result document, which comes with the package so that other tools can read results."""

from __future__ import annotations

from autograder.engine.result_document import SCHEMA_FILE, schema_text
from autograder.generate.tree import Plan
from autograder.manifest import Course
from autograder.paths import REPOSITORY


def build_schema(course: Course) -> Plan | None:
    """Plan the file; None for a course other than this repository's, since its documents are the same."""
    return Plan(REPOSITORY, {SCHEMA_FILE: schema_text().encode()}) if course.root.parent == REPOSITORY else None
