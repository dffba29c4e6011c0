"""The processes of one submission: which forks which, what each is told, and how it ended.

Processes that fork never run student code, and a process that runs a check never forks.
"""

from __future__ import annotations

import functools
import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import numpy as np

from autograder.intake import given_code
from autograder.manifest import Course
from autograder.sandbox import sandbox
from autograder.sandbox.bubblewrap import SandboxUnavailable
from autograder.sandbox.limits import Limits
from autograder.sandbox.process import CheckStopped, Ending, Process
from autograder.sandbox.sandbox import Mounts, Sandbox
from autograder.sandbox.wire import Channel, WireClosed, WireError, WireTimeout
from autograder.verdicts import Verdict

REAP_S, ANSWER_S = 5, 30
"""How long the parent of a process may take to end it, and how long a new sandbox may take to answer."""
WIRE_ERRORS = (WireClosed, WireTimeout, WireError)


@dataclass(frozen=True)
class Load:
    """The part of the student's package that the process of a check loads."""

    modules: tuple[str, ...]
    absent: tuple[str, ...] = ()


@dataclass(frozen=True)
class ReferenceModule:
    """A module of the reference for a second run: its graded names replace the student's."""

    module: str
    names: tuple[str, ...]
    code: bytes
    """Its code, as `marshal` writes it."""


class Room(Protocol):
    """The interface of a `Sandbox` for running processes in it."""

    channel: Channel
    cpu_s: float

    def inside(self, part: str) -> str:
        """Where a process inside finds ``package`` or ``models``."""

    def out_of_memory(self) -> bool:
        """Whether the kernel has ended a process inside because memory was used up."""

    def used_s(self) -> float:
        """Processor time of everything inside so far."""

    def close(self) -> None:
        """End everything that was started through ``channel``."""


@dataclass
class ProcessTree:
    """The sandbox of one submission and the tree of processes in it; started when first needed, and again after damage."""

    course: Course
    mounts: Mounts
    limits: Limits
    unsafe: bool = False
    enter: Callable[[], Room] | None = None
    """Returns a sandbox instead of starting one. Only for our own packages: submissions never share one."""
    problems: dict[str, str] = field(default_factory=dict)
    """Editable files that cannot be compiled, and why; filled if compiling one ends the process."""
    skipped: set[tuple[str, int]] = field(default_factory=set)
    """File and line of top-level statements that take too long."""
    cpu_s: float = 0.0
    """Processor time that checks have used so far."""
    closed_cpu_s: float = 0.0
    """Processor time of everything in the closed sandboxes, including checks."""
    _sandbox: Room | None = None
    _compiler: Channel | None = None
    _parents: dict[tuple[tuple[str, ...], tuple[ReferenceModule, ...]], Channel] = field(default_factory=dict)

    def open(self) -> None:
        """Start the sandbox now instead of when it is first needed."""
        self._start()

    def require_working(self) -> None:
        """Wait until the sandbox answers. Only our own code has run in it so far.

        Raises
        ------
        SandboxUnavailable
            When it does not answer, and sandboxes do not work on this machine.
        """
        try:
            self._start().channel.request({"op": "seed", "value": 0}, deadline=time.monotonic() + ANSWER_S, room=64)
        except WIRE_ERRORS as error:
            # A single failure may have other causes, and the next check starts another sandbox.
            if not self.unsafe and (problem := sandbox.problem()):
                raise SandboxUnavailable(problem) from error

    def close(self) -> None:
        """End everything that the submission started, before this returns."""
        self._parents.clear()
        self._compiler = None
        if self._sandbox:
            self._sandbox.close()
            self.closed_cpu_s += self._sandbox.cpu_s
        self._sandbox = None

    def model_path(self, name: str) -> str:
        """Where a process inside finds a file of trained weights."""
        return f"{self._start().inside('models')}/{name}"

    def reap(self, parent: Channel, pid: int) -> Ending | None:
        """End a child and count what it used; return None if its parent is gone as well."""
        try:
            reply = parent.request({"op": "reap", "pid": pid}, deadline=time.monotonic() + REAP_S, room=64)
            if reply.tag != "A" or reply.value.shape != (4,) or reply.value.dtype != np.int64:
                raise WireError("an answer to another question")
        except WIRE_ERRORS:
            # What it used is no longer known, so the maximum is assumed: a check that ends its parent gains no time.
            self.cpu_s += self.limits.check_cpu_s
            self.close()
            return None
        status, cpu, leftovers, full = (int(v) for v in reply.value)
        end = Ending(status & 0x7F, cpu / 1e6, bool(leftovers), bool(full), bool(self._sandbox and self._sandbox.out_of_memory()))
        self.cpu_s += end.cpu_s
        if end.leftovers or end.full:
            # Anything that is left behind ends with the sandbox.
            self.close()
        return end

    def start(self, load: Load, references: tuple[ReferenceModule, ...] = (), wall_s: float = math.inf) -> Process:
        """Start a process for checks with these modules of the student's, possibly over the reference's.

        Parameters
        ----------
        wall_s : the most wall time in seconds for each of its checks, within the limits.
        """
        limits = replace(self.limits, check_wall_s=min(wall_s, self.limits.check_wall_s))
        deadline = time.monotonic() + self.limits.check_wall_s
        try:
            return self._fork_check(load, references, deadline, limits)
        except WIRE_ERRORS:
            # An earlier check has damaged the sandbox: this one starts in a new one.
            self.close()
        try:
            return self._fork_check(load, references, deadline, limits)
        except WIRE_ERRORS as error:
            self.close()
            raise CheckStopped(Verdict.KILLED) from error

    def _fork_check(self, load: Load, references: tuple[ReferenceModule, ...], deadline: float, limits: Limits) -> Process:
        parent = self._parent(load, references, deadline)
        channel, pid = parent.fork(cpu_s=self.limits.check_cpu_s, deadline=deadline, load=self._load_header(load))
        return Process(channel, tuple(self.course.editable), limits, functools.partial(self.reap, parent, pid), self._start().used_s)

    def _load_header(self, load: Load) -> dict[str, Any]:
        return {
            "root": self._start().inside("package"),
            "editable": list(self.course.editable),
            "modules": load.modules,
            "absent": load.absent,
            "public": given_code.public_names(self.course, load.absent),
            "skipped": sorted(self.skipped),
            "statement_cpu_s": self.limits.import_cpu_s,
        }

    def _parent(self, load: Load, references: tuple[ReferenceModule, ...], deadline: float) -> Channel:
        """The process that forks checks with this set of given modules and references; it has the code of no others."""
        given = given_code.allowed(self.course, load.absent)
        if (given, references) not in self._parents:
            parent, _ = self._child_of(self._compiled(deadline), deadline)
            header = {
                "op": "prepare",
                "root": self._start().inside("package"),
                "editable": list(self.course.editable),
                "absent": [given_code.importable(file) for file in given_code.withheld(self.course) if file not in given],
                "code": given,
                "given": ["", *self._packages(), *map(given_code.importable, given)],
                "rebind": [[r.module, r.names] for r in references],
            }
            codes = [given_code.code_of(self.course, file) for file in given]
            codes += [np.frombuffer(r.code, np.uint8) for r in references]
            parent.request(header, codes, deadline=deadline, room=64)
            self._parents[given, references] = parent
        return self._parents[given, references]

    def _packages(self) -> list[str]:
        """Given packages that contain modules of the student's, and are imported before them."""
        holding = {name.rpartition("/")[0] for name in self.course.editable}
        files = (file for file in given_code.mounted(self.course) if file.endswith("/__init__.py"))
        return sorted(given_code.importable(file) for file in files if file.rpartition("/")[0] in holding)

    def _compiled(self, deadline: float) -> Channel:
        """The process that has compiled the student's files. A file that crashes it is left out, with a note."""
        while self._compiler is None:
            room = self._start()
            channel, pid = self._child_of(room.channel, deadline)
            for name in self.course.editable:
                header = {
                    "op": "compile",
                    "root": room.inside("package"),
                    "file": name,
                    "hidden": given_code.hidden_functions(self.course, name),
                    "problem": self.problems.get(name, ""),
                }
                try:
                    channel.request(header, deadline=deadline, room=64)
                except WIRE_ERRORS:
                    self.problems[name] = "Python's compiler crashes on it"
                    self.reap(room.channel, pid)
                    break
            else:
                self._compiler = channel
        return self._compiler

    def _child_of(self, parent: Channel, deadline: float) -> tuple[Channel, int]:
        channel, pid = parent.fork(cpu_s=self.limits.check_cpu_s, deadline=deadline)
        if channel.receive(deadline=deadline, room=64).tag != "N":
            raise WireError("the child does not answer")
        return channel, pid

    def _start(self) -> Room:
        if self._sandbox is None:
            self._sandbox = self.enter() if self.enter else Sandbox(self.mounts, self.limits, unsafe=self.unsafe)
        return self._sandbox
