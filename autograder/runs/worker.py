"""What a grading process does, here or on another machine: one submission at a time, plain data in, a result document out."""

from __future__ import annotations

import contextlib
import gc
import json
import multiprocessing
import os
import shutil
import signal
import tempfile
import threading
import time
from multiprocessing.connection import wait
from pathlib import Path

from autograder.engine.catalogue import CatalogueError
from autograder.manifest import Course, ManifestError, load_course
from autograder.paths import REPOSITORY
from autograder.results.digests import course_digest
from autograder.results.documents import Document
from autograder.results.store import grade_with_engine
from autograder.sandbox.bubblewrap import SandboxUnavailable

_ONE_AT_A_TIME = threading.Lock()
"""The engine is not for several threads of one process."""


class OtherCourse(RuntimeError):
    """The files of course or autograder are not the ones that the run began with."""


def begin(scratch: str) -> None:
    """Make this process a worker of the one that started it: gone when that is gone, deaf to Ctrl-C in its terminal.

    Parameters
    ----------
    scratch : folder for temporary files, removed when the other process dies.
    """
    # In a session of its own, so that Ctrl-C never reaches a sandbox: its end would look like the student's doing.
    with contextlib.suppress(OSError):
        os.setsid()
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    tempfile.tempdir = scratch
    gc.freeze()  # what was imported stays, and need not be looked through for garbage
    threading.Thread(target=_watch, args=(scratch,), daemon=True).start()


def _watch(scratch: str) -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        # Another worker may be writing there until its own watch looks up.
        for _ in range(50):
            shutil.rmtree(scratch, ignore_errors=True)
            if not os.path.exists(scratch):
                break
            time.sleep(0.1)
        os._exit(1)


def grade_folder(folder: str, manifest: str, digest: str, assignment: str, seed: int, unsafe: bool) -> Document:
    """Grade a submission that lies here.

    Raises
    ------
    OtherCourse
        When the files of this process are not the ones that the run began with.
    """
    course = same_course(Path(manifest), digest)
    return grade_with_engine(Path(folder), course, assignment, seed, unsafe)


def same_course(manifest: Path, digest: str) -> Course:
    """The course of that manifest, when it gives the marks that the run stands for."""
    course = load_course(manifest)
    if course_digest(course) != digest:
        raise OtherCourse("the course or the autograder was changed while it graded: run this again")
    return course


def grade_packed(head: str, packed: bytes) -> bytes:
    """Grade a submission that came over the wire, on a worker of a cluster.

    Parameters
    ----------
    head : JSON with ``name``, ``manifest`` (relative to the checkout where it can be), ``digest``, ``assignment``, ``seed``, ``unsafe``.
    packed : a zip of the submission; the engine's intake is the only one to open it.

    Returns
    -------
    JSON with one of ``document``, ``refused`` (why this worker must not grade), ``catalogue`` (a broken hidden check), ``error``;
    and ``worker``, its address. Never an object that would have to be unpickled.
    """
    told = json.loads(head)
    reply: dict[str, object]
    try:
        reply = {"document": _unpack_and_grade(told, packed)}
    except CatalogueError as error:
        reply = {"catalogue": str(error)}
    except (SandboxUnavailable, OtherCourse, ManifestError) as error:
        reply = {"refused": str(error)}
    except Exception as error:
        reply = {"error": f"{type(error).__name__}: {error}"}
    return json.dumps({**reply, "worker": _worker_address()}).encode()


def _unpack_and_grade(told: dict[str, str], packed: bytes) -> Document:
    with _ONE_AT_A_TIME, tempfile.TemporaryDirectory(prefix="coursenn-packed-") as folder:
        manifest = REPOSITORY / told["manifest"]
        if not manifest.is_file():
            raise OtherCourse(f"there is no {told['manifest']} in its checkout: use the same checkout on every worker")
        course = load_course(manifest)
        if course_digest(course) != told["digest"]:
            raise OtherCourse("its course, autograder, Python or numpy differ from those here: use the same checkout and environment")
        archive = Path(folder) / "submission.zip"
        archive.write_bytes(packed)
        return grade_with_engine(archive, course, told["assignment"], int(told["seed"]), bool(told["unsafe"]), told["name"])


def _worker_address() -> str:
    from distributed import get_worker

    try:
        return str(get_worker().address)
    except ValueError:  # not on a cluster
        return ""
