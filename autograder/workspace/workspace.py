"""The folder that holds a class: student work, gradebook, secret seed. Nothing of it is ever deleted by a command."""

from __future__ import annotations

import contextlib
import os
import secrets
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from autograder.manifest import Course, load_course
from autograder.paths import PARTIAL, write_atomically

BACKUPS_KEPT = 20
LOCKED = "is locked by another program. Close the formgrader or the nbgrader command that uses it, then run this again."
_GRADEBOOK_WAIT_S = 5.0


class WorkspaceError(Exception):
    """Something that a person must change first; the message says what."""


class Obstacle(WorkspaceError):
    """Something that would stop every submission: a run that meets it stops."""


@dataclass(frozen=True)
class Workspace:
    """An ordinary nbgrader course folder, plus what the autograder keeps beside it."""

    root: Path
    exchange: Path
    manifest: Path

    @property
    def gradebook(self) -> Path:
        """nbgrader's database, the system of record."""
        return self.root / "gradebook.db"

    @property
    def db_url(self) -> str:
        """The gradebook as SQLAlchemy and nbgrader name it."""
        return f"sqlite:///{self.gradebook}"

    @property
    def results(self) -> Path:
        """Result documents, addressed by content."""
        return self.root / "results"

    @property
    def rubrics(self) -> Path:
        """Rubrics and model answers: for graders, never released."""
        return self.root / "rubrics"

    @property
    def earlier(self) -> Path:
        """Earlier attempts and replaced releases, kept aside."""
        return self.root / "earlier"

    @property
    def logs(self) -> Path:
        """nbgrader's messages, one file per command."""
        return self.root / "logs"

    def source(self, assignment: str) -> Path:
        """What nbgrader makes the release from: student notebooks and stubs, no solution."""
        return self.root / "source" / assignment

    def released(self, assignment: str) -> Path:
        """What students get."""
        return self.root / "release" / assignment

    def submitted(self, student: str, assignment: str) -> Path:
        """What a student handed in, unchanged."""
        return self.root / "submitted" / student / assignment

    def autograded(self, student: str, assignment: str) -> Path:
        """The graded copy that the formgrader shows."""
        return self.root / "autograded" / student / assignment

    def feedback(self, student: str, assignment: str) -> Path:
        """The feedback pages of a student."""
        return self.root / "feedback" / student / assignment

    def course(self) -> Course:
        """The course this workspace belongs to."""
        return load_course(self.manifest)

    def seed(self) -> int:
        """The secret from which inputs of hidden checks are drawn: made once, readable only by the owner.

        Raises
        ------
        WorkspaceError
            When the seed is lost while results exist, or is not a number: marks would change silently.
        """
        path = self.root / "seed"
        if not path.exists():
            if any(self.results.glob("*/*.json")):
                raise WorkspaceError(f"{path} is gone but results exist: put it back, or move {self.results} away to regrade all")
            write_atomically(path, f"{secrets.randbits(62)}\n", mode=0o600)
        try:
            return int(path.read_text(encoding="ascii"))
        except (ValueError, UnicodeDecodeError) as error:
            raise WorkspaceError(f"{path} does not hold a number: put the original file back") from error

    def students(self, assignment: str) -> list[str]:
        """Who handed in that assignment, in alphabetical order; links are not followed."""
        folders = self.root.glob(f"submitted/*/{assignment}")
        return sorted(p.parent.name for p in folders if p.is_dir() and not p.is_symlink() and not p.parent.is_symlink())

    @contextlib.contextmanager
    def writing(self, command: str) -> Iterator[None]:
        """Be the only command that writes here, with a fresh backup of the gradebook.

        Raises
        ------
        WorkspaceError
            When another command is at work or the gradebook is locked or unwritable.
        """
        with self.only_one(f"autograder {command}"):
            self.require_gradebook()
            try:
                self.back_up(command)
            except (OSError, sqlite3.Error) as error:
                raise Obstacle(
                    f"no backup of the gradebook could be written ({error}), so nothing was done: free some space or fix the permissions"
                ) from error
            yield

    @contextlib.contextmanager
    def only_one(self, holder: str) -> Iterator[None]:
        """Be the only program that writes here, under that name.

        Raises
        ------
        WorkspaceError
            When another one is at work.
        """
        try:
            import fcntl
        except ImportError:  # Windows has no flock, and nbgrader no exchange there either
            yield
            return
        try:
            # Unbuffered, so that closing the file writes nothing when the disk is full.
            lock = os.fdopen(os.open(self.root / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600), "r+b", buffering=0)
        except OSError as error:
            raise Obstacle(f"{self.root} cannot be written ({error.strerror}): check its permissions, or copy it elsewhere") from error
        with lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                other = lock.read(200).decode("utf-8", "replace").strip() or "another command"
                raise WorkspaceError(f"{other} is at work in {self.root}: wait until it has ended") from error
            with contextlib.suppress(OSError):  # the name is needed only for the message
                lock.truncate(0)
                lock.write(f"{holder} (process {os.getpid()})".encode())
            yield
            with contextlib.suppress(OSError):
                lock.truncate(0)

    def require_gradebook(self, wait_s: float = _GRADEBOOK_WAIT_S) -> None:
        """Make sure that the gradebook, if there is one, can be written now."""
        if not self.gradebook.exists():
            return
        try:
            with contextlib.closing(sqlite3.connect(self.gradebook, timeout=wait_s, isolation_level=None)) as database:
                database.execute("BEGIN IMMEDIATE")
                database.execute("ROLLBACK")
        except sqlite3.OperationalError as error:
            if "locked" in str(error):
                raise Obstacle(f"{self.gradebook} {LOCKED}") from error
            raise Obstacle(f"{self.gradebook} cannot be written ({error}): check its permissions and the free space") from error
        except sqlite3.DatabaseError as error:
            raise WorkspaceError(
                f"{self.gradebook} is not a gradebook ({error}): put back the newest of {self.root / 'backups'}"
            ) from error

    def back_up(self, command: str) -> Path | None:
        """Copy the gradebook to ``backups/``, keeping the newest ones; None when there is no gradebook yet."""
        if not self.gradebook.exists():
            return None
        folder = self.root / "backups"
        folder.mkdir(mode=0o700, exist_ok=True)
        name = f"gradebook-{datetime.now(UTC):%Y%m%dT%H%M%S.%f}-{command}.db"
        for left in folder.glob(f".gradebook-*{PARTIAL}"):
            left.unlink()
        partial = folder / f".{name}{PARTIAL}"
        try:
            with contextlib.closing(sqlite3.connect(self.gradebook)) as source, contextlib.closing(sqlite3.connect(partial)) as target:
                source.backup(target)
            backup = partial.replace(folder / name)
        finally:
            partial.unlink(missing_ok=True)
        for old in sorted(folder.glob("gradebook-*.db"))[:-BACKUPS_KEPT]:
            old.unlink()
        return backup

    def set_aside(self, folder: Path, label: str) -> Path:
        """Move a folder below ``earlier/``, under a name of its own, and say where it is now."""
        place = self.earlier / label
        place.mkdir(parents=True, exist_ok=True)
        target = place / f"{datetime.now(UTC):%Y%m%dT%H%M%S.%f}"
        os.rename(folder, target)
        return target
