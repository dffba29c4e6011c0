"""The result document: which marks one submission got and why (schema 1)."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from autograder.checking import Kind
from autograder.engine.evidence import Evidence
from autograder.engine.own_gradient import Claim
from autograder.paths import write_atomically
from autograder.verdicts import Verdict

SCHEMA = 1


@dataclass
class CheckResult:
    """One behaviour. ``weight`` is its share of the task and stays out of the document."""

    name: str
    passed: bool
    message: str = ""
    weight: float = 1.0
    kind: Kind = Kind.BEHAVIOUR
    """What kind of thing it looked at; not part of the document."""
    stopped: Verdict | None = None
    """The verdict that ended the check, if that was not a comparison."""
    worked_out: bool | None = None
    """Whether anything was computed; None if the observations do not say. Not part of the document."""
    credit: float = 0.0
    """Share of the weight that a failed check earns."""
    own_forward: str | None = None
    """The student's own forward function for which a wrong gradient is right."""
    claim: Claim | None = None
    """The claim that this is so, as far as one process shows; not part of the document."""
    evidence: Evidence | None = None
    """The observations, until the task is explained; not part of the document."""
    measured: str = ""
    """The message without guesses, for when a mistake is named; not part of the document."""

    def document(self) -> dict[str, Any]:
        """As a dictionary for JSON."""
        found = {"name": self.name, "passed": self.passed, "message": self.message}
        return found | ({"credit": self.credit} if self.credit else {})


@dataclass
class TaskResult:
    """One task."""

    id: str
    function: str
    notebook: str
    verdict: Verdict
    score: float
    max_score: float
    elapsed_s: float = 0.0
    checks: list[CheckResult] = field(default_factory=list)
    mistakes: list[str] = field(default_factory=list)
    hint: str | None = None
    see: str = ""

    def document(self) -> dict[str, Any]:
        """As a dictionary for JSON."""
        own = {f.name: getattr(self, f.name) for f in fields(self)}
        return {**own, "mistakes": list(self.mistakes), "checks": [c.document() for c in self.checks]}


@dataclass
class Result:
    """One submission."""

    submission: str
    course: str
    assignment: str
    status: str = "graded"
    reason: str | None = None
    elapsed_s: float = 0.0
    cpu_s: float = 0.0
    """Processor time of the engine and of everything in the sandboxes."""
    stages_s: dict[str, float] = field(default_factory=dict)
    """Seconds of wall time in each stage: ``intake``, ``sandbox`` (its start), ``checks``, ``second run``."""
    refused: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    tasks: list[TaskResult] = field(default_factory=list)

    @contextlib.contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Count the time of a block for that stage."""
        started = time.monotonic()
        try:
            yield
        finally:
            self.stages_s[name] = round(self.stages_s.get(name, 0.0) + time.monotonic() - started, 4)

    @property
    def score(self) -> float:
        """Points of all tasks."""
        return round(sum(t.score for t in self.tasks), 2)

    @property
    def max_score(self) -> float:
        """The most points that can be earned."""
        return round(sum(t.max_score for t in self.tasks), 2)

    def document(self) -> dict[str, Any]:
        """As a dictionary for JSON, keys in the order of the design."""
        return {
            "schema": SCHEMA,
            "submission": self.submission,
            "course": self.course,
            "assignment": self.assignment,
            "status": self.status,
            "reason": self.reason,
            "score": self.score,
            "max_score": self.max_score,
            "elapsed_s": self.elapsed_s,
            "cpu_s": self.cpu_s,
            "stages_s": self.stages_s,
            "refused": self.refused,
            "notes": self.notes,
            "tasks": [t.document() for t in self.tasks],
        }

    def to_json(self) -> str:
        """The document as text, with a newline at its end."""
        return json.dumps(self.document(), indent=1, ensure_ascii=False) + "\n"

    def write(self, path: str | Path) -> None:
        """Write the document; a reader never sees half of it."""
        write_atomically(Path(path), self.to_json())
