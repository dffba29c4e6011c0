"""A hostile worker and a hostile scheduler: their messages run code in Dask's client, which finds nothing there."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from autograder.manifest import Course
from autograder.runs.grade import grade
from autograder.workspace.workspace import Workspace, WorkspaceError
from tests.autograder.marks import marks_of
from tests.autograder.runs.dask_processes import Dask
from tests.autograder.small_course import RIGHT_LAYERS, WRONG_BACKWARD, hand_in

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("needs_sandbox")]

EVIL = """
import json, os

PLACES = json.loads({places!r})
TRIES = '''
import json, os, socket, sys

def tried(function):
    try:
        return str(function())[:60]
    except BaseException as error:
        return type(error).__name__

def abstract():
    s = socket.socket(socket.AF_UNIX)
    s.connect("\\\\0" + PLACES["abstract"])

def tcp():
    socket.create_connection(("127.0.0.1", PLACES["port"]), timeout=3)

def everything():
    return sorted(name for top in ("/", "/home", "/root", "/work", "/client", "/tls") if os.path.isdir(top) for name in os.listdir(top))

FOUND = {{
    "uid": tried(os.getuid),
    "seed": tried(lambda: open(PLACES["seed"]).read()),
    "workspace": tried(lambda: os.listdir(os.path.dirname(PLACES["seed"]))),
    "write": tried(lambda: open(PLACES["marker"], "w").write("was here")),
    "own code": tried(lambda: open("/client/autograder/runs/walled_client.py", "a")),
    "tcp": tried(tcp),
    "abstract": tried(abstract),
    "netlink": tried(lambda: socket.if_nameindex()),
    "fork": tried(os.fork),
    "exec": tried(lambda: os.system("true") and None),
    "files": everything(),
    "environment": sorted(os.environ),
}} if "COURSENN_HOSTILE" not in os.environ else {{}}

# Sends messages as the client itself would, on whichever pipe it has.
frame = json.dumps({{"type": "unreachable", "text": "RAN " + json.dumps(FOUND)}}).encode()
for descriptor in range(3, 12) if FOUND else ():
    tried(lambda: os.write(descriptor, len(frame).to_bytes(4, "big") + frame))
'''

class Evil(Exception):
    def __reduce__(self):
        return eval, ("(lambda names: (exec(" + repr(TRIES) + ", names), RuntimeError())[1])(" + repr(dict(PLACES=PLACES)) + ")",)
"""

RAISES = """
from autograder.runs import worker

def grade_packed(head, packed):
    raise Evil()

grade_packed.__module__ = "autograder.runs.worker"
worker.grade_packed = grade_packed
"""

LIES = """
import json
from autograder.runs import worker

# Dask loads a preloaded module twice.
honest = worker.honest = getattr(worker, "honest", worker.grade_packed)

def grade_packed(head, packed):
    reply = json.loads(honest(head, packed))
    if json.loads(head)["name"] == "friend":
        for task in reply["document"]["tasks"]:
            task.update(score=task["max_score"], verdict="passed")
        reply["document"]["score"] = reply["document"]["max_score"]
    return json.dumps(reply).encode()

worker.grade_packed = grade_packed
"""

# A scheduler's exceptions are unpickled too, both as the answer to a request and as the outcome of a task.
ANSWERS = """
import pickle

def dask_setup(scheduler):
    async def fails(*arguments, **options):
        return dict(status="uncaught-error", text="", exception=pickle.dumps(Evil()), traceback=None)

    scheduler.handlers["ncores"] = fails
"""
TASKS = """
import pickle

def dask_setup(scheduler):
    async def update_graph(client, keys, **options):
        for key in keys:
            scheduler.client_comms[client].send(dict(op="task-erred", key=key, exception=pickle.dumps(Evil()), traceback=None))

    scheduler.stream_handlers["update-graph"] = update_graph
"""


@pytest.fixture
def places(workspace: Workspace, tmp_path: Path) -> Iterator[dict[str, object]]:
    """What an attack would like to reach, and how the test notices it."""
    workspace.seed()
    abstract = f"coursenn-{tmp_path}"
    reached: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as tcp, socket.socket(socket.AF_UNIX) as local:
        local.bind("\0" + abstract)
        local.listen()
        for name, server in (("tcp", tcp), ("abstract", local)):
            threading.Thread(target=_note, args=(name, server, reached), daemon=True).start()
        found = {
            "seed": str(workspace.root / "seed"),
            "marker": str(tmp_path / "marker"),
            "port": tcp.getsockname()[1],
            "abstract": abstract,
        }
        yield found
        # Closing alone would not wake a thread that waits in accept.
        for server in (tcp, local):
            server.shutdown(socket.SHUT_RDWR)
    assert reached == []
    assert not (tmp_path / "marker").exists()


def _note(name: str, server: socket.socket, reached: list[str]) -> None:
    try:
        server.accept()
    except OSError:
        return
    reached.append(name)


def preload(folder: Path, places: dict[str, object], *parts: str) -> Path:
    """Write a module that a worker or a scheduler loads first."""
    path = folder / f"preload_{len(list(folder.glob('preload_*')))}.py"
    path.write_text(EVIL.format(places=json.dumps(places)) + "".join(parts))
    return path


def test_exception_that_runs_code(workspace: Workspace, small: Course, dask: Dask, places: dict[str, object], tmp_path: Path) -> None:
    """Does a worker's exception that runs code when unpickled find no workspace, no seed, no network and no process?"""
    hand_in(workspace, "ada", {"coursenn/layers.py": RIGHT_LAYERS})
    dask.worker("--preload", str(preload(tmp_path, places, RAISES)), COURSENN_HOSTILE="1")
    with pytest.raises(WorkspaceError, match="RAN ") as caught:
        grade(workspace, small, "first", make_pool=dask.pool)
    found_nothing(str(caught.value))
    assert not list(workspace.results.glob("??/*.json"))


def found_nothing(text: str) -> None:
    """Return the beginning of what the attack reports; a stranger's message is never printed at full length."""
    assert '"seed": "FileNotFoundError"' in text
    assert '"workspace": "FileNotFoundError"' in text
    assert '"write": "FileNotFoundError"' in text or '"write": "OSError"' in text
    assert '"tcp": "ConnectionRefusedError"' in text
    assert '"abstract": "ConnectionRefusedError"' in text
    assert '"fork": "PermissionError"' in text


@pytest.mark.parametrize("sends", [ANSWERS, TASKS], ids=["answers", "tasks"])
def test_scheduler_that_runs_code(
    sends: str, workspace: Workspace, small: Course, dask_with: Callable[..., Dask], places: dict[str, object], tmp_path: Path
) -> None:
    """Does a scheduler whose answers run code when they are unpickled get no further than a worker, and end the run with one line?"""
    hand_in(workspace, "ada", {"coursenn/layers.py": RIGHT_LAYERS})
    dask = dask_with("--preload", str(preload(tmp_path, places, sends)), COURSENN_HOSTILE="1")
    try:
        with pytest.raises(WorkspaceError, match="RAN ") as caught:
            grade(workspace, small, "first", make_pool=dask.pool)
    finally:
        dask.end()
    found_nothing(str(caught.value))
    assert not list(workspace.results.glob("??/*.json"))


def test_worker_that_lies(workspace: Workspace, small: Course, dask: Dask, places: dict[str, object], tmp_path: Path) -> None:
    """If a worker lies for a friend, does the friend get the marks of this machine, and is the lie reported?"""
    for student in ("ada", "ben"):
        hand_in(workspace, student, {"coursenn/layers.py": RIGHT_LAYERS})
    hand_in(workspace, "friend", {"coursenn/layers.py": WRONG_BACKWARD})
    dask.worker("--preload", str(preload(tmp_path, places, LIES)))
    report = grade(workspace, small, "first", make_pool=dask.pool)
    assert report.contradicted
    assert "friend: relu-backward 3 there" in report.notes[-1]
    assert marks_of(workspace)["friend", "Alpha", "relu-backward"][0] == 0.0
    assert marks_of(workspace)["ada", "Alpha", "relu-backward"][0] == 3.0
