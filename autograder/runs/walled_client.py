"""Runs inside the sandbox: Dask's client with dask.distributed, and no modules of the autograder except `framing` and `relay`.

What workers and schedulers send is unpickled here in any case, so they can run any code here: without a
workspace, without a seed, and without a network except one socket, whose other end leads only to the scheduler.

Requests come in on stdin and events go out on stdout, framed; `autograder.runs.client_process` has their types. The arguments
are the protocol, and the bytes of memory.
"""

from __future__ import annotations

import json
import os
import queue
import resource
import socket
import sys
import threading
import time
import types
from typing import Any

from autograder.runs.framing import MOST_REPLY_BYTES, FrameError, read_frame, write_frame
from autograder.runs.relay import pass_on

CONNECTION = "/connection"
CERTIFICATES = {"tls_ca_file": "/tls/ca.pem", "tls_client_cert": "/tls/cert.pem", "tls_client_key": "/tls/key.pem"}
GRADER = "autograder.runs.worker"
WORKERS_EVERY_S = 2.0
RESULT_S = 15.0
CONNECT_S = 15.0
MOST_TEXT = 300


class Unreadable(Exception):
    """A worker's answer that is not passed on."""


class Out:
    """Events on their way out, from several threads."""

    def __init__(self) -> None:
        # Output printed by a library must not get between the frames.
        self._file = os.fdopen(os.dup(1), "wb", buffering=0)
        os.dup2(2, 1)
        self._lock = threading.Lock()

    def event(self, kind: str, **fields: Any) -> None:
        """Send one event; `Unreadable` if it would be too large."""
        content = json.dumps({"type": kind, **fields}, ensure_ascii=False).encode("utf-8", "replace")
        with self._lock:
            try:
                write_frame(self._file, content)
            except FrameError as error:
                raise Unreadable("too large") from error


def main(protocol: str, memory: int) -> None:
    """Connect, then send the requested jobs and report what comes back, until there are no more requests."""
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    out = Out()
    _without_proc()
    try:
        client = _connect(protocol, _listen())
    except Exception as error:
        out.event("unreachable", text=f"{type(error).__name__}: {error}"[:MOST_TEXT])
        return
    jobs = Jobs(client, out)
    threading.Thread(target=jobs.take_requests, daemon=True).start()
    threading.Thread(target=jobs.tell_workers, daemon=True).start()
    jobs.tell_results()


def _without_proc() -> None:
    """Replace psutil's memory query: Dask makes it on import, and it reads ``/proc``, which does not exist here."""
    psutil: Any = types.ModuleType("psutil")
    psutil.virtual_memory = lambda: types.SimpleNamespace(total=1 << 32)
    psutil.Process = object
    for name in ("net_io_counters", "disk_io_counters"):
        setattr(psutil, name, lambda: None)
    sys.modules["psutil"] = psutil


def _listen() -> int:
    """Pass on connections to a port of the sandbox's loopback; return the port."""
    listener = socket.create_server(("127.0.0.1", 0))
    threading.Thread(target=_pass_on_all, args=(listener,), daemon=True).start()
    port: int = listener.getsockname()[1]
    return port


def _pass_on_all(listener: socket.socket) -> None:
    while True:
        near, _ = listener.accept()
        far = socket.socket(socket.AF_UNIX)
        far.connect(CONNECTION)
        for a, b in ((near, far), (far, near)):
            threading.Thread(target=pass_on, args=(a, b), daemon=True).start()


def _connect(protocol: str, port: int) -> Any:
    from distributed import Client
    from distributed.security import Security

    security = Security(**CERTIFICATES, require_encryption=True) if protocol == "tls" else None
    return Client(
        f"{protocol}://127.0.0.1:{port}",
        security=security,
        timeout=CONNECT_S,
        set_as_default=False,
        direct_to_workers=False,
        deserializers=["dask", "msgpack"],
        name="autograder",
    )


def _grader() -> Any:
    """A function that a worker takes for its own, since pickle sends only its name."""
    module: Any = types.ModuleType(GRADER)

    def grade_packed(head: str, packed: bytes) -> bytes:
        raise NotImplementedError

    grade_packed.__module__, grade_packed.__qualname__ = GRADER, "grade_packed"
    module.grade_packed, sys.modules[GRADER] = grade_packed, module
    return grade_packed


class Jobs:
    """What was sent and has not come back."""

    def __init__(self, client: Any, out: Out) -> None:
        self.client, self.out = client, out
        self.grader = _grader()
        self.futures: dict[str, Any] = {}
        self.done: queue.SimpleQueue[Any] = queue.SimpleQueue()

    def take_requests(self) -> None:
        """Send or cancel jobs as requested; when the requests end, so does this process."""
        try:
            while True:
                request = json.loads(read_frame(sys.stdin.buffer))
                if request["op"] == "send":
                    self._send(request, read_frame(sys.stdin.buffer))
                elif future := self.futures.pop(request["key"], None):
                    future.cancel()
        except (FrameError, EOFError):
            os._exit(0)
        except BaseException:
            os._exit(1)

    def _send(self, request: dict[str, Any], archive: bytes) -> None:
        key, workers = request["key"], request["workers"] or None
        future = self.client.submit(self.grader, request["head"], archive, key=key, pure=False, workers=workers)
        self.futures[key] = future
        future.add_done_callback(lambda f: self.done.put(f.key))

    def tell_workers(self) -> None:
        """Report the workers at regular intervals."""
        try:
            while True:
                self.out.event("workers", threads=dict(self.client.nthreads()))
                time.sleep(WORKERS_EVERY_S)
        except BaseException:
            # The scheduler is gone, or nobody reads the events any more.
            os._exit(1)

    def tell_results(self) -> None:
        """Report the outcome of each job as it comes back."""
        while True:
            key = self.done.get()
            if future := self.futures.pop(key, None):
                self._tell(key, future)

    def _tell(self, key: str, future: Any) -> None:
        from distributed import CancelledError, KilledWorker
        from distributed.comm.core import CommClosedError

        try:
            # As text: the other side knows whose it is and reads it.
            self.out.event("reply", key=key, reply=_text(future.result(timeout=RESULT_S)))
        except KilledWorker:
            self.out.event("lost", key=key, why="killed")
        except (CancelledError, CommClosedError, TimeoutError):
            self.out.event("lost", key=key, why="gone")
        except Unreadable as error:
            self.out.event("lost", key=key, why="unreadable", text=f"{error}"[:MOST_TEXT])
        except Exception as error:
            self.out.event("lost", key=key, why="failed", text=f"{type(error).__name__}: {error}"[:MOST_TEXT])
        finally:
            future.release()


def _text(reply: object) -> str:
    if not isinstance(reply, bytes) or len(reply) > MOST_REPLY_BYTES:
        raise Unreadable("not bytes, or too many")
    try:
        return reply.decode()
    except UnicodeDecodeError as error:
        raise Unreadable("not text") from error


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
