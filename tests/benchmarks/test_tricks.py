"""Are the book's figures on the compiled layers those of the current loops, and are ratios judged correctly?"""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from autograder.paths import REPOSITORY


@pytest.fixture(scope="module")
def key() -> str:
    """Return the digest of the loops, from a separate process, since benchmarks choose their package before anything else."""
    program = "from benchmarks.tricks import loops_key; print(loops_key())"
    return subprocess.run([sys.executable, "-c", program], cwd=REPOSITORY, capture_output=True, text=True, check=True).stdout.split()[-1]


def test_tricks_were_measured_on_these_loops(key: str) -> None:
    """Is the code of the compiled loops unchanged since the book's table was recorded?"""
    recorded = json.loads((REPOSITORY / "benchmarks" / "recorded" / "fast-tricks.json").read_text(encoding="utf-8"))
    assert recorded["key"] == key, "run `python -m benchmarks.layers --tricks --record` and `autograder generate --only book`"


def test_layers_were_compared_with_pytorch_on_these_loops(key: str) -> None:
    """Is the code of the compiled loops unchanged since the README's picture was recorded, if it was?"""
    path = REPOSITORY / "benchmarks" / "recorded" / "layers.json"
    recorded = json.loads(path.read_text(encoding="utf-8"))["key"] if path.is_file() else key
    assert recorded == key, "run `make bench TORCH=1`, `python -m benchmarks.record layers` and `autograder generate --only speed`"


def test_recording_needs_something_to_record() -> None:
    """Is `--record` without `--tricks` refused as misuse before anything is measured?"""
    done = subprocess.run([sys.executable, "-m", "benchmarks.layers", "--record"], cwd=REPOSITORY, capture_output=True, text=True)
    assert done.returncode == 2
    assert "--tricks" in done.stderr


ROW = "from benchmarks.layers import *; row = lambda gain=None, **times: Row('conv', 'float32', times, 1, 1, 0.9, 0.5, gain)\n"


def run(program: str, threads: int) -> list[str]:
    """Return the output of a program that judges rows of measurements, in a separate process."""
    environment = {**os.environ, "OMP_NUM_THREADS": str(threads)}
    command = [sys.executable, "-c", ROW + program]
    return subprocess.run(command, cwd=REPOSITORY, env=environment, capture_output=True, text=True, check=True).stdout.splitlines()


def test_a_slow_fallback_is_reported() -> None:
    """Does numpy pass at 1.3 times the compiled im2col, and is more than that reported as above the target?"""
    program = "print([without_compiler(row(numpy=ms, im2col=1.0)).met for ms in (1.3, 1.4)])"
    assert run(program, 1)[-1] == "['must', 'ABOVE']"


def test_are_ratios_to_pytorch_judged() -> None:
    """Is a ratio labelled with the better of the two targets that it meets, and with none if PyTorch is missing?"""
    program = "print([against_torch(row(fast=ms, PyTorch=2.0)).met for ms in (1.0, 1.8, 1.9)], against_torch(row(fast=1.0)).met)"
    assert run(program, 1)[-1] == "['stretch', 'must', 'ABOVE'] -"


def test_a_second_thread_that_brings_little_is_reported() -> None:
    """Is 1.7 times enough and 1.6 not, and do the last lines of a run and its status report missed targets?"""
    program = "rows = [row(gain, fast=1.0) for gain in (1.71, 1.6)]; print(show_targets(targets(rows)))"
    *_, count, line, status = run(program, 2)
    assert count == "1 of 2 targets are met, 0 also their stretch, 2 were not measured."
    assert "one thread 0.625" in line
    assert status == "1"


def test_is_one_thread_really_one() -> None:
    """Does measuring the speed-up of threads limit the compiled layers to one in half of the turns, and only then?"""
    program = """
from benchmarks import measure as measuring
from benchmarks.measure import _extension
measuring.PAUSE = measuring.WARM_UP = 0
module = _extension.extension(np.dtype("f4"))
x, out, winner = np.ones((9, 9, 64, 64), "f4"), np.ones((9, 9, 32, 32), "f4"), np.ones((9, 9, 32, 32), "u2")
asked, calls = [], []
def count(work):
    asked.append(work)
    return 2
def call():
    calls.append(module.max_pool(x, out, winner, (2, 2, 2)))
if module:
    module.threads_for = count
    assert speed_ups([call], 1)[0] > 0 and asked
print(len(calls) - 2 * len(asked), module.threads_for(1) if module else 2)
"""
    assert run(program, 2)[-1] == "0 2"
