"""The only connection out of the sandbox of Dask's client: bytes to the scheduler and back, and to nobody else."""

from __future__ import annotations

import contextlib
import socket
import threading
from pathlib import Path

from autograder.runs.relay import pass_on

MOST_CONNECTIONS = 64
"""The most connections at a time; Dask's client needs a few."""
CONNECT_S = 15.0


class Connection:
    """A socket in the file system; anything that connects to it talks to the scheduler. The bytes are not inspected.

    Parameters
    ----------
    path : where the socket is created.
    host, port : where the scheduler listens.
    """

    def __init__(self, path: Path, host: str, port: int) -> None:
        self.path, self.host, self.port = path, host, port
        self._room = threading.BoundedSemaphore(MOST_CONNECTIONS)
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(path))
        self._listener.listen(MOST_CONNECTIONS)
        threading.Thread(target=self._accept_all, daemon=True).start()

    def close(self) -> None:
        """Accept no more connections; existing ones end with either side."""
        # Closing by itself would not wake up a thread that waits in accept.
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.path.unlink(missing_ok=True)

    def _accept_all(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                if self._room.acquire(blocking=False):
                    threading.Thread(target=self._join, args=(near,), daemon=True).start()
                else:
                    near.close()

    def _join(self, near: socket.socket) -> None:
        try:
            with near, socket.create_connection((self.host, self.port), timeout=CONNECT_S) as far:
                far.settimeout(None)
                back = threading.Thread(target=pass_on, args=(far, near), daemon=True)
                back.start()
                pass_on(near, far)
                back.join()
        except OSError:
            pass
        finally:
            self._room.release()
