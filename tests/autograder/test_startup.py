"""Does linear algebra use one thread in every process that grades?"""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from autograder.paths import REPOSITORY
from autograder.startup import ONE_THREAD

COUNT = "import os; {first}; import numpy; a = numpy.ones((600, 600)); a @ a; print(len(os.listdir('/proc/self/task')))"


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="threads are counted in /proc")
@pytest.mark.parametrize("verb", ["check", "grade"])
def test_command_pins_linear_algebra(verb: str) -> None:
    """Does a grading process have only one thread in any environment?"""
    environment = {name: value for name, value in os.environ.items() if name not in ONE_THREAD}
    code = COUNT.format(first=f"from autograder.cli import main; main(['{verb}', '--help'], standalone_mode=False)")
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "1"


def what_is_imported(names: list[str]) -> list[bool]:
    """Whether this process has imported each module."""
    return [sys.modules.get(name) is not None for name in names]


SPREAD = f"""
from autograder.processes import spread
from {__name__} import {what_is_imported.__name__}

[(_, done)] = spread(what_is_imported, [["autograder.pages.exporter", "rfc3987_syntax"]], 1, "autograder.pages.exporter", int)
print(done.result())
"""


def test_processes_start_without_unused_grammars() -> None:
    """Do processes of `spread` import what they need, but not the grammars that take half of their start?"""
    # In a program of its own: all processes of one program are copies of a server, which imports what the first of them needed.
    done = subprocess.run([sys.executable, "-c", SPREAD], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[True, False]"


def test_more_threads_can_be_asked_for() -> None:
    """Is a number of threads that the user has set kept?"""
    code = "import os; from autograder.startup import pin_threads; pin_threads(); print(os.environ['OPENBLAS_NUM_THREADS'])"
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "2"}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "2"
