"""Are the figures that the book shows of the compiled layers those of the loops as they are now?"""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from autograder.course import REPOSITORY


@pytest.fixture(scope="module")
def key() -> str:
    """Digest of the loops; in a process of its own, since benchmarks choose their package before anything else."""
    program = "from benchmarks.tricks import loops_key; print(loops_key())"
    return subprocess.run([sys.executable, "-c", program], cwd=REPOSITORY, capture_output=True, text=True, check=True).stdout.split()[-1]


def test_tricks_were_measured_on_these_loops(key: str) -> None:
    """Has the code of the compiled loops stayed as it was when the book's table was recorded?"""
    recorded = json.loads((REPOSITORY / "benchmarks" / "recorded" / "fast-tricks.json").read_text(encoding="utf-8"))
    assert recorded["key"] == key, "run `python -m benchmarks.layers --tricks --record` and `autograder generate --only book`"


def test_recording_needs_something_to_record() -> None:
    """Is `--record` on its own refused as misuse, before anything is measured?"""
    done = subprocess.run([sys.executable, "-m", "benchmarks.layers", "--record"], cwd=REPOSITORY, capture_output=True, text=True)
    assert done.returncode == 2
    assert "--tricks" in done.stderr


def test_a_slow_fallback_is_reported() -> None:
    """Does numpy alone pass at 1.3 times the compiled im2col, and is more than that called above the target?"""
    program = (
        "from benchmarks.layers import Row, fallback\n"
        "times = ({'numpy': 1.3, 'im2col': 1.0}, {'numpy': 1.4, 'im2col': 1.0}, {'numpy': 9.0})\n"
        "print([row[-1] for row in fallback([Row('conv', 'float32', t, 1, 1, 1, 1) for t in times])])"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    assert done.stdout.split("\n")[-2] == "['yes', 'ABOVE']"
