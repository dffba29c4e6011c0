"""A folder served on loopback, for a browser that prints or tests it."""

from __future__ import annotations

import contextlib
import functools
import gzip
import io
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import BinaryIO

TEXT = frozenset({".html", ".css", ".js", ".json", ".svg", ".txt", ".ipynb"})
"""Kinds of files that web servers compress."""


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""

    def send_head(self) -> io.BytesIO | BinaryIO | None:
        """Answers with compressed text, as web servers do, and otherwise like a plain server."""
        path = Path(self.translate_path(self.path))
        if path.is_dir() and self.path.partition("?")[0].endswith("/"):
            path = path / "index.html"
        if path.suffix not in TEXT or not path.is_file() or "gzip" not in self.headers.get("Accept-Encoding", ""):
            return super().send_head()
        content = _compressed(path, path.stat().st_mtime_ns)
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(str(path)))
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        return io.BytesIO(content)


@functools.lru_cache(maxsize=256)
def _compressed(path: Path, changed: int) -> bytes:
    """A file as it is sent; the time of change only says when to read it again."""
    return gzip.compress(path.read_bytes(), 6)


@contextlib.contextmanager
def serving(folder: Path) -> Iterator[str]:
    """A context in which a folder is served; gives the address, without a slash at its end."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
