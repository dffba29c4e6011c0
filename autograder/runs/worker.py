"""What a grading process does, here or on another machine: one submission at a time, plain data in, a result document out."""

from __future__ import annotations

import contextlib
import gc
import json
import multiprocessing
import os
import pickle
import shutil
import signal
import tempfile
import threading
import time
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

from autograder.engine.catalogue import CatalogueError
from autograder.engine.clock import SlowWork
from autograder.manifest import Course, ManifestError, load_course
from autograder.paths import REPOSITORY
from autograder.results.digests import course_digest
from autograder.results.documents import Document
from autograder.results.store import grade_with_engine
from autograder.sandbox.bubblewrap import SandboxUnavailable

LocalRequest = tuple[str, str, str, str, int, bool, bool]
"""The arguments of `grade_folder`."""
_ONE_AT_A_TIME = threading.Lock()
"""The engine must not run in several threads of one process."""


class OtherCourse(RuntimeError):
    """The files of the course or of the autograder have changed since the run began."""


GONE_FOR_GOOD = 3
"""How many looks in a row must find a folder gone."""


def serve(connection: Connection, scratch: str) -> None:
    """Grade what arrives through a connection until its other end is closed: the main loop of a worker process on this machine.

    Parameters
    ----------
    connection : each `LocalRequest` that is received is answered by a result document, or by the exception that grading ended with.
    scratch : folder for temporary files, removed when the process that started this one dies.
    """
    start_worker(scratch)
    with contextlib.suppress(EOFError, ConnectionError):
        while True:
            connection.send(_reply_to(connection.recv()))


def _reply_to(request: LocalRequest) -> Document | Exception:
    try:
        return grade_folder(*request)
    except Exception as error:
        return error if _survives_pickling(error) else RuntimeError(f"{type(error).__name__}: {error}")


def _survives_pickling(error: Exception) -> bool:
    """Whether an exception can reach the other process: some cannot be pickled, some cannot be unpickled."""
    try:
        return type(pickle.loads(pickle.dumps(error))) is type(error)
    except Exception:
        return False


def start_worker(scratch: str) -> None:
    """Make this process a worker of the one that started it: it ends when that ends, and Ctrl-C in a terminal does not reach it.

    Parameters
    ----------
    scratch : folder for temporary files, removed when the other process dies.
    """
    # In its own session, so that Ctrl-C never reaches a sandbox: its end would look like the student's doing.
    with contextlib.suppress(OSError):
        os.setsid()
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    tempfile.tempdir = scratch
    gc.freeze()  # imported objects stay, so the collector need not go through them
    threading.Thread(target=_exit_with_parent, args=(scratch,), daemon=True).start()


def _exit_with_parent(scratch: str) -> None:
    """Wait until the process that started this one ends, remove the temporary files, and end as well."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        # Other workers may write there until they notice, and so may the main thread of this one until it ends.
        gone = 0
        for _ in range(50):
            gone = 0 if os.path.exists(scratch) else gone + 1
            if gone == GONE_FOR_GOOD:
                break
            shutil.rmtree(scratch, ignore_errors=True)
            time.sleep(0.05)
        os._exit(1)


def grade_folder(folder: str, manifest: str, digest: str, assignment: str, seed: int, unsafe: bool, hurry: bool) -> Document:
    """Grade a submission on this machine.

    Raises
    ------
    SlowWork
        When a check uses up its time and ``hurry`` was asked for.
    OtherCourse
        When the files of the course have changed since the run began.
    """
    course = same_course(Path(manifest), digest)
    return grade_with_engine(Path(folder), course, assignment, seed, unsafe, hurry=hurry)


def same_course(manifest: Path, digest: str) -> Course:
    """The course of that manifest, if it is still the one that the run began with."""
    course = load_course(manifest)
    if course_digest(course) != digest:
        raise OtherCourse("the course or the autograder was changed during the run: run this again")
    return course


def grade_packed(head: str, packed: bytes) -> bytes:
    """Grade a submission that came over the wire, on a worker of a cluster.

    Parameters
    ----------
    head : JSON with ``name``, ``manifest`` (relative to the checkout if possible), ``digest``, ``assignment``, ``seed``, ``unsafe``,
        ``hurry``.
    packed : a zip of the submission; only the engine's intake opens it.

    Returns
    -------
    JSON with one of ``document``, ``slow``, ``refused`` (why this worker must not grade), ``catalogue`` (a broken hidden check), ``error``;
    and ``worker``, its address. Never an object that would have to be unpickled.
    """
    request = json.loads(head)
    reply: dict[str, object]
    try:
        reply = {"document": _unpack_and_grade(request, packed)}
    except SlowWork:
        reply = {"slow": True}
    except CatalogueError as error:
        reply = {"catalogue": str(error)}
    except (SandboxUnavailable, OtherCourse, ManifestError) as error:
        reply = {"refused": str(error)}
    except Exception as error:
        reply = {"error": f"{type(error).__name__}: {error}"}
    return json.dumps({**reply, "worker": _worker_address()}).encode()


def _unpack_and_grade(request: dict[str, Any], packed: bytes) -> Document:
    with _ONE_AT_A_TIME, tempfile.TemporaryDirectory(prefix="coursenn-packed-") as folder:
        manifest = REPOSITORY / request["manifest"]
        if not manifest.is_file():
            raise OtherCourse(f"there is no {request['manifest']} in its checkout: use the same checkout on every worker")
        course = load_course(manifest)
        if course_digest(course) != request["digest"]:
            raise OtherCourse("its course, autograder, Python or numpy differ from those here: use the same checkout and environment")
        archive = Path(folder) / "submission.zip"
        archive.write_bytes(packed)
        return grade_with_engine(
            archive, course, request["assignment"], request["seed"], request["unsafe"], request["name"], request["hurry"]
        )


def _worker_address() -> str:
    """Return the address of this worker of a cluster, or an empty string outside a cluster."""
    # Slow to import and optional: grading on this machine does not need it.
    from distributed import get_worker

    try:
        return str(get_worker().address)
    except ValueError:  # not on a cluster
        return ""
