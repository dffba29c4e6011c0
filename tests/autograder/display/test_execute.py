"""Notebooks executed for display: walled in, bounded, and without any say in marks."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from jupyter_client.provisioning import KernelProvisionerFactory

from autograder.display.execute import DEFAULT_LIMITS, EXECUTED_LABEL, EXECUTED_MARK, execute_class, execute_copy
from autograder.display.kernels import NOTEBOOK_DISTRIBUTIONS, PROVISIONER_NAME, SandboxProvisioner
from autograder.gradebook.safe_outputs import NOT_VERIFIED
from autograder.manifest import Course
from autograder.outgoing.feedback import feedback
from autograder.paths import REPOSITORY
from autograder.runs.grade import grade
from autograder.sandbox.packages import package_mounts
from autograder.workspace.workspace import Workspace
from tests.autograder.small_course import RIGHT_LAYERS, hand_in

pytestmark = pytest.mark.sandbox
QUICK = replace(DEFAULT_LIMITS, wall_s=60.0, cpu_s=40, output_bytes=1 << 20)


def with_cells(workspace: Workspace, student: str, *sources: str) -> None:
    """A graded submission whose first notebook ends with these code cells."""
    folder = hand_in(workspace, student, {"coursenn/layers.py": RIGHT_LAYERS})
    path = folder / "Alpha.ipynb"
    notebook = json.loads(path.read_bytes())
    old = {"output_type": "stream", "name": "stdout", "text": ["what was handed in\n"]}
    for n, source in enumerate(sources):
        notebook["cells"].append(
            {"cell_type": "code", "id": f"own-{n}", "metadata": {}, "execution_count": 1, "outputs": [old], "source": source}
        )
    path.write_text(json.dumps(notebook))
    (folder / "Beta.ipynb").unlink()


def graded(workspace: Workspace, course: Course) -> None:
    """Grade everybody, with marks that nothing else gives."""
    report = grade(workspace, course, "first", unsafe=True, jobs=1)
    assert not report.failures, report.failures


def copy_of(workspace: Workspace, student: str) -> Any:
    """The graded copy of the first notebook."""
    return json.loads((workspace.autograded(student, "first") / "Alpha.ipynb").read_bytes())


def texts(notebook: Any) -> list[str]:
    """What the cells that a student added show."""
    cells = [c for c in notebook["cells"] if c["id"].startswith("other-")]
    return ["".join("".join(o.get("text", [])) or "".join(o.get("data", {}).get("text/plain", "")) for o in c["outputs"]) for c in cells]


def scores(workspace: Workspace) -> list[Any]:
    """Everything that the gradebook says of marks."""
    with closing(sqlite3.connect(workspace.gradebook)) as database:
        return database.execute("select cell_id, notebook_id, auto_score, manual_score, needs_manual_grade from grade").fetchall()


@pytest.mark.whole
def test_notebooks_are_executed_for_display_alone(workspace: Workspace, small: Course) -> None:
    """Are submitted outputs replaced by executed ones, marked as such, with graded cells and marks as they were, and only once?"""
    with_cells(
        workspace,
        "ada",
        "from coursenn import layers\nimport numpy as np\nlayers.relu_forward(np.array([-1.0, 2.0]))[0]",
        "import matplotlib.pyplot as plt\nplt.plot([1, 2]);",
        "1 / 0",
    )
    graded(workspace, small)
    before, marks = copy_of(workspace, "ada"), scores(workspace)
    assert NOT_VERIFIED in texts(before)[0]
    done = execute_class(workspace, small, "first", limits=QUICK)
    assert (done.executed, done.stopped) == (2, {})
    after = copy_of(workspace, "ada")
    shown = texts(after)
    assert all(EXECUTED_LABEL in text and NOT_VERIFIED not in text and "handed in" not in text for text in shown)
    assert "2." in shown[0]
    assert "ZeroDivisionError" in shown[2]
    picture = [c for c in after["cells"] if c["id"].startswith("other-")][1]
    assert any("image/png" in o.get("data", {}) for o in picture["outputs"])
    for old, new in zip(before["cells"], after["cells"], strict=True):
        if old["metadata"].get("nbgrader", {}).get("grade"):
            assert old == new
    assert "was executed by the grader" in "".join(after["cells"][0]["source"])
    assert scores(workspace) == marks
    assert execute_class(workspace, small, "first", limits=QUICK).executed == 0
    assert feedback(workspace, small, "first").written == ["ada"]


HOSTILE = (
    "open('/etc/passwd').read()",
    "import os\nsorted(os.listdir('/root')) if os.path.isdir('/root') else 'no'",
    "import socket\nsocket.create_connection(('127.0.0.1', 22), 2)",
    "import os\nwhile True:\n    os.fork()",
    "import subprocess\nsubprocess.run(['/bin/sh', '-c', 'id'])",
    "import autograder",
    "import os\nsorted(os.environ)",
    "open('/packages/numpy/__init__.py', 'a')",
    "open('mine.txt', 'w').write('written')",
)


@pytest.mark.whole
def test_attacks_of_a_notebook_are_contained(workspace: Workspace, small: Course) -> None:
    """Files, network, forks, programs, our modules, the environment: is none of it there for a notebook that is executed?"""
    with_cells(workspace, "mal", *HOSTILE)
    graded(workspace, small)
    assert execute_copy(workspace, small, "mal", "first", QUICK) == {"Alpha": None, "Beta": None}
    shown = texts(copy_of(workspace, "mal"))
    for text, sign in zip(shown[:6], ("No such file", "", "refused", "not permitted", "not permitted", "No module named"), strict=True):
        assert sign in text
    assert "root:" not in shown[0]
    assert str(workspace.seed()) not in json.dumps(copy_of(workspace, "mal"))
    assert "VIRTUAL_ENV" not in shown[6]
    assert "Read-only file system" in shown[7]
    assert "7" in shown[8]
    assert not (workspace.submitted("mal", "first") / "mine.txt").exists()


SLOW = pytest.mark.slow


@pytest.mark.whole
@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("import os\nos._exit(0)", "died"),
        ("while True:\n    print('x' * 10_000)", "too much"),
        pytest.param("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)", "died", marks=SLOW),
        pytest.param("print('x' * 10_000_000)", "too much", marks=SLOW),
        pytest.param("print('x' * (1 << 30))", "too much", marks=SLOW),
        pytest.param("bytearray(1 << 40)", None, marks=SLOW),
        pytest.param("import threading\nwhile True:\n    threading.Thread(target=threading.Event().wait).start()", None, marks=SLOW),
        pytest.param("while True:\n    pass", "longer than", marks=SLOW),
        pytest.param("import signal, time\nsignal.signal(2, signal.SIG_IGN)\nwhile True:\n    time.sleep(1)", "longer than", marks=SLOW),
    ],
)
def test_kernel_that_dies_hangs_or_floods(workspace: Workspace, small: Course, source: str, reason: str | None) -> None:
    """Does it end with a note on the notebook, the cells before it shown, and the next notebook executed all the same?"""
    with_cells(workspace, "mal", "print('before')", source)
    graded(workspace, small)
    marks = scores(workspace)
    done = execute_copy(workspace, small, "mal", "first", replace(QUICK, wall_s=30.0))
    assert done["Beta"] is None
    after = copy_of(workspace, "mal")
    assert "before" in texts(after)[0]
    assert done["Alpha"] is None if reason is None else reason in str(done["Alpha"])
    assert ("was stopped" in "".join(after["cells"][0]["source"])) is (reason is not None)
    assert after["metadata"][EXECUTED_MARK] is (reason is None)
    assert scores(workspace) == marks


@pytest.mark.whole
def test_grading_anew_takes_executed_outputs_away(workspace: Workspace, small: Course) -> None:
    """After a new result: are the outputs again those that were handed in, marked as not verified?"""
    with_cells(workspace, "ada", "print('executed')")
    graded(workspace, small)
    execute_copy(workspace, small, "ada", "first", QUICK)
    assert "executed" in texts(copy_of(workspace, "ada"))[0]
    with_cells(workspace, "ada", "print('changed')")
    graded(workspace, small)
    assert NOT_VERIFIED in texts(copy_of(workspace, "ada"))[0]


def test_wall_shows_nothing_of_ours() -> None:
    """Is the provisioner found by its name, and does no mount hold a file of this repository?"""
    assert KernelProvisionerFactory.instance().provisioners[PROVISIONER_NAME].load() is SandboxProvisioner
    sources = [Path(source).resolve() for source, _ in package_mounts(NOTEBOOK_DISTRIBUTIONS)]
    ours = [REPOSITORY / name for name in ("autograder", "course", "tests", "benchmarks")]
    assert not [s for s in sources for o in ours if s.is_relative_to(o) or o.is_relative_to(s)]
    assert not [s for s in sources if "nbgrader" in s.name or "coursenn" in s.name or "dask" in s.name]
    assert shutil.which("bwrap")


@pytest.mark.whole
@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("import os, threading, time\nthreading.stack_size(1 << 16)\n"
         "[threading.Thread(target=time.sleep, args=(90,)).start() for _ in range(1500)]\ntime.sleep(90)", "more than 500 threads"),
        ("import sys, os, json, time\nfolder = os.path.dirname(get_ipython().kernel.config['IPKernelApp']['connection_file'])\n"
         "os.mkdir(f'{folder}/deep')\nopen(f'{folder}/deep/full', 'wb').write(b'x')\ntime.sleep(90)", "the folder of its sockets"),
        ("import os, time\nfolder = os.path.dirname(get_ipython().kernel.config['IPKernelApp']['connection_file'])\n"
         "os.symlink('/run/other.sock', f'{folder}/k-9')\ntime.sleep(90)", "the folder of its sockets"),
    ],
    ids=["threads", "folder", "link"],
)  # fmt: skip
def test_kernel_does_not_use_up_the_machine(workspace: Workspace, small: Course, source: str, reason: str) -> None:
    """Threads without end, and files outside of everything that is bounded: is a notebook stopped, and told why?"""
    with_cells(workspace, "mal", source)
    graded(workspace, small)
    found = execute_copy(workspace, small, "mal", "first", QUICK)
    assert reason in (found["Alpha"] or ""), texts(copy_of(workspace, "mal"))


LONG = "import time\nprint('at work')\ntime.sleep(600)"


def _of(word: str) -> list[str]:
    """Command lines of living processes that hold a word."""
    found = []
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            if entry.name.isdigit() and word in (line := (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")):
                found.append(line)
    return found


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["ctrl-c", "sigterm"])
def test_stopping_an_execution_leaves_nothing(workspace: Workspace, small: Course, number: signal.Signals) -> None:
    """Stopped in the middle of notebooks: is it said how to go on, and is no process and no file left?"""
    for student in ("ada", "ben", "cid"):
        with_cells(workspace, student, LONG)
    graded(workspace, small)
    # A short name: sockets in it may have a hundred letters.
    temporary = Path(tempfile.mkdtemp(prefix="stop-"))
    command = [sys.executable, "-m", "autograder", "grade", "--execute", "--jobs", "2", "--workspace", str(workspace.root)]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env={**os.environ, "TMPDIR": str(temporary)}
    )
    deadline = time.monotonic() + 120
    while len([line for line in _of(str(temporary)) if "bwrap" in line and "/nb-" in line]) < 2 and time.monotonic() < deadline:
        assert process.poll() is None, process.communicate()[0]
        time.sleep(0.1)
    process.send_signal(number)
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 130, output
    assert "run the same command again to go on" in output
    deadline = time.monotonic() + 10  # a kernel ends a moment after the process that started it
    while (left := _of(str(temporary))) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert left == []
    # One folder is the user's own, and what was in it is gone.
    assert [p.name for p in temporary.iterdir() if not p.name.startswith("coursenn-grading-")] == [f"coursenn-{os.geteuid()}"]
    assert [p for p in temporary.rglob("*") if p.is_file() and p.stat().st_size] == []
    shutil.rmtree(temporary)
    assert EXECUTED_MARK not in copy_of(workspace, "ada")["metadata"]
