"""Is each job done once in one of several processes, and does none of these outlive the program?"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

from autograder.processes import in_a_copy, spread
from tests.autograder.running import runs

ADDED: list[int] = []


def add_to(number: int) -> None:
    """Prepare each process."""
    ADDED.append(number)


def added(job: int) -> tuple[int, int]:
    """Return the job's answer and the process that computed it."""
    if job < 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return job + sum(ADDED), os.getpid()


def wait_for_ever(told: Path) -> None:
    """Report the process id and keep running."""
    told.with_suffix(".partial").write_text(str(os.getpid()))
    told.with_suffix(".partial").rename(told)
    time.sleep(600)


def never_end() -> None:
    """A program whose only process keeps running."""
    list(spread(wait_for_ever, [Path(sys.argv[1])], 1, __name__, add_to, 1))


def test_every_job_is_done_once() -> None:
    """Does each job get its own answer, from a process with the initial data?"""
    found = {job: future.result() for job, future in spread(added, range(20), 2, __name__, add_to, 100)}
    assert {job: answer for job, (answer, _) in found.items()} == {job: job + 100 for job in range(20)}
    assert os.getpid() not in {process for _, process in found.values()}


def test_a_process_that_dies_raises_an_error() -> None:
    """Does the caller get an error if a process has died, instead of waiting for it?"""
    outcomes = dict(spread(added, [-1], 1, __name__, add_to, 0))
    assert isinstance(outcomes[-1].exception(), BrokenProcessPool)


def test_a_copy_gives_what_its_call_returns() -> None:
    """Does a copy have this process's data, return its result, change nothing here, and return nothing if it raised?"""
    known = [1]

    def grow() -> tuple[list[int], int]:
        known.append(2)
        return known, os.getpid()

    def fail() -> None:
        raise ValueError

    found, process = in_a_copy(grow)() or ([], os.getpid())
    assert (found, known) == ([1, 2], [1])
    assert process != os.getpid()
    assert not runs(process)
    assert in_a_copy(fail)() is None


def test_no_process_outlives_its_program(tmp_path: Path) -> None:
    """If the program is killed, do its processes end soon?"""
    script, told = tmp_path / "forever.py", tmp_path / "told"
    call = f"test_processes.{never_end.__name__}()"
    script.write_text(f"from tests.autograder import test_processes\nif __name__ == '__main__':\n    {call}")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([os.getcwd(), *sys.path])}
    with subprocess.Popen([sys.executable, str(script), str(told)], env=environment) as program:
        until = time.monotonic() + 120
        while not told.exists() and time.monotonic() < until:
            time.sleep(0.05)
        program.kill()
    worker = int(told.read_text())
    while runs(worker) and time.monotonic() < until:
        time.sleep(0.05)
    assert not runs(worker)
