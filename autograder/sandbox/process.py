"""One process that runs checks, and what its end means."""

from __future__ import annotations

import contextlib
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from autograder.checking import SubjectError
from autograder.sandbox.limits import Limits
from autograder.sandbox.remote import RemoteBackend
from autograder.sandbox.wire import Channel, WireClosed, WireError, WireTimeout, WireTooMuch
from autograder.verdicts import Verdict

VERDICT_OF_SIGNAL: dict[int, Verdict] = {
    signal.SIGXCPU: Verdict.TIME_LIMIT,
    signal.SIGXFSZ: Verdict.OUTPUT_LIMIT,
    signal.SIGSYS: Verdict.PROCESS_LIMIT,
}
VERDICT_OF_KIND = {
    "MemoryError": Verdict.MEMORY_LIMIT,
    "OutputLimit": Verdict.OUTPUT_LIMIT,
    "ProcessLimit": Verdict.PROCESS_LIMIT,
    "TooSlow": Verdict.TIME_LIMIT,
}
NEARLY = 0.95
"""A process killed after this share of its processor time was killed for using it up: it may have ignored the signal that says so."""


class CheckStopped(Exception):
    """A check was stopped: a limit was reached, or its process is gone."""

    def __init__(self, verdict: Verdict, importing: bool = False, within_s: float | None = None) -> None:
        super().__init__(verdict)
        self.verdict = verdict
        self.importing = importing
        """Whether the student's files were still being run."""
        self.within_s = within_s
        """The seconds that a large input had, if that input took longer."""


@dataclass
class Ending:
    """How the process of a check ended, as its parent saw it."""

    signal: int = 0
    cpu_s: float = 0.0
    leftovers: bool = False
    """Whether it left processes behind."""
    full: bool = False
    """Whether it left too many files in /tmp."""
    out_of_memory: bool = False


class Process:
    """A process that runs checks, one after another.

    Parameters
    ----------
    channel : the wire to it.
    files : the editable files, in the order in which it numbers them.
    limits : what each check may use.
    reap : ends the process and says how it ended; None if its parent is gone as well.
    used_s : the processor time that its sandbox has used so far.
    """

    def __init__(
        self,
        channel: Channel,
        files: tuple[str, ...],
        limits: Limits,
        reap: Callable[[], Ending | None],
        used_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self.channel, self.files, self.limits, self._reap, self.used_s = channel, files, limits, reap, used_s
        self.loaded = False
        """Whether it has run the student's files."""
        self.left_behind = False
        """Whether it left anything behind: processes, files, damage."""
        self.ended = False
        """Whether no further check can be run in it."""
        self._verdict: Verdict | None = None

    @contextlib.contextmanager
    def check(self) -> Iterator[RemoteBackend]:
        """Let one check talk to it. If the process ends early or exceeds a limit, `CheckStopped` is raised."""
        backend = RemoteBackend(self.channel, self.files, self.limits, loaded=self.loaded, used_s=self.used_s)
        try:
            yield backend
            backend.settle()
        except (WireClosed, WireTimeout, WireError) as error:
            within_s = backend.within_s if isinstance(error, WireTimeout) else None
            raise CheckStopped(self._end(error) or Verdict.KILLED, importing=backend.importing, within_s=within_s) from error
        except SubjectError as error:
            if verdict := VERDICT_OF_KIND.get(error.kind):
                raise CheckStopped(verdict, importing=backend.importing) from error
            if error.kind == "OutOfProportion":
                # The array is still arriving, and the next request would read it as its answer.
                self._end(None)
            raise
        finally:
            self.loaded = not backend.importing

    def end(self) -> Verdict | None:
        """End it; return the verdict if it left something behind that it must not."""
        return self._end(None)

    def _end(self, error: Exception | None) -> Verdict | None:
        if not self.ended:
            self.ended = True
            ending = self._reap()
            self.left_behind = ending is None or ending.leftovers or ending.full
            self._verdict = self._verdict_of(error, ending)
            self.channel.close()
        return self._verdict

    def _verdict_of(self, error: Exception | None, ending: Ending | None) -> Verdict | None:
        if ending is None:
            return Verdict.KILLED
        if ending.leftovers:
            return Verdict.PROCESS_LIMIT
        if isinstance(error, WireTimeout):
            return Verdict.TIME_LIMIT
        if isinstance(error, WireError):
            return Verdict.OUTPUT_LIMIT if isinstance(error, WireTooMuch) else Verdict.ERROR
        if ending.full:
            return Verdict.OUTPUT_LIMIT
        if error is None:
            return None
        killed = ending.signal == signal.SIGKILL
        if killed and ending.out_of_memory:
            return Verdict.MEMORY_LIMIT
        if killed and ending.cpu_s >= NEARLY * self.limits.check_cpu_s:
            return Verdict.TIME_LIMIT
        return VERDICT_OF_SIGNAL.get(ending.signal, Verdict.KILLED)
