"""Runs a check over a package, and keeps what the checks observe for the reference."""

from __future__ import annotations

import functools
import hashlib
import os
import random
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from autograder.checking import Array, Check, Draw, Observation, Observed, Requirement, Session, SubjectError
from autograder.engine.catalogue import CatalogueError
from autograder.engine.kept_answers import Expected, KeptAnswers, by_task, right_output
from autograder.engine.settings import CheckedOutput, checked_output
from autograder.sandbox.backend import RequestBackend
from autograder.sandbox.conversation import ROUNDING, Conversation, RecordingBackend
from autograder.sandbox.local import package_at

Kept = TypeVar("Kept")
SAYS_NEITHER = ("NotImplementedError", "Missing", "Absent", "NoSuchItem")
"""Errors that do not show whether anything was computed."""


def secret_number(seed: int | str, *words: str) -> int:
    """A number that depends on the seed and the words, and reveals neither."""
    return int.from_bytes(hashlib.sha256("\0".join([str(seed), *words]).encode()).digest()[:16], "big")


def open_session(check: Check, backend: RequestBackend, seed: int | str) -> Session:
    """A session for one check over one backend, ready for ``check.run``."""
    # Networks draw weights from numpy's global generator, which must give both sides the same stream, whatever ran before.
    backend.seed(zlib.crc32(check.name.encode()))
    return Session(backend, Draw(np.random.default_rng(secret_number(seed, check.task, check.name))))


def finish_check(check: Check, session: Session) -> list[Observed]:
    """Run a check in its session to the end; return what it observed."""
    with session.backend.at_work():
        try:
            check.run(session)
        except SubjectError:
            raise
        except Exception:
            # An earlier exception of the submission says more than the error that it caused in the check.
            session.backend.settle()
            raise
        return session.finish()


def run_check(check: Check, backend: RequestBackend, seed: int | str) -> list[Observed]:
    """Run a check over one backend; return what it observed."""
    return finish_check(check, open_session(check, backend, seed))


def anything_worked_out(seen: Sequence[Observed], error: Exception | None = None) -> bool | None:
    """Whether observations show that anything was computed; None if they do not say.

    A starter returns None, something empty, zeros, or an unchanged dictionary.
    """
    arrays = [item for item in seen if isinstance(item, Observation)]
    if any(item.value.any() and not item.as_put for item in arrays):
        return True
    if isinstance(error, SubjectError) and error.kind not in SAYS_NEITHER:
        return error.kind != "Nothing"
    return False if arrays else None


class Expectations:
    """What the checks observe for the reference, for one seed; computed once, used for every submission."""

    def __init__(self, path: Path, seed: int | str) -> None:
        self.path, self.seed = path, seed
        self.kept: KeptAnswers | None = None
        """The answers on disk; None to keep none there."""
        self._known: dict[tuple[str, str], Expected] = {}
        self._once: dict[tuple[str, str], Any] = {}
        self._drawn: dict[str, tuple[Array, ...]] = {}

    def of(self, check: Check) -> list[Observed]:
        """What one check observes for the reference."""
        known = self.known(check)
        if known.seen is None:
            known = self._known[check.task, check.name] = self._compute(check)
        assert known.seen is not None
        return known.seen

    def known(self, check: Check) -> Expected:
        """What the reference says about one check: from memory, from disk, or computed now."""
        key = (check.task, check.name)
        if key not in self._known:
            self._read(check.task)
        if key not in self._known:
            self._known[key] = self._compute(check)
        return self._known[key]

    def sizes(self, check: Check) -> list[int]:
        """Number of entries of every array that it fetches from the reference, in order."""
        return self.known(check).sizes

    def targets(self, check: Check) -> frozenset[str]:
        """Functions and classes that it calls, such as ``layers.relu_forward``."""
        return self.known(check).targets

    def outputs(self, check: Check) -> tuple[CheckedOutput, ...]:
        """Every output that it looks at, marked as right."""
        return self.known(check).outputs

    def conversation(self, check: Check) -> Conversation | None:
        """Its requests to the reference and the answers; None if giving the same answers is not enough to be right."""
        return self.known(check).conversation

    def once(self, check: Check, work_out: Callable[[], Kept]) -> Kept:
        """Something that follows from what is known about one check, computed for the first submission."""
        key = (check.task, check.name)
        if key not in self._once:
            self._once[key] = work_out()
        kept: Kept = self._once[key]
        return kept

    def drawn(self, name: str, draw: Callable[[int], tuple[Array, ...]]) -> tuple[Array, ...]:
        """Arrays on which trained networks are evaluated: from memory, from disk, or drawn now.

        Parameters
        ----------
        name : the name of the module with `draw`, which gets a number that nobody can guess.
        """
        if name not in self._drawn:
            kept = self.kept.drawn(name) if self.kept else None
            if kept is None:
                kept = draw(secret_number(self.seed, "images for trained networks") % (1 << 32))
                if self.kept:
                    self.kept.write_drawn(name, kept)
            self._drawn[name] = kept
        return self._drawn[name]

    def prepare(self, checks: Sequence[Check]) -> None:
        """Read or compute what the reference says about all checks of some tasks, and keep on disk what had to be computed.

        Processes that start at the same time go through the tasks in different orders, so that they divide the work.
        """
        missing = {check.task for check in checks if (check.task, check.name) not in self._known}
        tasks = [(task, some) for task, some in by_task(checks).items() if task in missing]
        random.Random(os.getpid()).shuffle(tasks)
        wrote = False
        with package_at(self.path).imported():
            for task, some in tasks:
                self._read(task)
                if any((task, check.name) not in self._known for check in some):
                    known = {check.name: self.known(check) for check in some}
                    if self.kept:
                        self.kept.write(task, known)
                        wrote = True
        if self.kept and wrote:
            self.kept.done()

    def _read(self, task: str) -> None:
        if self.kept:
            for name, expected in self.kept.of_task(task).items():
                self._known.setdefault((task, name), expected)

    def _compute(self, check: Check) -> Expected:
        backend = RecordingBackend(self.path)
        state = np.random.get_state()
        try:
            session = open_session(check, backend, self.seed)
            seen = finish_check(check, session)
        except Exception as error:
            raise CatalogueError(
                f"hidden check {check.name!r} of {check.task} fails on the reference: {type(error).__name__}: {error}"
            ) from error
        finally:
            np.random.set_state(state)
        if not seen:
            raise CatalogueError(f"hidden check {check.name!r} of {check.task} looks at nothing")
        for item in seen:
            if isinstance(item, Requirement) and not item.holds:
                raise CatalogueError(f"hidden check {check.name!r} of {check.task}: the reference does not meet {item.message!r}")
        targets = frozenset(call.target for call in session.calls.values() if isinstance(call.target, str))
        observed = [item for item in seen if isinstance(item, Observation)]
        outputs = tuple(right_output(item.name, checked_output(item, True, session.calls).settings) for item in observed)
        return Expected(backend.sizes, targets, outputs, _conversation(backend, seen), anything_worked_out(seen), seen)


def _conversation(backend: RecordingBackend, seen: Sequence[Observed]) -> Conversation | None:
    """The conversation; None if a check is stricter than a comparison up to rounding."""
    strict = any(isinstance(item, Observation) and item.rtol < ROUNDING.get(item.value.dtype, 0.0) for item in seen)
    return None if strict else backend.conversation()


@functools.lru_cache(maxsize=4)
def expectations(path: Path, seed: int | str) -> Expectations:
    """The expectations of a reference and a seed, kept in memory."""
    return Expectations(path, seed)
