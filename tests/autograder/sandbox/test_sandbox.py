"""What can code in the sandbox see and do?"""

from __future__ import annotations

import os
import resource
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from autograder.checking import Draw, Ref, Session, SubjectError
from autograder.engine.result import Result
from autograder.sandbox import sandbox
from autograder.sandbox.limits import Limits
from autograder.sandbox.remote import RemoteBackend
from autograder.sandbox.sandbox import Mounts, Sandbox, named_process, problem
from tests.autograder.mini_course import LAYERS, by_id
from tests.autograder.running import runs

pytestmark = [pytest.mark.sandbox, pytest.mark.usefixtures("needs_sandbox")]
PROBE = """
import os, sys, socket

def listing(path):
    return len(os.listdir(path))

def exists(path):
    return os.path.exists(path)

def read(path):
    return len(open(path, "rb").read())

def write(path):
    open(path, "w").write("x")
    return 1

def environment():
    return len([k for k in os.environ if k not in ("LANG", "PYTHONHASHSEED", "HOME", "TMPDIR", "PATH", "LD_LIBRARY_PATH", "LC_CTYPE", "PWD")
                and not k.endswith("_NUM_THREADS") and not k.startswith("MALLOC_")])

def pages(times):
    import resource
    import numpy as np
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(times):
        kept = [np.ones(300_000) for _ in range(8)]
        del kept
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

def user():
    return os.getuid()

def processes():
    return os.getppid()

def interfaces():
    return len(socket.if_nameindex())

def connect():
    return socket.socket(socket.AF_INET, socket.SOCK_STREAM).fileno()

def imported(name):
    __import__(name)
    return 1

def descriptors():
    found = 0
    for n in range(3, 64):
        try:
            os.fstat(n)
            found += 1
        except OSError:
            pass
    return found

def capabilities():
    import ctypes
    data = (ctypes.c_uint32 * 6)()
    ctypes.CDLL(None).capget((ctypes.c_uint32 * 2)(0x20080522, 0), data)
    return sum(data)

def burn(seconds):
    import time
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass
    return 1

def daemon(seconds):
    if os.fork() == 0:
        os.setsid()
        import time
        time.sleep(seconds)
        os._exit(0)
    return 1

def standard_library():
    import ctypes, bz2, lzma, zlib, sqlite3, ssl, hashlib, decimal, json, csv, itertools, collections, typing, dataclasses, scipy_is_missing
"""

LOAD = {"root": "/submission/coursenn", "editable": ["probe.py"], "absent": [], "public": {}, "skipped": [], "statement_cpu_s": 1.0}


class Inside:
    """Calls functions of the probe inside a sandbox."""

    def __init__(self, folder: Path, limits: Limits | None = None) -> None:
        package = folder / "coursenn"
        package.mkdir()
        (package / "__init__.py").write_text("")
        (package / "probe.py").write_text(PROBE)
        self.sandbox = Sandbox(Mounts(package), limits or Limits())
        deadline = time.monotonic() + 20
        self.channel, self.pid = self.sandbox.channel.fork(cpu_s=5, deadline=deadline, load=LOAD | {"modules": ["probe"]})
        self.backend = RemoteBackend(self.channel, ("probe.py",))

    def __call__(self, name: str, *args: object) -> int:
        return int(self.backend.array(Ref(self.backend.call(f"probe.{name}", args, {}))))


@pytest.fixture
def inside(tmp_path: Path) -> object:
    """A sandbox with the probe in it."""
    probe = Inside(tmp_path)
    yield probe
    probe.sandbox.close()


@pytest.mark.parametrize(
    "path", ["/etc", "/root/.bashrc", "/home", "/proc", "/sys", "/usr/bin", "/run", "/var", str(Path(__file__).parent)]
)
def test_nothing_of_the_machine_is_there(inside: Inside, path: str) -> None:
    """Are the machine's files, this repository and the process list hidden from student code?"""
    assert not inside("exists", path)


def test_root_holds_what_was_mounted_and_no_more(inside: Inside) -> None:
    """Is the student's package there, read-only, and a small /tmp the only place to write?"""
    assert inside("read", "/submission/coursenn/probe.py") == len(PROBE)
    for place in ("/submission/coursenn/probe.py", "/submission/new", "/new", "/packages/numpy/new", "/worker/coursenn_worker/new"):
        with pytest.raises(SubjectError) as caught:
            inside("write", place)
        assert caught.value.kind == "OSError"
    assert inside("write", "/tmp/new") == 1


def test_memory_of_freed_arrays_is_used_again(inside: Inside) -> None:
    """Does the system give a process the pages of its arrays once, and not for every new array?"""
    once = 8 * 300_000 * 8 // resource.getpagesize()
    assert inside("pages", 10) < 2 * once


def test_no_identity_no_network_no_environment(inside: Inside, monkeypatch: pytest.MonkeyPatch) -> None:
    """Does the code run as nobody, without capabilities, alone in its namespaces, and without the grader's environment?"""
    assert inside("user") == 65534
    assert inside("capabilities") == 0
    assert inside("environment") == 0
    assert inside("processes") < 10
    with pytest.raises(SubjectError):
        inside("connect")


def test_only_numpy_and_the_standard_library(inside: Inside) -> None:
    """Are other packages of this environment invisible, including the autograder?"""
    for name in ("numpy.linalg", "sqlite3", "ssl", "lzma", "bz2", "ctypes", "decimal", "multiprocessing"):
        assert inside("imported", name) == 1
    for name in ("click", "nbgrader", "autograder", "pip", "matplotlib"):
        with pytest.raises(SubjectError) as caught:
            inside("imported", name)
        assert caught.value.kind == "ModuleNotFoundError"


def test_few_descriptors(inside: Inside) -> None:
    """Is the wire the only open descriptor besides the three standard ones?"""
    assert inside("descriptors") == 1


def test_nothing_survives_the_sandbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Is a detached process, whose start was not prevented, dead after the sandbox is closed?"""
    monkeypatch.setattr(sandbox, "check_filter", lambda: None)
    inside = Inside(tmp_path)
    try:
        assert inside("daemon", 98765.25) == 1
    except SubjectError as error:
        pytest.skip(f"an ordinary user's processes are limited without the filter, too: {error.kind}")
    first = inside.sandbox.first_process
    assert first
    assert runs(first)
    inside.sandbox.close()
    assert not runs(first)


def test_time_of_what_is_killed_is_counted(tmp_path: Path) -> None:
    """Is the processor time known of a process that ends only when its sandbox is killed?"""
    inside = Inside(tmp_path)
    inside("burn", 0.5)
    inside.sandbox.close()
    assert 0.5 <= inside.sandbox.cpu_s < 2


def test_starts_in_a_moment(tmp_path: Path) -> None:
    """Does a sandbox with numpy start faster than a Jupyter kernel?"""
    started = time.monotonic()
    probe = Inside(tmp_path)
    assert probe("user") == 65534
    probe.sandbox.close()
    assert time.monotonic() - started < 5


def test_no_sandbox_compiles_the_worker_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Is the worker's compiled code stored next to its sources, for sandboxes that cannot write there?"""
    worker = shutil.copytree(sandbox.WORKER, tmp_path / "worker", ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(sandbox, "WORKER", worker)
    sandbox.compile_worker.cache_clear()
    sandbox.compile_worker()
    sandbox.compile_worker.cache_clear()
    assert {p.name.split(".")[0] for p in (worker / "__pycache__").glob("*.pyc")} == {p.stem for p in worker.glob("*.py")}


def test_several_arrays_are_fetched_each_at_its_time(inside: Inside) -> None:
    """Does an array that changes between two requests arrive with its values at each of them, with one wait for both?"""
    session = Session(inside.backend, Draw(np.random.default_rng(0)))
    kept = session.put({"w": np.zeros(3)})

    def before_and_after() -> Iterator[Ref]:
        yield kept["w"]
        session.set(kept["w"], np.ones(3))
        yield kept["w"]

    sent = []
    send = inside.channel.send
    inside.channel.send = lambda *data, **until: sent.append(data) or send(*data, **until)  # type: ignore[func-returns-value,method-assign]
    before, after = session.arrays(before_and_after())
    assert before.tolist() == [0, 0, 0]
    assert after.tolist() == [1, 1, 1]
    assert len(sent) == 1


def test_this_machine_has_a_working_sandbox() -> None:
    """Does the sandbox report no problem on the machine of these tests?"""
    assert problem() is None


@pytest.mark.parametrize("place", ["/etc/passwd", "/reference/layers.py", os.path.abspath(__file__)])
def test_submissions_cannot_read_files(grade: Callable[..., Result], place: str) -> None:
    """Are the grader's files, and in the first run the reference, out of reach of a graded function?"""
    top = LAYERS.replace("    return x**3, x\n", f"    open({place!r}).read()\n    return x**3, x\n")
    check = by_id(grade({"layers.py": top}, ["cube-forward"]))["cube-forward"].checks[0]
    assert "FileNotFoundError" in check.message or "OSError" in check.message


@pytest.mark.parametrize("rest", [b"", b',\n    "pid-namespace": 4026\n}\n'])
def test_report_in_pieces_is_read_to_its_end(rest: bytes) -> None:
    """Is the first process known if bubblewrap has written only the beginning of its report, and then ends or continues?"""
    reading, writing = os.pipe()
    assert named_process(reading) is None
    os.write(writing, b'{\n    "child-pid": 1234')
    later = threading.Timer(0.1, lambda: (os.write(writing, rest), os.close(writing)))
    later.start()
    assert named_process(reading) == 1234
    later.join()
    os.close(reading)
