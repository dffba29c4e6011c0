"""Does every limit hold, with its own verdict and without affecting anybody else?"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy
import pytest

from autograder.checking import Check
from autograder.engine import settled_work, turns
from autograder.engine.attempt import Attempt, Attempts
from autograder.engine.result import Result
from autograder.manifest import Course
from autograder.paths import REPOSITORY
from autograder.sandbox import sandbox, seccomp
from autograder.sandbox.limits import Limits
from autograder.sandbox.worker.protocol import MAX_REPLY_BYTES
from autograder.sandbox.worker.serve import MAX_LEFT_FILES
from autograder.verdicts import Verdict
from tests.autograder.mini_course import LAYER_UTILS, LAYERS, NET, by_id

Grade = Callable[..., Result]
FORWARD = "    return x**3, x\n"
FORK = "    import os, time\n    if os.fork() == 0:\n        os.setsid()\n        time.sleep(500)\n        os._exit(0)\n" + FORWARD


def layers(forward: str, top: str = "") -> dict[str, str]:
    """Return the reference's layers with the lines of the forward pass replaced, and lines added at the top."""
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
    """Is the limit that ended a check named, and does the next task start afresh?"""
    limits = Limits(check_cpu_s=1, check_wall_s=8)
    tasks = by_id(grade(layers(forward), ["cube-forward", "cube-twice"], limits))
    assert tasks["cube-forward"].checks[0].stopped == verdict
    assert tasks["cube-forward"].verdict in (verdict, "partial")
    # In its second run this one never meets the student's forward pass.
    assert tasks["cube-twice"].verdict == "passed"


@pytest.mark.sandbox
def test_fork_is_found_out_without_libseccomp(grade: Grade, needs_sandbox: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Is a process that was left behind noticed and ended if no filter prevents its start?"""
    monkeypatch.setattr(seccomp, "check_filter", lambda: None)
    monkeypatch.setattr(sandbox, "check_filter", lambda: None)
    monkeypatch.setattr(sandbox, "sandbox_filter_file", lambda: __import__("contextlib").nullcontext(None))
    result = grade(layers(FORK), ["cube-forward", "cube-twice"])
    tasks = by_id(result)
    assert tasks["cube-forward"].checks[0].stopped == "process_limit"
    assert tasks["cube-twice"].verdict == "passed"


def test_slow_top_level_statement_is_left_out_with_a_note(grade: Grade) -> None:
    """Does an endless loop at the top of a file cost a second only once, and do later definitions keep their marks?"""
    started = time.monotonic()
    result = grade({"classifiers/net.py": "import numpy as np\nwhile True: pass\n" + NET}, ["cube-forward", "net"])
    assert [t.verdict for t in result.tasks] == ["passed", "passed"]
    assert [n.split(": ")[0] for n in result.notes if "is left out" in n] == ["classifiers/net.py, line 2"]
    assert time.monotonic() - started < 20


def test_import_that_never_ends_is_tried_twice_and_no_more(grade: Grade) -> None:
    """Is a file that ends every process that imports it tried once, once more alone, and then never again?"""
    stubborn = "if True:\n    import signal\n    signal.signal(signal.SIGPROF, signal.SIG_IGN)\n    while True: pass\n"
    started = time.monotonic()
    result = grade({"classifiers/net.py": stubborn + NET}, ["cube-forward", "net"], Limits(check_cpu_s=1, check_wall_s=20))
    tasks = by_id(result)
    assert [t.verdict for t in result.tasks] == ["passed", "time_limit"]
    # The second check is the second try; a third one would not be run.
    assert all(c.message.startswith("while the files were imported: ") for c in tasks["net"].checks)
    assert time.monotonic() - started < 20


def test_file_that_ends_the_compiler_costs_itself_alone(grade: Grade) -> None:
    """Is a file that Python's compiler cannot handle left out with a note, and the others graded?"""
    result = grade({"classifiers/net.py": "x = [1]\n" * 110_000 + NET}, ["cube-forward", "net"], Limits(check_cpu_s=1, check_wall_s=20))
    tasks = by_id(result)
    assert (tasks["cube-forward"].verdict, tasks["net"].score) == ("passed", 0)
    assert "classifiers/net.py, line 1: Python's compiler crashes on it" in result.notes


def test_submission_has_a_limit_of_its_own(grade: Grade, monkeypatch: pytest.MonkeyPatch) -> None:
    """Is the total CPU time of all checks bounded, and are checks that did not run reported as such?"""
    monkeypatch.setattr(settled_work, "SHARED_S", 0.2)
    burn = "    import time\n    end = time.process_time() + 0.3\n    while time.process_time() < end: pass\n" + FORWARD
    result = grade(layers(burn), limits=Limits(check_cpu_s=2, check_wall_s=20, submission_cpu_s=0.5))
    tasks = by_id(result)
    assert tasks["cube-forward"].checks[0].passed
    assert tasks["net"].checks[0].message == "not run: the submission has used up its time"
    assert tasks["net"].verdict == "time_limit"


def test_sudden_death_is_confirmed_alone(grade: Grade, monkeypatch: pytest.MonkeyPatch) -> None:
    """Is a verdict that a busy machine may have caused dropped if a second run alone does not confirm it?"""
    attempts: list[str] = []
    original = Attempts.run

    def flaky(self: Attempts, process: object, task: object, check: Check, **options: bool) -> Attempt:
        attempts.append(check.name)
        attempt = original(self, process, task, check, **options)  # type: ignore[arg-type]
        if len(attempts) == 1:
            attempt.result.passed, attempt.result.stopped = False, Verdict.KILLED
        return attempt

    monkeypatch.setattr(Attempts, "run", flaky)
    result = grade({}, ["cube-forward"])
    assert result.tasks[0].verdict == "passed"
    assert attempts.count(attempts[0]) == 2


def test_endless_loop_is_met_twice(grade: Grade, monkeypatch: pytest.MonkeyPatch) -> None:
    """Is a function that never returns tried only twice, whatever calls it, and do functions built on it keep their marks?"""
    used_up: list[str] = []
    original = Attempts.run

    def noted(self: Attempts, process: object, task: object, check: Check, **options: bool) -> Attempt:
        attempt = original(self, process, task, check, **options)  # type: ignore[arg-type]
        used_up.extend([check.name] if attempt.result.stopped is Verdict.TIME_LIMIT else [])
        return attempt

    monkeypatch.setattr(Attempts, "run", noted)
    tasks = by_id(grade(layers("    while True:\n        pass\n" + FORWARD), limits=Limits(check_cpu_s=1, check_wall_s=20)))
    assert tasks["cube-forward"].verdict == "time_limit"
    assert len(used_up) == 2
    assert {c.message for c in tasks["cube-backward"].checks} == {"not run: it needs layers.cube_forward, which takes too long"}
    assert [tasks[t].verdict for t in ("cube-twice", "net")] == ["passed", "passed"]


def test_slow_check_does_not_cost_the_next_one(grade: Grade) -> None:
    """Are the marks for other inputs kept if a loop never ends for one?"""
    slow = "    while x.ndim > 1:\n        pass\n" + FORWARD
    task = by_id(grade(layers(slow), ["cube-forward"], Limits(check_cpu_s=1, check_wall_s=20)))["cube-forward"]
    assert [c.passed for c in task.checks] == [False, True, True]


def test_little_time_is_left_after_two_time_verdicts(grade: Grade) -> None:
    """Is grading cut short for a submission whose functions never return?"""
    loop = "    while True:\n        pass\n"
    files = {
        "layers.py": LAYERS.replace("    return", loop + "    return"),
        "layer_utils.py": LAYER_UTILS.replace("    return", loop + "    return"),
    }
    limits = Limits(check_cpu_s=2, check_wall_s=20, after_time_verdicts_s=1)
    started = time.monotonic()
    result = grade(files, limits=limits)
    assert {t.verdict for t in result.tasks} <= {"time_limit", "missing"}
    assert result.cpu_s < 2 * 2 + 1 + 3
    assert time.monotonic() - started < 60


def test_waiting_for_others_is_not_its_own_time(grade: Grade, monkeypatch: pytest.MonkeyPatch) -> None:
    """Does honest work keep its marks if hostile work makes it wait for hours?"""
    clock, hours = time.monotonic, [0.0]

    @contextlib.contextmanager
    def after_two_hours() -> Iterator[None]:
        hours[0] += 2.0
        yield

    monkeypatch.setattr(time, "monotonic", lambda: clock() + 3600 * hours[0])
    monkeypatch.setattr(turns, "beside_others", after_two_hours)
    names = ["cube-forward", "cube-backward", "net"]
    assert {t.verdict for t in grade({}, names).tasks} == {"passed"}
    assert hours[0] > 2


def test_nobody_waits_long_for_one_submission(grade: Grade, monkeypatch: pytest.MonkeyPatch) -> None:
    """Is the time bounded during which work that only sleeps may occupy the machine alone?"""
    entered: list[float] = []
    original = turns.alone

    @contextlib.contextmanager
    def noted() -> Iterator[None]:
        with original():
            entered.append(time.monotonic())
            yield

    monkeypatch.setattr(turns, "alone", noted)
    limits = Limits(check_cpu_s=1, check_wall_s=1.0, alone_wall_s=0.5)
    result = grade(layers("    import time\n    time.sleep(50)\n" + FORWARD), ["cube-forward", "cube-backward"], limits)
    assert {t.verdict for t in result.tasks} == {"time_limit"}
    assert len(entered) == 1


def _hold(path: str, start: object, seconds: float) -> None:
    turns.lock_path = lambda: Path(path)  # type: ignore[assignment]
    with turns.beside_others():
        start.set()  # type: ignore[attr-defined]
        time.sleep(seconds)


def test_alone_means_after_all_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Does a confirming run wait for other graders' checks, while these do not wait for each other?"""
    lock = tmp_path / "lock"
    monkeypatch.setattr(turns, "lock_path", lambda: lock)
    context = multiprocessing.get_context("fork")
    started = context.Event()
    other = context.Process(target=_hold, args=(str(lock), started, 1.0))
    other.start()
    assert started.wait(10)
    began = time.monotonic()
    with turns.beside_others():
        assert time.monotonic() - began < 0.5
    with turns.alone():
        assert time.monotonic() - began > 0.5
    other.join()


def test_unusable_lock_file_does_not_end_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Does grading go on if the lock is not available?"""
    (tmp_path / "link").symlink_to("/dev/null")
    for path in (tmp_path / "link", tmp_path / "no" / "folder"):
        monkeypatch.setattr(turns, "lock_path", lambda path=path: path)
        with turns.alone():
            pass


def test_filter_names_no_call_in_vain(mini: Course) -> None:
    """Do both filters exist on this machine, and consist of whole instructions?"""
    for program in (seccomp.sandbox_filter(), seccomp.check_filter()):
        if program is None:
            pytest.skip("no libseccomp")
        assert len(program) % 8 == 0
        assert len(program) > 8 * 6


def test_instructors_read_the_limits_that_hold() -> None:
    """Do the numbers in the instructor's guide agree with the limits?"""
    guide = (REPOSITORY / "INSTRUCTOR.md").read_text(encoding="utf-8")
    table = guide[guide.index("**Limits.**") : guide.index("**Partial credit.**")]
    d = Limits()
    for text in (
        f"{d.check_cpu_s} s of processor time and {d.check_wall_s:g} s in all",
        f"{d.submission_cpu_s:g} s and {d.submission_wall_s:g} s",
        f"{d.memory_bytes >> 20} MB |",
        f"{d.file_bytes >> 20} MB printed, {d.file_bytes >> 20} MB in a file, {d.tmpfs_bytes >> 20} MB and {MAX_LEFT_FILES} files",
        f"{MAX_REPLY_BYTES >> 20} MB in one array",
        f"{d.alone_wall_s:g} s at most",
        f"a submission has {d.after_time_verdicts_s:g} s left",
    ):
        assert text in table


def test_what_a_check_leaves_behind_costs_no_marks(grade: Grade) -> None:
    """Is a check that fails only after another one in the same process repeated in a process of its own?"""
    forgetful = "    global calls\n    calls += 1\n    return (x**3 if calls == 1 else x), x\n"
    tasks = by_id(grade(layers(forgetful, "calls = 0\n"), ["cube-forward", "cube-backward"]))
    assert tasks["cube-forward"].verdict == "passed"
    assert tasks["cube-backward"].verdict == "passed"


def test_network_that_hangs_is_no_other_task(grade: Grade) -> None:
    """Do the tasks before and after an endless loop keep their marks?"""
    net = NET.replace("        if y is None:\n", "        while True: pass\n        if y is None:\n")
    tasks = by_id(grade({"classifiers/net.py": net}, ["cube-forward", "net", "cube-twice"]))
    assert (tasks["cube-forward"].verdict, tasks["net"].verdict, tasks["cube-twice"].verdict) == ("passed", "time_limit", "passed")


ORDINARY_USER = """
import os, pathlib, sys, tempfile
sys.path[:0] = sys.argv[1:]
from autograder.manifest import load_course
from autograder.sandbox import sandbox
from autograder.engine.grade import grade_submission
course = load_course()
source = (course.root / "solutions" / "coursenn" / "layers.py").read_text()
folder = pathlib.Path(tempfile.mkdtemp())
(folder / "coursenn").mkdir()
print(os.getuid(), sandbox.problem())
for filtered in (True, False):
    sandbox.check_filter = sandbox.check_filter if filtered else lambda: None
    for line in ("0", "import os; os.fork()", "import threading; threading.Thread(target=print).start()"):
        forward = f"\\n_right = relu_forward\\ndef relu_forward(x):\\n    {line}\\n    return _right(x)\\n"
        (folder / "coursenn" / "layers.py").write_text(source + forward)
        print(grade_submission(folder, course, course.assignments[0], 1, tasks=["relu-forward"]).tasks[0].verdict)
"""


@pytest.mark.slow
@pytest.mark.sandbox
def test_ordinary_user_has_the_same_wall(needs_sandbox: None) -> None:
    """Does the sandbox start for a user who is not root, and are processes and threads refused there even without the filter?"""
    python = "/usr/bin/python3"
    version = "import sys; print(sys.version_info[:2] == tuple(map(int, sys.argv[1:])))"
    words = [str(n) for n in sys.version_info[:2]]
    if os.getuid() or not shutil.which("setpriv") or not Path(python).exists():
        pytest.skip("needs root, setpriv and an interpreter that others can read")
    if subprocess.run([python, "-c", version, *words], capture_output=True, text=True, check=False).stdout.strip() != "True":
        pytest.skip(f"{python} is another version than the one that runs the tests")
    command = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "env", "HOME=/tmp", python, "-B", "-c", ORDINARY_USER]
    packages = str(Path(numpy.__file__).parents[1])
    done = subprocess.run([*command, str(REPOSITORY), packages], capture_output=True, text=True, check=False, timeout=300)
    if "PermissionError" in done.stderr or "No module named" in done.stderr:
        pytest.skip("this repository cannot be read by others")
    assert done.stdout.split("\n")[:-1] == [
        "65534 None",
        "passed",
        "process_limit",
        "process_limit",
        "passed",
        "process_limit",
        "process_limit",
    ]
