"""Runs a check over a package, and keeps what the checks observe for the reference."""

from __future__ import annotations

import functools
import hashlib
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from autograder.checking import Check, Draw, Observation, Observed, Requirement, Session, SubjectError
from autograder.engine.catalogue import CatalogueError
from autograder.engine.settings import CheckedOutput, checked_output
from autograder.processes import cores, in_a_copy
from autograder.sandbox.backend import RequestBackend
from autograder.sandbox.conversation import ROUNDING, Conversation, RecordingBackend

Kept = TypeVar("Kept")
WORTH_A_COPY, MOST_PROCESSES = 50, 4
"""From so many checks on, copying a process pays off; with more copies, transferring results costs more time than it saves."""


def secret_number(seed: int | str, *words: str) -> int:
    """A number that depends on the seed and the words, and reveals neither."""
    return int.from_bytes(hashlib.sha256("\0".join([str(seed), *words]).encode()).digest()[:16], "big")


def open_session(check: Check, backend: RequestBackend, seed: int | str) -> Session:
    """A session for one check over one backend, ready for ``check.run``."""
    # Networks draw weights from numpy's global generator: the same stream on both sides, whatever ran before.
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


@dataclass(frozen=True)
class _Expected:
    """What the reference says about one check."""

    seen: list[Observed]
    sizes: list[int]
    targets: frozenset[str]
    outputs: tuple[CheckedOutput, ...]
    conversation: Conversation | None


class Expectations:
    """What the checks observe for the reference, for one seed; computed once, used for every submission."""

    def __init__(self, path: Path, seed: int | str) -> None:
        self.path, self.seed = path, seed
        self._known: dict[tuple[str, str], _Expected] = {}
        self._kept: dict[tuple[str, str], Any] = {}

    def of(self, check: Check) -> list[Observed]:
        """What one check observes for the reference."""
        return self._of(check).seen

    def sizes(self, check: Check) -> list[int]:
        """Entries of every array that it fetches from the reference, in order."""
        return self._of(check).sizes

    def targets(self, check: Check) -> frozenset[str]:
        """Functions and classes that it calls, such as ``layers.relu_forward``."""
        return self._of(check).targets

    def outputs(self, check: Check) -> tuple[CheckedOutput, ...]:
        """Every output that it looks at, as right outputs."""
        return self._of(check).outputs

    def conversation(self, check: Check) -> Conversation | None:
        """Its requests to the reference and the answers, if anything that gives the same answers is right."""
        return self._of(check).conversation

    def once(self, check: Check, work_out: Callable[[], Kept]) -> Kept:
        """Something that follows from what is known about one check, computed for the first submission."""
        key = (check.task, check.name)
        if key not in self._kept:
            self._kept[key] = work_out()
        kept: Kept = self._kept[key]
        return kept

    def prepare(self, checks: Sequence[Check]) -> None:
        """Compute what the checks expect on all cores, in copies of this process, if there are enough checks."""
        missing = [check for check in checks if (check.task, check.name) not in self._known]
        processes = min(cores(), MOST_PROCESSES, len(missing) // WORTH_A_COPY)
        copies = [in_a_copy(partial(self._all, missing[n::processes])) for n in range(1, processes)]
        try:
            self._known |= self._all(missing[:: max(processes, 1)])
        finally:
            # Expectations that a copy could not compute are computed, and errors reported, when they are needed.
            for outcome in copies:
                self._known |= outcome() or {}

    def _all(self, checks: Sequence[Check]) -> dict[tuple[str, str], _Expected]:
        return {(check.task, check.name): self._compute(check) for check in checks}

    def _of(self, check: Check) -> _Expected:
        key = (check.task, check.name)
        if key not in self._known:
            self._known[key] = self._compute(check)
        return self._known[key]

    def _compute(self, check: Check) -> _Expected:
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
        outputs = tuple(_right_output(item, session) for item in seen if isinstance(item, Observation))
        return _Expected(seen, backend.sizes, targets, outputs, _conversation(backend, seen))


def _right_output(item: Observation, session: Session) -> CheckedOutput:
    """A right output with its settings computed now, so that the arrays that they are read from need not be kept."""
    settings = checked_output(item, True, session.calls).settings
    return CheckedOutput(item.name, True, partial(frozenset, settings))


def _conversation(backend: RecordingBackend, seen: Sequence[Observed]) -> Conversation | None:
    """The conversation; None if a check is stricter than a comparison up to rounding."""
    strict = any(isinstance(item, Observation) and item.rtol < ROUNDING.get(item.value.dtype, 0.0) for item in seen)
    return None if strict else backend.conversation()


@functools.lru_cache(maxsize=4)
def expectations(path: Path, seed: int | str) -> Expectations:
    """The expectations of a reference and a seed, kept in memory."""
    return Expectations(path, seed)
