"""Does the download work with a server that breaks off, refuses or sends something else?"""

from __future__ import annotations

import errno
import hashlib
import re
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

pytest.importorskip("pooch")

from coursenn import data_download, data_utils
from coursenn.data_download import DownloadError, download

CONTENT = bytes(range(256)) * 4000
MD5 = hashlib.md5(CONTENT).hexdigest()
NAME = "images.tar.gz"


class Server:
    """A server of CONTENT that records the requests and misbehaves as its attributes say."""

    def __init__(self) -> None:
        self.content = CONTENT
        self.cuts: list[int] = []
        self.ranges = True
        self.status = 200
        self.asked: list[str] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, format: str, *args: object) -> None:
                pass

            def do_GET(self) -> None:
                asked = self.headers.get("Range", "")
                outer.asked.append(asked)
                span = re.fullmatch(r"bytes=(\d+)-", asked)
                start = int(span[1]) if span and outer.ranges else 0
                total = len(outer.content)
                if outer.status != 200:
                    self.send_error(outer.status)
                    return
                if start >= total:
                    self.send_response(416)
                    self.send_header("Content-Range", f"bytes */{total}")
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                    return
                self.send_response(206 if start else 200)
                if start:
                    self.send_header("Content-Range", f"bytes {start}-{total - 1}/{total}")
                self.send_header("Content-Length", str(total - start))
                # Many servers send this for .tar.gz; a client that obeyed it would spoil the file.
                self.send_header("Content-Encoding", "x-gzip")
                self.end_headers()
                body = outer.content[start:]
                self.wfile.write(body[: outer.cuts.pop(0)] if outer.cuts else body)

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_port}/{NAME}"


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.fixture
def server() -> Iterator[Server]:
    served = Server()
    thread = threading.Thread(target=served.http.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield served
    served.http.shutdown()
    served.http.server_close()
    thread.join()


def fetch(server: Server, dest: Path, md5: str = MD5) -> Path:
    return download(server.url, dest, md5, progress=False, pause_s=0)


def test_fetches_and_checks(server: Server, tmp_path: Path) -> None:
    """Does a download leave the file and nothing else?"""
    assert fetch(server, tmp_path / "new" / "folder").read_bytes() == CONTENT
    assert [p.name for p in (tmp_path / "new" / "folder").iterdir()] == [NAME]


def test_a_good_file_is_not_fetched_again(server: Server, tmp_path: Path) -> None:
    """Does a second download ask the server for nothing?"""
    fetch(server, tmp_path)
    fetch(server, tmp_path)
    assert len(server.asked) == 1


def test_resumes_after_cuts(server: Server, tmp_path: Path) -> None:
    """Does a download continue where the connection broke off, without asking for a byte twice?"""
    server.cuts = [300_000, 0, 200_000]
    assert fetch(server, tmp_path).read_bytes() == CONTENT
    assert server.asked == ["", "bytes=300000-", "bytes=300000-", "bytes=500000-"]


def test_resumes_in_a_later_run(server: Server, tmp_path: Path) -> None:
    """Does a run that gives up keep its bytes and say so, and does the next run continue from there?"""
    server.cuts = [300_000] + [0] * data_download.ATTEMPTS
    with pytest.raises(DownloadError, match=r"300000 bytes are kept in .*the same command continues from there"):
        fetch(server, tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == [NAME + ".part"]
    server.asked.clear()
    assert fetch(server, tmp_path).read_bytes() == CONTENT
    assert server.asked == ["bytes=300000-"]


def test_a_complete_part_is_used(server: Server, tmp_path: Path) -> None:
    """Is a complete part, left by a process that ended before the move, accepted after its check?"""
    (tmp_path / (NAME + ".part")).write_bytes(CONTENT)
    assert fetch(server, tmp_path).read_bytes() == CONTENT


@pytest.mark.parametrize("left", [b"x" * 1000, b"x" * (len(CONTENT) + 5)])
def test_a_part_of_another_file_is_thrown_away(server: Server, tmp_path: Path, left: bytes) -> None:
    """Is the right file downloaded despite a part of another version, shorter or longer?"""
    (tmp_path / (NAME + ".part")).write_bytes(left)
    assert fetch(server, tmp_path).read_bytes() == CONTENT


def test_a_server_without_ranges(server: Server, tmp_path: Path) -> None:
    """Is the file right if the server always starts at the beginning?"""
    server.ranges, server.cuts = False, [300_000]
    assert fetch(server, tmp_path).read_bytes() == CONTENT


def test_wrong_checksum_keeps_nothing(server: Server, tmp_path: Path) -> None:
    """Does a wrong checksum give a clear error and leave the folder empty?"""
    server.content = CONTENT[:-1] + b"!"
    with pytest.raises(DownloadError, match=r"its md5 is not .*Nothing was kept"):
        fetch(server, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_wrong_checksum_leaves_an_older_file(server: Server, tmp_path: Path) -> None:
    """Is an older good file kept if the server sends something else?"""
    old = fetch(server, tmp_path)
    server.content = b"newer and wrong"
    with pytest.raises(DownloadError, match="The file that was there before is untouched"):
        fetch(server, tmp_path, md5="0" * 32)
    assert old.read_bytes() == CONTENT
    assert [p.name for p in tmp_path.iterdir()] == [NAME]


def test_disk_full(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If the disk fills up, is there a clear error, is the space freed, and is the older file kept?"""
    older = tmp_path / "older.tar.gz"
    older.write_bytes(b"good")
    write = data_download._write

    def fills_up(path: Path, block: bytes) -> None:
        if path.exists() and path.stat().st_size > 300_000:
            raise OSError(errno.ENOSPC, "No space left on device")
        write(path, block)

    monkeypatch.setattr(data_download, "_write", fills_up)
    with pytest.raises(DownloadError, match=r"no space left in .*unfinished download was removed.*--dest"):
        fetch(server, tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ["older.tar.gz"]


def test_disk_full_for_real(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Does the system's own error for a full disk give the same message?"""
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("this system has no /dev/full")
    write = data_download._write
    monkeypatch.setattr(data_download, "_write", lambda path, block: write(full, block))
    with pytest.raises(DownloadError, match="no space left"):
        fetch(server, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_no_network(tmp_path: Path) -> None:
    """Without a network, does the message say what works without it?"""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}/{NAME}"
        with pytest.raises(DownloadError, match=r"no connection to 127\.0\.0\.1.*Nothing was kept.*embedded.*COURSENN_DATA"):
            download(url, tmp_path, MD5, progress=False, pause_s=0)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("status", "tries"), [(404, 1), (503, data_download.ATTEMPTS)])
def test_a_refusing_server(server: Server, tmp_path: Path, status: int, tries: int) -> None:
    """Is a missing page asked for once, and an overloaded server again?"""
    server.status = status
    with pytest.raises(DownloadError, match=f"the server answers {status}"):
        fetch(server, tmp_path)
    assert len(server.asked) == tries


def test_a_server_that_sends_too_much(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Is an endless answer broken off?"""
    monkeypatch.setattr(data_download, "MAX_BYTES", 1000)
    with pytest.raises(DownloadError, match="sends more than"):
        fetch(server, tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("url", ["ftp://127.0.0.1/x.tar.gz", "file:///etc/passwd", "http://127.0.0.1/unknown.bin", "http://127.0.0.1/"])
def test_unusable_addresses(url: str, tmp_path: Path) -> None:
    """Is an address that cannot be used or checked refused before anything is sent?"""
    with pytest.raises(ValueError, match=r"not an http|md5 must be given"):
        download(url, tmp_path, progress=False)


def test_command(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Does the command show a bar, say where the file is, and exit with 0, 1 and 2 as documented?"""
    monkeypatch.setenv("COURSENN_CACHE", str(tmp_path))
    assert data_utils.main(["download", "--url", server.url, "--md5", MD5]) == 0
    shown = capsys.readouterr()
    assert f"{tmp_path / NAME} is complete" in shown.out
    assert "100%" in shown.err
    server.status = 404
    assert data_utils.main(["download", "--url", server.url, "--md5", "0" * 32, "--quiet"]) == 1
    assert "404" in capsys.readouterr().err
    with pytest.raises(SystemExit) as misuse:
        data_utils.main(["download", "--url", "http://127.0.0.1/unknown"])
    assert misuse.value.code == 2
