"""Further processes of this program: how many, and how they are started."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from multiprocessing.connection import wait
from multiprocessing.context import DefaultContext, ForkServerContext
from typing import Any, TypeVar

from autograder.private import hold_folder_of_sockets

LIGHT_START = "autograder.light_start"
"""Imported first, since the server imports what the processes need before any code of ours runs in it."""
Job = TypeVar("Job")
Outcome = TypeVar("Outcome")


def cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def process_context(preload: Sequence[str]) -> DefaultContext | ForkServerContext:
    """A way to start processes that share nothing with this one except the modules that all of them need, imported once."""
    if sys.platform == "win32":
        return multiprocessing.get_context("spawn")
    hold_folder_of_sockets()
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([LIGHT_START, *preload])
    return context


def import_meanwhile(preload: Sequence[str]) -> None:
    """Let the process from which others are copied import what they need while this one still imports its own."""
    if isinstance(process_context(preload), ForkServerContext):
        from multiprocessing import forkserver

        forkserver.ensure_running()


def spread(
    call: Callable[[Job], Outcome], jobs: Iterable[Job], processes: int, module: str, begin: Callable[..., None], *known: Any
) -> Iterator[tuple[Job, Future[Outcome]]]:
    """Run jobs in several processes; yield each with its outcome as it is done.

    Jobs not begun when the caller stops asking are left undone, and the processes end with this one, however that ends.

    Parameters
    ----------
    call, begin : functions of a module.
    jobs : what each call gets.
    module : what the processes import before they are started.
    begin, known : called in each process before its first job.
    """
    pool = ProcessPoolExecutor(processes, process_context([module]), _begin, (begin, known))
    try:
        waiting = {pool.submit(call, job): job for job in jobs}
        for future in as_completed(waiting):
            yield waiting[future], future
    finally:
        pool.shutdown(cancel_futures=True)


def in_a_copy(call: Callable[[], Outcome]) -> Callable[[], Outcome | None]:
    """Begin a call in a copy of this process, where that can be made.

    For code of ours only: what comes back is unpickled.

    Returns
    -------
    waits for what the call returns, and gives it; None when there is nothing, as when it raised.
    """
    if not hasattr(os, "fork"):
        return lambda: None
    reader, writer = os.pipe()
    process = os.fork()
    if not process:
        # Whatever happens, the copy ends here, and runs nothing that its original has yet to do.
        status = 1
        try:
            os.close(reader)
            with open(writer, "wb") as pipe:
                pickle.dump(call(), pipe, protocol=pickle.HIGHEST_PROTOCOL)
            status = 0
        finally:
            os._exit(status)
    os.close(writer)

    def outcome() -> Outcome | None:
        with open(reader, "rb") as pipe:
            said = pipe.read()
        _, status = os.waitpid(process, 0)
        found: Outcome | None = None if status else pickle.loads(said)
        return found

    return outcome


def _begin(begin: Callable[..., None], known: Sequence[Any]) -> None:
    threading.Thread(target=_end_with_parent, daemon=True).start()
    begin(*known)


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        # The executor's processes wait for jobs for ever when the process that hands them out is killed.
        os._exit(1)
