"""Reads the cases of this folder, puts their submissions together, and says what must hold after each of them.

A case is a folder with an ``expected.toml``:

``tries``      one sentence: what is attempted, or what is odd
``kind``       ``attack``, ``damage`` or ``honest``; honest work has full marks
``verdict``    task -> verdict, or a list of verdicts of which any is right; these tasks are graded and no others
``at_most``    the score may not be higher; by default the points of the tasks whose only verdict is ``passed``
``status``     ``graded`` (default) or ``not_gradable``; then ``reason`` is a part of the reason
``refused``    parts of lines that must be among what was refused; nothing else may be refused unless ``more_refused`` is true
``notes``      parts of notes that must be there
``says``       parts of messages that must be there
``never``      words that may stand nowhere in the result
``shows``      parts of what a grader reads on the page of its notebook
``pictures``   how many pictures a grader sees there
``base``       ``reference`` (default): the editable files are the finished ones; ``none``: only what the folder holds
``pack``       ``folder`` (default) or ``zip``
``build``      a function of ``_builders.py`` that makes what git cannot hold
``limits``     limits that differ from `LIMITS`

``append/NAME`` is written after the finished file of that name, so that a later definition counts, and ``files/`` is
copied as it stands. ``@OUTSIDE@`` becomes the path of a folder that student code must never reach.
"""

from __future__ import annotations

import ctypes
import dataclasses
import functools
import json
import os
import re
import shutil
import time
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import jsonschema
import msgspec
import numpy as np

from autograder.checked_data import Table, read_toml
from autograder.checking import Draw, Observation, Session
from autograder.engine.catalogue import CHECKS, checks_of
from autograder.engine.expectations import expectations, secret_number
from autograder.engine.result import Result
from autograder.engine.result_document import SCHEMA_FILE
from autograder.given_module import hand_in
from autograder.intake.reference import reference_path
from autograder.manifest import Course
from autograder.manifest_file import NonEmpty
from autograder.paths import REPOSITORY
from autograder.sandbox.backend import Promise
from autograder.sandbox.limits import Limits
from autograder.sandbox.local import LocalBackend
from autograder.verdicts import Verdict

HERE = Path(__file__).resolve().parent
SCHEMA = json.loads((REPOSITORY / SCHEMA_FILE).read_text(encoding="utf-8"))
SEED = "corpus-seed-5d1f0c7a"
SECRET = "canary-3e9b77d2"
DIGITS, MANY = 7, 2000
"""Digits by which a number is known, and entries of an array that are known by theirs."""
LIMITS = Limits(check_cpu_s=1, check_wall_s=20.0)
MAX_DOCUMENT_BYTES = 60_000
PR_SET_CHILD_SUBREAPER = 36


class Expectation(Table, frozen=True):
    """An ``expected.toml``; its keys are explained above."""

    tries: NonEmpty
    kind: Literal["attack", "damage", "honest"]
    verdict: dict[str, Verdict | tuple[Verdict, ...]]
    at_most: float | None = None
    status: Literal["graded", "not_gradable"] = "graded"
    reason: str = ""
    refused: tuple[str, ...] = ()
    more_refused: bool = False
    notes: tuple[str, ...] = ()
    says: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    shows: tuple[str, ...] = ()
    pictures: int = 0
    base: Literal["reference", "none"] = "reference"
    pack: Literal["folder", "zip"] = "folder"
    build: str | None = None
    limits: dict[str, int | float] = msgspec.field(default_factory=dict)


@dataclass(frozen=True)
class Case:
    """One submission and what it must come to."""

    folder: Path
    expected: Expectation

    @property
    def verdicts(self) -> dict[str, list[Verdict]]:
        """Task -> verdicts of which any is right."""
        return {t: [v] if isinstance(v, Verdict) else list(v) for t, v in self.expected.verdict.items()}

    @property
    def limits(self) -> Limits:
        """What the submission may use."""
        return dataclasses.replace(LIMITS, **self.expected.limits)

    def at_most(self, course: Course) -> float:
        """The highest score that is right."""
        full = sum(course.task(t).points for t, v in self.verdicts.items() if v == ["passed"])
        return full if self.expected.at_most is None else self.expected.at_most


def load(folder: Path) -> Case:
    """The case of a folder; `DataError` when its ``expected.toml`` does not fit."""
    return Case(folder, read_toml(folder / "expected.toml", Expectation))


def cases() -> list[Case]:
    """Every case, by name."""
    return [load(path.parent) for path in sorted(HERE.glob("*/expected.toml"))]


def submission(case: Case, place: Path, outside: Path, course: Course, builders: dict[str, Callable[[Path], Path | None]]) -> Path:
    """Put the submission of a case together below ``place``; the folder or file to grade."""
    root = place / "student"
    package = root / "coursenn"
    package.mkdir(parents=True)
    if case.expected.base == "reference":
        finished = reference_path(course) / "coursenn"
        for name in course.editable:
            (package / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(finished / name, package / name)
    for path in _files(case.folder / "append"):
        with (package / path.relative_to(case.folder / "append")).open("ab") as file:
            file.write(b"\n\n" + _filled(path, outside))
    for path in _files(case.folder / "files"):
        target = root / path.relative_to(case.folder / "files")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(_filled(path, outside))
    built = builders[case.expected.build](root) if case.expected.build else None
    if case.expected.pack == "zip":
        return _packed(root, place / "student.zip")
    return built or root


def _files(folder: Path) -> list[Path]:
    found = (Path(place, name) for place, _, names in os.walk(folder) for name in names if "__pycache__" not in place)
    return sorted(p for p in found if len(str(p)) < 4000 and p.is_file())


def _filled(path: Path, outside: Path) -> bytes:
    return path.read_bytes().replace(b"@OUTSIDE@", str(outside).encode()).replace(b"@REPOSITORY@", str(REPOSITORY).encode())


def _packed(root: Path, target: Path) -> Path:
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in _files(root):
            archive.write(path, path.relative_to(root.parent).as_posix())
    return target


def check_document(result: Result) -> dict[str, Any]:
    """The document of a result, after it was held against the schema."""
    text = result.to_json()
    document: dict[str, Any] = json.loads(text)
    jsonschema.validate(document, SCHEMA)
    assert "stages_s" in document
    assert len(text) < MAX_DOCUMENT_BYTES
    _short(document)
    assert text.replace("\n", "").isprintable(), "something that does not print"
    return document


def _short(document: dict[str, Any]) -> None:
    """What is shown to people stays short, whatever a submission does: the schema only bounds what is read."""
    messages = [c["message"] for t in document["tasks"] for c in t["checks"]]
    limits = {
        300: [document["submission"], *document["refused"]],
        500: [document["reason"] or "", *document["notes"], *messages],
    }
    for limit, found in limits.items():
        assert [t for t in found if len(t) > limit] == []
    assert len(document["refused"]) <= hand_in.limits.MAX_LISTED_REASONS + 1
    assert len(document["notes"]) <= 120


def texts(document: Any) -> Iterator[str]:
    """Every string of a document."""
    if isinstance(document, str):
        yield document
    elif isinstance(document, dict | list):
        for item in document.values() if isinstance(document, dict) else document:
            yield from texts(item)


def secrets_of(course: Course, tasks: list[str], given: Path) -> set[str]:
    """What no result may hold: seed, canary, inputs, expected values, lines of hidden checks and of the reference (but its own)."""
    files = _files(given / "coursenn") if given.is_dir() else [given]
    own = b"\n".join(p.read_bytes() for p in files if p.stat().st_size < 1 << 20)
    # Most lines are found at once as a whole line; the others may be a part of one.
    whole = {b" ".join(line.split()) for line in own.split(b"\n")}
    lines = {line for line in _source_lines(reference_path(course) / "coursenn") if line.encode() not in whole and line.encode() not in own}
    words = {SEED, SECRET, *lines, *_source_lines(CHECKS)}
    for task in tasks:
        words |= _numbers(course, task)
    return words


@functools.cache
def _source_lines(folder: Path) -> frozenset[str]:
    lines = (" ".join(line.split()) for p in folder.rglob("*.py") for line in p.read_text(encoding="utf-8").splitlines())
    # Shorter ones, and the fixed sentences that checks show on purpose, say nothing.
    return frozenset(line for line in lines if len(line) >= 24 and not line.startswith(("#", '"', "s.require(")))


@functools.cache
def _numbers(course: Course, task_id: str) -> frozenset[str]:
    """Digits of what the task's checks draw and of what they expect: enough of each to know it by."""
    task = course.task(task_id)
    if task.model:
        return frozenset()
    arrays: list[Any] = []

    class Recording(LocalBackend):
        def post(self, tags: str, header: dict[str, Any], sent: Sequence[Any] = ()) -> Promise:
            arrays.extend(sent)
            return super().post(tags, header, sent)

    path = reference_path(course)
    expected = expectations(path, SEED)  # the one that grading asks
    for check in checks_of(course, task):
        arrays.extend(item.value for item in expected.of(check) if isinstance(item, Observation))
        backend = Recording(path)
        backend.seed(0)
        check.run(Session(backend, Draw(np.random.default_rng(secret_number(SEED, check.task, check.name)))))
    numbers = np.concatenate([np.ravel(a)[:MANY].astype(float) for a in arrays if np.issubdtype(a.dtype, np.floating)])
    digits = (re.sub(r"\D", "", f"{abs(v):.12e}".split("e")[0])[:DIGITS] for v in numbers if np.isfinite(v))
    return frozenset(d for d in digits if len(set(d)) > 3)


def told(secrets: Iterable[str], texts: Sequence[str]) -> list[str]:
    """The secrets that texts tell; of a number its digits in a row, whatever is between them."""
    rows = [re.sub(r"\D", "", text) for text in texts]
    numbers = {row[i : i + DIGITS] for row in rows for i in range(len(row) - DIGITS + 1)}
    whole = "\n".join(texts)  # A secret is one line, so it is in the whole where it is in one of the texts.
    return [s for s in secrets if (s in numbers if s.isdigit() and len(s) == DIGITS else s in whole)]


class Surroundings:
    """What a submission must leave as it was: a folder beside it, the repository, temporary files, processes."""

    def __init__(self, outside: Path, temporary: Path) -> None:
        self.outside, self.temporary = outside, temporary
        outside.mkdir()
        (outside / "gradebook.db").write_text(SECRET)
        temporary.mkdir()
        # Children whose parents have ended come to this process, where they are seen.
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        self.before = self._state()
        self.processes = descendants()

    def left_alone(self) -> None:
        """Fail unless everything is as it was."""
        assert self._state() == self.before, "something outside of the sandbox has changed"
        left_files = set(os.listdir(self.temporary))
        assert not left_files, f"temporary files are left behind: {left_files}"
        deadline = time.monotonic() + 2
        # Twice, for a process that is handed on to a new parent during one look is missed by it.
        while (left := (descendants() | descendants()) - self.processes) and time.monotonic() < deadline:
            time.sleep(0.02)
        assert not left, f"processes survive: {left}"

    def _state(self) -> dict[str, tuple[int, int]]:
        folders = (self.outside, CHECKS, REPOSITORY / "course" / "solutions")
        paths = (p for folder in folders for p in folder.rglob("*") if "__pycache__" not in p.parts and p.is_file())
        return {str(p): (p.stat().st_size, p.stat().st_mtime_ns) for p in paths}


def descendants() -> set[int]:
    """Processes that come from this one and are alive."""
    parents: dict[int, int] = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                state, parent = Path(f"/proc/{entry}/stat").read_text().rpartition(")")[2].split()[:2]
            except OSError:
                continue
            if state != "Z":
                parents[int(entry)] = int(parent)
    found, fresh = set(), {os.getpid()}
    while fresh:
        fresh = {p for p, parent in parents.items() if parent in fresh} - found
        found |= fresh
    return found
