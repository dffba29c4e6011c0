"""Is a result document accepted only if it belongs to that submission, and does the published schema agree?"""

from __future__ import annotations

import copy
import json
from typing import Any

import jsonschema
import pytest

from autograder.engine.result import CheckResult, Result, TaskResult
from autograder.engine.result_document import SCHEMA_FILE, CheckDocument, ResultDocument, TaskDocument, schema_text
from autograder.manifest import Course
from autograder.paths import REPOSITORY
from autograder.results.documents import MAX_BYTES, InvalidDocument, digest, parse, validate
from autograder.verdicts import Verdict


@pytest.fixture
def document(mini: Course) -> dict[str, Any]:
    """A valid document of the miniature course, as the engine builds it."""
    tasks = [
        TaskResult(t.id, t.function, t.notebook, "partial", t.points / 2, t.points, 0.1, [CheckResult("it works", False, "no", credit=0.5)])
        for t in mini.tasks
    ]
    result = Result("ada", mini.version, "mini", elapsed_s=0.5, stages_s={"checks": 0.4}, notes=["a note"], tasks=tasks)
    made: dict[str, Any] = json.loads(result.to_json())
    return made


def put(value: Any, *path: str | int) -> Any:
    """Return a change of a document: that value at that place."""

    def change(document: dict[str, Any]) -> None:
        target: Any = document
        for step in path[:-1]:
            target = target[step]
        target[path[-1]] = value

    return change


def drop(*path: str | int) -> Any:
    """Return a change of a document: nothing at that place."""

    def change(document: dict[str, Any]) -> None:
        target: Any = document
        for step in path[:-1]:
            target = target[step]
        del target[path[-1]]

    return change


ALL_VERDICTS = '", "'.join(Verdict)
FIRST = 'tasks 1 ("cube-forward")'
BROKEN: dict[str, tuple[Any, str]] = {
    "schema": (put(2, "schema"), "schema: expected one of 1, got 2"),
    "true for a number": (put(True, "schema"), "schema: expected one of 1, got true"),
    "no tasks": (drop("tasks"), "tasks is missing"),
    "an unknown key": (put(1, "elapsed"), 'unknown key "elapsed"; did you mean elapsed_s?'),
    "another student": (put("ben", "submission"), 'submission: expected "ada", got "ben"'),
    "another version": (put("0", "course"), 'course: expected "1", got "0"'),
    "another assignment": (put("maxi", "assignment"), 'assignment: expected "mini", got "maxi"'),
    "an unknown status": (put("done", "status"), 'status: expected one of "graded", "not_gradable", got "done"'),
    "a reason that is no text": (put(3, "reason"), "reason: expected text of length at most 20000, got 3"),
    "a flood": (put("x" * 20_001, "notes", 0), f'notes, entry 1: expected text of length at most 20000, got "{"x" * 59}..."'),
    "too many notes": (put(["x"] * 2001, "notes"), "notes: expected a list of values of length at most 2000, got a list"),
    "points below 0": (put(-1, "score"), "score: expected a number of at least 0, got -1"),
    "points that are no number": (put(float("nan"), "tasks", 0, "score"), f"{FIRST}, score: expected a number of at least 0, got nan"),
    "points without end": (put(float("inf"), "elapsed_s"), "elapsed_s: expected a number of at least 0, got inf"),
    "an unknown verdict": (
        put("partal", "tasks", 0, "verdict"),
        f'{FIRST}, verdict: expected one of "{ALL_VERDICTS}", got "partal"; did you mean "partial"?',
    ),
    "an unknown stage": (
        put(1, "stages_s", "lunch"),
        'stages_s, a key: expected one of "checks", "intake", "sandbox", "second run", got "checks, lunch"',
    ),
    "a time below 0": (put(-1, "stages_s", "checks"), "stages_s, an entry: expected a number of at least 0"),
    "a task too few": (drop("tasks", 0), "tasks: not those of the assignment"),
    "another task": (put("invented", "tasks", 0, "id"), "tasks: not those of the assignment"),
    "another notebook": (put("Other", "tasks", 0, "notebook"), "cube-forward: another notebook than the manifest's"),
    "other points": (put(5, "tasks", 0, "max_score"), "cube-forward: other points than the manifest's"),
    "more than there is": (put(5, "tasks", 0, "score"), "cube-forward: more points than the maximum"),
    "a wrong sum": (put(1, "score"), "score: not the sum of the tasks"),
    "a check without a name": (drop("tasks", 0, "checks", 0, "name"), f"{FIRST}, checks 1: name is missing"),
    "a check that says maybe": (
        put("maybe", "tasks", 0, "checks", 0, "passed"),
        f'{FIRST}, checks 1 ("it works"), passed: expected true or false, got "maybe"',
    ),
    "credit above 1": (
        put(2, "tasks", 0, "checks", 0, "credit"),
        f'{FIRST}, checks 1 ("it works"), credit: expected a number at least 0 and at most 1, got 2',
    ),
}


def test_what_the_engine_builds_is_right(document: dict[str, Any], mini: Course) -> None:
    """Is the engine's document accepted unchanged, also if something was never reached?"""
    before = copy.deepcopy(document)
    assert validate(document, mini, "mini", "ada") is document
    assert document == before
    nothing = Result("ada", mini.version, "mini", "not_gradable", "no files", tasks=[])
    with pytest.raises(InvalidDocument, match="not those of the assignment"):
        validate(nothing.document(), mini, "mini", "ada")


@pytest.mark.parametrize("what", BROKEN)
def test_a_document_that_cannot_be_is_refused(what: str, document: dict[str, Any], mini: Course) -> None:
    """Does one line name the place, the expected value and the actual one?"""
    change, said = BROKEN[what]
    change(document)
    with pytest.raises(InvalidDocument) as refused:
        validate(document, mini, "mini", "ada")
    assert str(refused.value).startswith(said)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("document", [None, [], "text", 3])
def test_anything_that_is_no_object_is_refused(document: Any, mini: Course) -> None:
    """Is anything but an object refused, with the same kind of error?"""
    with pytest.raises(InvalidDocument, match="expected a table"):
        validate(document, mini, "mini", "ada")


@pytest.mark.parametrize("text", [b"", b"{", b"\xff", b"[" * 100_000])
def test_untrusted_text_is_read_or_refused(text: bytes) -> None:
    """Does damaged or deeply nested JSON raise the same kind of error?"""
    with pytest.raises(InvalidDocument, match="not JSON"):
        parse(text)


def test_size_is_looked_at_before_anything_is_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Is a large text refused unread?"""
    monkeypatch.setattr(json, "loads", lambda *_: pytest.fail("it was decoded"))
    with pytest.raises(InvalidDocument, match="larger than 4 MB"):
        parse(b" " * (MAX_BYTES + 1))


def test_the_schema_that_ships_is_that_of_the_types(document: dict[str, Any]) -> None:
    """Is the schema file current, does it accept the engine's documents, and refuse what the types refuse?"""
    assert (REPOSITORY / SCHEMA_FILE).read_text(encoding="utf-8") == schema_text()
    schema = json.loads(schema_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(document, schema)
    for what in ("an unknown key", "an unknown verdict", "an unknown stage", "a flood", "points below 0", "no tasks", "schema"):
        wrong = copy.deepcopy(document)
        BROKEN[what][0](wrong)
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(wrong, schema)


def test_the_engine_writes_every_key_and_no_other(document: dict[str, Any]) -> None:
    """Do the objects filled during grading and the types of the document have the same keys in the same order?"""
    fields = [list(kind.__struct_fields__) for kind in (TaskDocument, CheckDocument)]
    assert set(document) == set(ResultDocument.__struct_fields__)
    assert [list(document["tasks"][0]), list(document["tasks"][0]["checks"][0])] == fields


def test_a_digest_is_of_the_content_alone(document: dict[str, Any]) -> None:
    """Is the digest independent of the order of keys, and different for another mark?"""
    assert digest(dict(reversed(document.items()))) == digest(document)
    assert digest({**document, "score": 0.0}) != digest(document)
