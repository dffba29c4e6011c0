"""Can bytes of any kind, at either end of the wire, do more than fail their own check?"""

from __future__ import annotations

import importlib.util
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.manifest import Course
from autograder.paths import REPOSITORY
from autograder.sandbox.worker.executor import Executor
from autograder.sandbox.worker.protocol import pack_request
from tests.autograder.sandbox import fuzzing
from tests.examples import examples

HERE = Path(__file__).resolve().parent
SECONDS = 60
ROUNDS = {"replies": 3000, "requests": 2000, "streams": 300, "lies": 200}


@pytest.mark.parametrize("name", list(fuzzing.TARGETS))
def test_bytes_near_to_well_formed_ones(name: str) -> None:
    """Do thousands of damaged replies and requests, the same ones each time, raise anything?"""
    fuzzing.reference()
    rng = random.Random(name)
    for _ in range(ROUNDS[name]):
        data = fuzzing.drawn(rng) if name in ("replies", "requests") else rng.randbytes(2) + fuzzing.drawn(rng)
        fuzzing.TARGETS[name](data)


@given(st.binary(max_size=400))
@settings(max_examples=examples(200))
def test_any_bytes_at_both_ends(data: bytes) -> None:
    """Does noise raise anything at either end?"""
    fuzzing.replies(data)
    fuzzing.requests(data)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["$", "v", "a"]), inner, max_size=3),
    max_leaves=8,
)
operations = st.sampled_from(["call", "put", "set", "array", "length", "kind", "keys", "npz", "seed", "nothing"])
parts = st.sampled_from(["handle", "target", "args", "kwargs", "value", "ref", "names", "path"])


@given(operations, st.dictionaries(parts, json_values), st.booleans())
@settings(max_examples=examples(300))
def test_every_request_has_an_answer(operation: str, header: dict[str, object], sound: bool) -> None:
    """Does the worker answer within the grammar whatever it is asked, also about its own values?"""
    executor = Executor(lambda target: len)
    executor.values = {"h": {"a": object(), 1: [float("nan"), {}]}, "i": 1 << 80}
    if sound:
        header = {**header, "handle": "h", "ref": ["h" if operation != "array" else "i", []], "names": ["a"]}
    fuzzing.answer(executor, {**header, "op": operation}, [])


def test_a_worker_that_tells_the_truth_passes(course: Course) -> None:
    """Does a worker that changes no answer pass every check, so that failures below come from the lies?"""
    fuzzing.reference()
    for task, check in fuzzing.all_checks(course):
        assert fuzzing.run_over(fuzzing.Liar(random.Random(0), 0.0), task, check).passed, (task.id, check.name)


def test_every_check_over_a_worker_that_lies(course: Course, prove: bool) -> None:
    """Does each hidden check end in a result if answers are replaced by others of the grammar?"""
    fuzzing.reference()
    failed = 0
    for number, (task, check) in enumerate(fuzzing.all_checks(course)):
        for share in (0.03, 0.2, 1.0) * (10 if prove else 1):
            failed += not fuzzing.run_over(fuzzing.Liar(random.Random(f"{number} {share}"), share), task, check).passed
    assert failed > 300


def test_requests_that_are_none_are_errors() -> None:
    """Is a request that announces more bytes than it has an error, before memory is allocated for it?"""
    for data in (b"\xff" * 12, pack_request({}, [])[:-1], pack_request({"arrays": 1}) + b"x"):
        fuzzing.requests(b"\0" + data[1:])


@pytest.mark.slow
@pytest.mark.parametrize("name", list(fuzzing.TARGETS))
def test_guided_by_coverage(name: str, tmp_path: Path) -> None:
    """Does a minute of atheris on each target find nothing?"""
    if not importlib.util.find_spec("atheris"):
        pytest.skip("atheris is not installed: it has no wheel for this Python or this system")
    (tmp_path / "corpus").mkdir()
    command = [sys.executable, str(HERE / "fuzz.py"), name, str(SECONDS), str(tmp_path / "corpus")]
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    limit = SECONDS * 5 + 120
    done = subprocess.run(command, capture_output=True, text=True, timeout=limit, cwd=tmp_path, env=environment, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
