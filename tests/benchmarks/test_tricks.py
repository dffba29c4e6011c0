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
