"""Does every submission, hostile, damaged or honest, come to exactly the verdicts that it deserves?"""

from __future__ import annotations

import inspect
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from autograder.checked_data import DataError
from autograder.engine.grade import grade_submission
from autograder.manifest import Course
from autograder.sandbox import sandbox
from tests.submissions import _builders
from tests.submissions._corpus import (
    SEED,
    Case,
    Surroundings,
    cases,
    check_document,
    descendants,
    load,
    secrets_of,
    submission,
    texts,
    told,
)

CASES = cases()
PATIENT = {
    "countless-files",
    "disk-bomb",
    "endless-loop-in-c",
    "endless-loop-that-ignores-signals",
    "endless-text",
    "lean-on-fast-layers-from-files",
    "memory-bomb-that-goes-on",
    "message-bomb",
    "sleep",
    "stop-itself",
    "stop-parent",
    "wire-half-an-answer",
    "wire-steals-questions",
}
"""They use up limits for 5 to 25 s, and `make test` has shorter ones of each kind."""
BUILDERS = dict(inspect.getmembers(_builders, inspect.isfunction))


@pytest.fixture(scope="module", autouse=True)
def _sandbox() -> None:
    """Hostile code is never run without a working sandbox."""
    if problem := sandbox.problem():
        (pytest.fail if os.environ.get("COURSENN_REQUIRE_ALL") else pytest.skip)(problem)


@pytest.mark.sandbox
@pytest.mark.parametrize(
    "case", [pytest.param(c, id=c.folder.name, marks=[pytest.mark.whole] if c.folder.name in PATIENT else []) for c in CASES]
)
def test_verdict(case: Case, course: Course, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Are verdicts, marks, refusals and messages as expected, no secret told, and nothing touched or left behind?"""
    around = Surroundings(tmp_path / "outside", tmp_path / "temporary")
    path = submission(case, tmp_path, around.outside, course, BUILDERS)
    monkeypatch.setattr(tempfile, "tempdir", str(around.temporary))
    result = grade_submission(path, course, course.assignments[0], SEED, tasks=list(case.verdicts), limits=case.limits)
    document = check_document(result)
    around.left_alone()
    _verdicts(case, course, document)
    _messages(case, document)
    shown = [" ".join(t.split()) for t in texts(document)]
    secrets = secrets_of(course, list(case.verdicts), path) | set(case.expected.never)
    assert told(secrets, shown) == []


def _verdicts(case: Case, course: Course, document: dict) -> None:
    expected = case.expected
    assert document["status"] == expected.status, document["reason"]
    assert expected.reason in (document["reason"] or "")
    got = {t["id"]: t["verdict"] for t in document["tasks"]}
    wrong = {t: (got[t], [c for c in document["tasks"] if c["id"] == t]) for t, v in case.verdicts.items() if got[t] not in v}
    assert not wrong, wrong
    if document["status"] == "graded":
        assert document["score"] <= case.at_most(course)
        assert expected.kind != "honest" or document["score"] == document["max_score"] > 0
    else:
        assert document["score"] == 0


def _messages(case: Case, document: dict) -> None:
    refused = case.expected.refused
    for part in refused:
        assert any(part in line for line in document["refused"]), document["refused"]
    if not case.expected.more_refused:
        assert len(document["refused"]) == len(refused), document["refused"]
    for part in case.expected.notes:
        assert any(part in line for line in document["notes"]), document["notes"]
    messages = [c["message"] for t in document["tasks"] for c in t["checks"]]
    for part in case.expected.says:
        assert any(part in line for line in messages), messages


def test_there_are_enough_of_them() -> None:
    """Does the corpus hold at least 60 cases, attacks, damage and honest oddities, each with a sentence of its own?"""
    assert len(CASES) >= 60
    assert {c.expected.kind for c in CASES} == {"attack", "damage", "honest"}
    assert len({c.expected.tries for c in CASES}) == len(CASES)


def test_every_builder_is_used() -> None:
    """Does each builder belong to a case?"""
    own = {n for n, f in BUILDERS.items() if f.__module__ == _builders.__name__ and not n.startswith("_")}
    assert own == {c.expected.build for c in CASES if c.expected.build}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("kind = 'attack'\nverdicts = {}", 'unknown key "verdicts"; did you mean verdict?'),
        ("kind = 'attack'\nverdict = { relu-forward = 'pased' }", '[verdict], an entry: expected one of "passed", "partial"'),
        ("kind = 'honset'\nverdict = {}", 'got "honset"; did you mean "honest"?'),
    ],
)
def test_a_misspelt_expectation_is_refused(text: str, said: str, tmp_path: Path) -> None:
    """Does an expectation that nobody reads make the case fail?"""
    (tmp_path / "expected.toml").write_text(f'tries = "x"\n{text}\n')
    with pytest.raises(DataError, match=re.escape(said)):
        load(tmp_path)


def test_a_surviving_process_is_seen(tmp_path: Path) -> None:
    """Is a process found that has left its session and lost its parent?"""
    around = Surroundings(tmp_path / "outside", tmp_path / "temporary")
    code = (
        "import os, time; os.fork() and os._exit(0); os.setsid(); os.fork() and os._exit(0); print(os.getpid(), flush=True); time.sleep(30)"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as first:
        assert first.stdout is not None
        process = int(first.stdout.readline())
    for _ in range(500):
        # It comes to this process once those between have ended; a look at the moment they do may find nobody.
        if Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[1] == str(os.getpid()):
            break
        time.sleep(0.02)
    assert descendants() - around.processes == {process}
    with pytest.raises(AssertionError, match="survive"):
        around.left_alone()
    os.kill(process, 9)
    os.waitpid(process, 0)
    around.left_alone()


def test_a_changed_file_is_seen(tmp_path: Path) -> None:
    """Is a write outside of the sandbox found?"""
    around = Surroundings(tmp_path / "outside", tmp_path / "temporary")
    (around.outside / "gradebook.db").write_text("full marks")
    with pytest.raises(AssertionError, match="outside"):
        around.left_alone()
