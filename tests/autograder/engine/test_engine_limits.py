"""Does every limit hold, with its own verdict, and cost nobody else anything?"""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from mini_course import LAYERS, NET, by_id

from autograder.checks.api import Check
from autograder.course import Course
from autograder.engine import alone, runner, sandbox, seccomp
from autograder.engine.limits import Limits
from autograder.engine.result import Result

Grade = Callable[..., Result]
FORWARD = "    return x**3, x\n"
FORK = "    import os, time\n    if os.fork() == 0:\n        os.setsid()\n        time.sleep(500)\n        os._exit(0)\n" + FORWARD


def layers(forward: str, top: str = "") -> dict[str, str]:
    """The reference's layers with other lines in the forward pass, and lines at the top."""
    return {"layers.py": top + LAYERS.replace(FORWARD, forward)}


@pytest.mark.sandbox
@pytest.mark.parametrize(
    ("forward", "verdict"),
    [
        ("    while True:\n        pass\n", "time_limit"),
        ("    import signal\n    signal.signal(signal.SIGXCPU, signal.SIG_IGN)\n    while True:\n        pass\n", "time_limit"),
        ("    return np.ones(1 << 29), x\n", "memory_limit"),
        ("    import os\n    os.fork()\n" + FORWARD, "process_limit"),
        ("    import threading\n    threading.Thread(target=print).start()\n" + FORWARD, "process_limit"),
        ("    import subprocess, sys\n    subprocess.run([sys.executable, '-V'])\n" + FORWARD, "process_limit"),
        ("    import os, sys\n    os.execv(sys.executable, ['python', '-V'])\n", "process_limit"),
        (FORK, "process_limit"),
        ("    import os\n    while True:\n        os.write(1, b'x' * 65536)\n", "output_limit"),
        ("    import sys\n    while True:\n        print('x' * 65536, file=sys.stderr)\n", "output_limit"),
        ("    open('/tmp/big', 'wb').truncate(1 << 40)\n", "output_limit"),
        ("    for n in range(9):\n        open(f'/tmp/{n}', 'wb').write(bytes(8 << 20))\n" + FORWARD, "output_limit"),
        ("    for n in range(3000):\n        open(f'/tmp/{n}', 'wb').close()\n" + FORWARD, "output_limit"),
        ("    return np.zeros((3000, 3000)), x\n", "output_limit"),
        ("    import os\n    os._exit(0)\n", "killed"),
        ("    import os, signal\n    os.kill(os.getpid(), signal.SIGSEGV)\n", "killed"),
        ("    import ctypes\n    ctypes.string_at(0)\n", "killed"),
    ],
)
def test_every_limit_has_a_verdict(grade: Grade, needs_sandbox: None, forward: str, verdict: str) -> None:
    """Is what ended a check named, and does the next task start afresh?"""
    limits = Limits(check_cpu_s=1, check_wall_s=8)
    tasks = by_id(grade(layers(forward), ["cube-forward", "cube-twice"], limits))
    assert tasks["cube-forward"].checks[0].stopped == verdict
    assert tasks["cube-forward"].verdict in (verdict, "partial")
    # In its second run this one never meets the student's forward pass.
    assert tasks["cube-twice"].verdict == "passed"


@pytest.mark.sandbox
def test_fork_is_found_out_without_libseccomp(grade: Grade, needs_sandbox: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Is a process that was left behind noticed, and ended, where no filter keeps it from starting?"""
    monkeypatch.setattr(seccomp, "check_filter", lambda: None)
    monkeypatch.setattr(sandbox, "check_filter", lambda: None)
    monkeypatch.setattr(sandbox, "sandbox_filter_file", lambda: __import__("contextlib").nullcontext(None))
    result = grade(layers(FORK), ["cube-forward", "cube-twice"])
    tasks = by_id(result)
    assert tasks["cube-forward"].checks[0].stopped == "process_limit"
    assert tasks["cube-twice"].verdict == "passed"


def test_slow_top_level_statement_is_left_out_with_a_note(grade: Grade) -> None:
    """Does an endless loop at the top of a file cost a second once, and a definition after it nothing?"""
    started = time.monotonic()
    result = grade({"classifiers/net.py": "import numpy as np\nwhile True: pass\n" + NET}, ["cube-forward", "net"])
    assert [t.verdict for t in result.tasks] == ["passed", "passed"]
    assert [n.split(": ")[0] for n in result.notes if "is left out" in n] == ["classifiers/net.py, line 2"]
    assert time.monotonic() - started < 20


def test_import_that_never_ends_is_tried_twice_and_no_more(grade: Grade) -> None:
    """Is a file that stops every process that imports it tried once, once more alone, and then never again?"""
    stubborn = "if True:\n    import signal\n    signal.signal(signal.SIGPROF, signal.SIG_IGN)\n    while True: pass\n"
    started = time.monotonic()
    result = grade({"classifiers/net.py": stubborn + NET}, ["cube-forward", "net"], Limits(check_cpu_s=1, check_wall_s=20))
    tasks = by_id(result)
    assert [t.verdict for t in result.tasks] == ["passed", "time_limit"]
    assert tasks["net"].checks[0].message.startswith("while the files were imported: ")
    assert tasks["net"].checks[1].message == "not run: its files cannot be imported"
    assert time.monotonic() - started < 20


def test_file_that_ends_the_compiler_costs_itself_alone(grade: Grade) -> None:
    """Is a file that Python's compiler does not get through left out with a note, and the others graded?"""
    result = grade({"classifiers/net.py": "x = [1]\n" * 110_000 + NET}, ["cube-forward", "net"], Limits(check_cpu_s=1, check_wall_s=20))
    tasks = by_id(result)
    assert (tasks["cube-forward"].verdict, tasks["net"].score) == ("passed", 0)
    assert "classifiers/net.py, line 1: Python's compiler does not get through it" in result.notes


def test_submission_has_a_limit_of_its_own(grade: Grade) -> None:
    """Is the CPU time of all checks together bounded, and what did not run named as such?"""
    burn = "    import time\n    end = time.process_time() + 0.3\n    while time.process_time() < end: pass\n" + FORWARD
    result = grade(layers(burn), limits=Limits(check_cpu_s=2, check_wall_s=20, submission_cpu_s=0.5))
    tasks = by_id(result)
    assert tasks["cube-forward"].checks[0].passed
    assert tasks["net"].checks[0].message == "not run: the submission has used up its time"
    assert tasks["net"].verdict == "time_limit"


def test_sudden_death_is_confirmed_alone(grade: Grade, monkeypatch: pytest.MonkeyPatch) -> None:
    """Is a verdict that a busy machine could cause dropped when a second run alone does not show it?"""
    attempts: list[str] = []
    original = runner.Runner._attempt

    def flaky(self: runner.Runner, task: object, check: Check, references: object) -> object:
        attempts.append(check.name)
        result, importing = original(self, task, check, references)
        if len(attempts) == 1:
            result.passed, result.stopped = False, "killed"
        return result, importing

    monkeypatch.setattr(runner.Runner, "_attempt", flaky)
    result = grade({}, ["cube-forward"])
    assert result.tasks[0].verdict == "passed"
    assert attempts.count(attempts[0]) == 2


def _hold(path: str, start: object, seconds: float) -> None:
    alone.lock_path = lambda: Path(path)  # type: ignore[assignment]
    with alone.among_others():
        start.set()  # type: ignore[attr-defined]
        time.sleep(seconds)


def test_alone_means_after_all_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Does a confirming run wait for checks of other graders, and they not for each other?"""
    lock = tmp_path / "lock"
    monkeypatch.setattr(alone, "lock_path", lambda: lock)
    context = multiprocessing.get_context("fork")
    started = context.Event()
    other = context.Process(target=_hold, args=(str(lock), started, 1.0))
    other.start()
    assert started.wait(10)
    began = time.monotonic()
    with alone.among_others():
        assert time.monotonic() - began < 0.5
    with alone.alone():
        assert time.monotonic() - began > 0.5
    other.join()


def test_unusable_lock_file_does_not_end_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Does grading go on where the lock cannot be had?"""
    (tmp_path / "link").symlink_to("/dev/null")
    for path in (tmp_path / "link", tmp_path / "no" / "folder"):
        monkeypatch.setattr(alone, "lock_path", lambda path=path: path)
        with alone.alone():
            pass


def test_filter_names_no_call_in_vain(mini: Course) -> None:
    """Are both filters there on this machine, and programs of whole instructions?"""
    for program in (seccomp.sandbox_filter(), seccomp.check_filter()):
        if program is None:
            pytest.skip("no libseccomp")
        assert len(program) % 8 == 0
        assert len(program) > 8 * 6
