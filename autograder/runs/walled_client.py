"""Runs inside the wall: Dask's client, with dask.distributed beside it and nothing of ours but `framing` and `relay`.

What workers and schedulers send is unpickled here, whatever a client asks for, so what they want to run runs here: without a
workspace, without a seed, without a network but for one socket, whose other end goes to the scheduler and nowhere else.

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
    """What a worker sent is not passed on."""


class Out:
    """Events on their way out, from several threads."""

    def __init__(self) -> None:
        # What a library prints must not get between the frames.
        self._file = os.fdopen(os.dup(1), "wb", buffering=0)
        os.dup2(2, 1)
        self._lock = threading.Lock()

    def event(self, kind: str, **fields: Any) -> None:
        """Send one event; `Unreadable` when it would be too large."""
        content = json.dumps({"type": kind, **fields}, ensure_ascii=False).encode("utf-8", "replace")
        with self._lock:
            try:
                write_frame(self._file, content)
            except FrameError as error:
                raise Unreadable("too large") from error


def main(protocol: str, memory: int) -> None:
    """Connect, then send what is asked for and say what comes back, until there are no more requests."""
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
    """Dask asks psutil for the memory of the machine when it is imported, and psutil asks a ``/proc`` that is not here."""
    psutil: Any = types.ModuleType("psutil")
    psutil.virtual_memory = lambda: types.SimpleNamespace(total=1 << 32)
    psutil.Process = object
    for name in ("net_io_counters", "disk_io_counters"):
        setattr(psutil, name, lambda: None)
    sys.modules["psutil"] = psutil


def _listen() -> int:
    """Pass on whatever connects to a port of this wall's loopback; the port."""
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
    """A function that a worker takes for its own: pickle sends its name alone."""
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
        """Send, or take back, what is asked for; the end of the requests is the end of this process."""
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
        """Say again and again which workers there are."""
        try:
            while True:
                self.out.event("workers", threads=dict(self.client.nthreads()))
                time.sleep(WORKERS_EVERY_S)
        except BaseException:
            # The scheduler is gone, or nobody reads any more.
            os._exit(1)

    def tell_results(self) -> None:
        """Say what became of each job, as it comes back."""
        while True:
            key = self.done.get()
            if future := self.futures.pop(key, None):
                self._tell(key, future)

    def _tell(self, key: str, future: Any) -> None:
        from distributed import CancelledError, KilledWorker
        from distributed.comm.core import CommClosedError

        try:
            # As text: what it means is seen where it is known whose it is.
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
