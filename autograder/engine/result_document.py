"""What a result document (schema 1) may contain, as types. `schema_text` makes the package's schema from them."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from autograder.checked_data import Table
from autograder.engine.result import SCHEMA
from autograder.verdicts import Verdict

SCHEMA_FILE = "autograder/results/result.schema.json"
DIALECT = "https://json-schema.org/draft/2020-12/schema"

Text = Annotated[str, Meta(max_length=20_000)]
Texts = Annotated[tuple[Text, ...], Meta(max_length=2000)]
Amount = Annotated[float, Meta(ge=0, le=1e9, description="a number of at least 0")]
Stage = Literal["intake", "sandbox", "checks", "second run"]


class CheckDocument(Table, frozen=True):
    """One behaviour."""

    name: Text
    passed: bool
    message: Text
    credit: Annotated[float, Meta(ge=0, le=1)] = 0.0
    """Share of its points that a failed check earns."""


class TaskDocument(Table, frozen=True):
    """One task."""

    id: Text
    function: Text
    notebook: Text
    verdict: Verdict
    score: Amount
    max_score: Amount
    elapsed_s: Amount
    checks: Annotated[tuple[CheckDocument, ...], Meta(max_length=2000)]
    mistakes: Texts
    hint: Text | None
    see: Text
    """A place in the book."""


class ResultDocument(Table, frozen=True):
    """One submission. It never holds a seed, an input or an expected value."""

    schema: Literal[1]
    submission: Text
    course: Text
    """The version of the course that graded it."""
    assignment: Text
    status: Literal["graded", "not_gradable"]
    reason: Text | None
    score: Amount
    max_score: Amount
    elapsed_s: Amount
    refused: Texts
    notes: Texts
    tasks: Annotated[tuple[TaskDocument, ...], Meta(max_length=2000)]
    cpu_s: Amount = 0.0
    """Seconds of processor time, of the engine and of everything in the sandboxes."""
    stages_s: dict[Stage, Amount] = msgspec.field(default_factory=dict)
    """Seconds of wall time in each stage."""


def schema_text() -> str:
    """The JSON schema of a result document, with a line end at its end."""
    schema: dict[str, Any] = {"$schema": DIALECT, "title": f"Result document, schema {SCHEMA}", **msgspec.json.schema(ResultDocument)}
    return json.dumps(schema, indent=1) + "\n"
