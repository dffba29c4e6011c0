"""Fetch CIFAR-10: resumed after a cut, checked before use, and never half in place.

pooch keeps the file and its checksum; what it lacks, continuing where a cut connection stopped, is the
`ResumingDownloader` handed to it. Until the checksum holds, the bytes are in ``NAME.part`` or in a temporary
file of pooch; a file that is already in place is replaced by a checked one or not at all.
"""

from __future__ import annotations

import contextlib
import errno
import importlib
import logging
import os
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ._bars import progress_bar
from .data_archives import BINARY_ARCHIVE, PYTHON_ARCHIVE, DataError

DEFAULT_URL = f"https://www.cs.toronto.edu/~kriz/{BINARY_ARCHIVE}"
CHECKSUMS = {BINARY_ARCHIVE: "c32a1d4ab5d03f1284b67883e8d87530", PYTHON_ARCHIVE: "c58f30108f718f92721af3b95e74349a"}
"""md5 sums that the authors of CIFAR-10 publish."""

MAX_BYTES = 2**30
BLOCK = 2**18
TIMEOUT_S = 20.0
ATTEMPTS = 4
"""Tries in a row that fetch no new byte, before giving up."""

OFFLINE = (
    "Without it everything works on the embedded set, with no step to take. To use the real images anyway, copy "
    f"{BINARY_ARCHIVE} here from another machine and set COURSENN_DATA to its path."
)


class DownloadError(DataError):
    """The archive could not be fetched; the message says why, what was kept, and what to do."""


class _Cut(Exception):
    """The connection ended early; it makes sense to continue from where it stopped."""


def download(
    url: str = DEFAULT_URL, dest: str | os.PathLike[str] = ".", md5: str | None = None, *, progress: bool = True, pause_s: float = 1.0
) -> Path:
    """Fetch an archive into a folder and check it.

    Parameters
    ----------
    url : where it is; the last part of its path names the file.
    dest : folder, made when it is missing.
    md5 : 32 hexadecimal digits; by default the published sum of the two CIFAR-10 archives, by file name.
    progress : show a progress bar on stderr.
    pause_s : seconds to wait before a second try, longer before each further one.

    Returns
    -------
    The path of the checked file. A file there that is already right is kept and nothing is fetched.

    Raises
    ------
    DownloadError
        no network, a refusing server, a wrong checksum, a full disk.
    ValueError
        for a URL that names neither archive, when ``md5`` is not given.
    """
    name = Path(urlsplit(url).path).name
    known = (md5 or CHECKSUMS.get(name, "")).lower()
    if urlsplit(url).scheme not in ("http", "https") or not name:
        raise ValueError(f"{url} is not an http(s) address of a file")
    if not re.fullmatch("[0-9a-f]{32}", known):
        raise ValueError(f"what should {name!r} be? Its md5 must be given, unless it is {' or '.join(CHECKSUMS)}")
    target = Path(dest).expanduser() / name
    part = target.with_name(name + ".part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DownloadError(f"cannot make the folder {target.parent}: {error.strerror}.") from error
    resumed = part.exists()
    try:
        _retrieve(url, target, known, ResumingDownloader(part, progress, pause_s))
    except _WrongChecksum:
        if not resumed:
            raise
        # What an earlier run left may belong to another version of the file: once more, from the start.
        _retrieve(url, target, known, ResumingDownloader(part, progress, pause_s))
    return target


class _WrongChecksum(DownloadError):
    pass


def _retrieve(url: str, target: Path, md5: str, downloader: ResumingDownloader) -> None:
    pooch = importlib.import_module("pooch")
    there = "The file that was there before is untouched." if target.exists() else "Nothing was kept."
    with _quiet(pooch.get_logger()):
        try:
            pooch.retrieve(url, known_hash=f"md5:{md5}", fname=target.name, path=target.parent, downloader=downloader)
        except ValueError as error:
            raise _WrongChecksum(
                f"what {url} sent is not {target.name}: its md5 is not {md5}. {there} Try again later or from another address. {OFFLINE}"
            ) from error
        except OSError as error:
            raise _disk_error(error, target.parent, "") from error


@contextlib.contextmanager
def _quiet(logger: logging.Logger) -> Iterator[None]:
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)


def _disk_error(error: OSError, folder: Path, kept: str) -> DownloadError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return DownloadError(
            f"no space left in {folder} ({error.strerror}). The unfinished download was removed; older files are untouched. "
            "Free about 200 MB, or name another folder with --dest or COURSENN_CACHE."
        )
    return DownloadError(f"cannot write in {folder}: {error.strerror or error}. {kept}".rstrip())


class ResumingDownloader:
    """A pooch downloader that collects a file in ``part`` and continues where an earlier try, or run, stopped."""

    def __init__(self, part: Path, progress: bool, pause_s: float) -> None:
        self.part, self.progress, self.pause_s = part, progress, pause_s

    def __call__(self, url: str, output_file: str, pooch: Any, check_only: bool = False) -> None:
        """Fetch ``url`` and move it to ``output_file``, which pooch checks and puts in place."""
        failures = 0
        while True:
            before = self._have()
            try:
                self._fetch(url)
                break
            except _Cut as cut:
                failures = 0 if self._have() > before else failures + 1
                if failures >= ATTEMPTS:
                    raise DownloadError(f"cannot fetch {url}: {cut}. {self._kept()}{OFFLINE}") from cut
                time.sleep(self.pause_s * (failures + 1))
        os.replace(self.part, output_file)

    def _have(self) -> int:
        return self.part.stat().st_size if self.part.exists() else 0

    def _kept(self) -> str:
        have = self._have()
        return f"{have} bytes are kept in {self.part}; the same command continues from there. " if have else "Nothing was kept. "

    def _fetch(self, url: str) -> None:
        """One connection; `_Cut` when another one may bring more."""
        requests = importlib.import_module("requests")
        have = self._have()
        # identity: a server that "helpfully" decodes the gzip archive would spoil lengths and checksum
        headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={have}-"} if have else {})
        try:
            response = requests.get(url, headers=headers, stream=True, timeout=TIMEOUT_S)
        except requests.RequestException as error:
            raise _Cut(f"no connection to {urlsplit(url).netloc} ({type(error).__name__})") from error
        with response:
            total = self._begin(response, have, url)
            if total is None or self._have() < total:
                self._collect(response, total)

    def _begin(self, response: Any, have: int, url: str) -> int | None:
        """Judge the answer's head, cut ``part`` to what the answer continues, and return the full size if it is told."""
        status, told = response.status_code, response.headers.get("Content-Range", "")
        if status == 416 and told == f"bytes */{have}":
            return have
        span = re.fullmatch(r"bytes (\d+)-\d+/(\d+|\*)", told)
        if status == 206 and span and int(span[1]) == have:
            return None if span[2] == "*" else int(span[2])
        if status in (206, 416):
            self.part.unlink(missing_ok=True)
            raise _Cut("the server sent another range than the one that was asked for")
        if status >= 500 or status == 429:
            raise _Cut(f"the server answers {status} {response.reason}")
        if status != 200:
            raise DownloadError(f"cannot fetch {url}: the server answers {status} {response.reason}. {self._kept()}{OFFLINE}")
        self.part.unlink(missing_ok=True)
        length = response.headers.get("Content-Length", "")
        return int(length) if length.isdecimal() else None

    def _collect(self, response: Any, total: int | None) -> None:
        urllib3 = importlib.import_module("urllib3")
        name = self.part.name.removesuffix(".part")
        bar = progress_bar(name, total, self._have(), unit="B", unit_scale=True) if self.progress else None
        with contextlib.nullcontext() if bar is None else bar:
            while True:
                try:
                    block = response.raw.read(BLOCK, decode_content=False)
                except (urllib3.exceptions.HTTPError, OSError) as error:
                    raise _Cut(f"the connection was cut ({type(error).__name__})") from error
                if not block:
                    break
                self._append(block)
                if bar is not None:
                    bar.update(len(block))
                if self._have() > min(MAX_BYTES, total or MAX_BYTES):
                    self.part.unlink()
                    raise DownloadError(f"the server sends more than {name} holds. Nothing was kept. {OFFLINE}")
        if total is not None and self._have() < total:
            raise _Cut("the connection was cut")

    def _append(self, block: bytes) -> None:
        try:
            _write(self.part, block)
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
                self.part.unlink(missing_ok=True)
            raise _disk_error(error, self.part.parent, self._kept()) from error


def _write(path: Path, block: bytes) -> None:
    with path.open("ab") as file:
        file.write(block)
