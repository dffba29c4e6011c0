"""What a grading process does, here or on another machine: one submission at a time, plain data in, a result document out."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import shutil
import signal
import tempfile
import threading
from multiprocessing.connection import wait
from pathlib import Path

from autograder.bridge.digests import course_digest
from autograder.bridge.documents import Document
from autograder.bridge.results import grade_with_engine
from autograder.course import Course, load_course

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


class OtherCourse(RuntimeError):
    """The files of course or autograder are not the ones that the run began with."""


def pin_threads() -> None:
    """One thread for linear algebra: the cores are used by several processes. Before numpy is imported."""
    for name in THREADS:
        os.environ.setdefault(name, "1")


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
    threading.Thread(target=_watch, args=(scratch,), daemon=True).start()


def _watch(scratch: str) -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        shutil.rmtree(scratch, ignore_errors=True)
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
