"""One sandbox for many of our own packages, since importing numpy costs more than most checks.

Every package still has its own tree of processes, from the one that compiles its files down to those that run checks,
with the limits for students. Only the process above them, which runs no code of a package, is shared. Submissions never
share a sandbox.
"""

from __future__ import annotations

import contextlib
import time
from pathlib import Path

from autograder.sandbox.limits import DEFAULT_LIMITS, Limits
from autograder.sandbox.process_tree import REAP_S
from autograder.sandbox.sandbox import Mounts, Sandbox
from autograder.sandbox.wire import Channel, WireClosed, WireError, WireTimeout


class SharedSandbox:
    """A sandbox that packages enter one after the other; it is started by the first.

    Parameters
    ----------
    folder : where the packages are written, before they enter. The sandbox sees it, and cannot write to it.
    """

    def __init__(self, folder: Path, limits: Limits = DEFAULT_LIMITS, *, unsafe: bool = False) -> None:
        self.folder, self.limits, self.unsafe = folder, limits, unsafe
        self._sandbox: Sandbox | None = None
        self._last: Path | None = None

    def enter(self, package: Path) -> SharedRoom:
        """Let the package in that folder below `folder` enter. If it enters again, it has damaged the sandbox, and gets a new one."""
        if package == self._last:
            self.close()
        self._last = package
        if self._sandbox is None:
            self._sandbox = Sandbox(Mounts(self.folder), self.limits, unsafe=self.unsafe)
        return SharedRoom(self._sandbox, package.relative_to(self.folder).as_posix(), self.limits)

    def close(self) -> None:
        """End everything inside."""
        if self._sandbox:
            self._sandbox.close()
        self._sandbox = None


class SharedRoom:
    """What a `ProcessTree` needs from a sandbox, for one of the packages that share it."""

    cpu_s = 0.0
    """Its time is not counted separately from that of the others."""

    def __init__(self, sandbox: Sandbox, name: str, limits: Limits) -> None:
        self.sandbox, self.name = sandbox, name
        deadline = time.monotonic() + limits.check_wall_s
        self.channel: Channel
        self.channel, self._pid = sandbox.channel.fork(cpu_s=limits.check_cpu_s, deadline=deadline)
        if self.channel.receive(deadline=deadline, room=64).tag != "N":
            raise WireError("the child does not answer")

    def inside(self, part: str) -> str:
        """Where a process inside finds the package. Packages of our own have no trained networks."""
        if part != "package":
            raise ValueError(f"there are no {part} in a shared sandbox")
        return f"{self.sandbox.inside(part)}/{self.name}"

    def out_of_memory(self) -> bool:
        """Whether the kernel has ended a process inside because all of them together needed too much memory."""
        return self.sandbox.out_of_memory()

    def used_s(self) -> float:
        """Processor time of everything inside so far, including earlier packages, which have ended."""
        return self.sandbox.used_s()

    def close(self) -> None:
        """End the package's first process; those below it end when their connections close."""
        self.channel.close()
        with contextlib.suppress(WireClosed, WireTimeout, WireError):
            self.sandbox.channel.request({"op": "reap", "pid": self._pid}, deadline=time.monotonic() + REAP_S, room=64)
