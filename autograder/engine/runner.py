"""Runs the checks of tasks over one submission: starts sandboxes, forks processes, turns whatever happens into check results."""

from __future__ import annotations

import contextlib
import functools
import re
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from autograder.checks.api import Check, Session, SubjectError
from autograder.course import Course, Task
from autograder.engine.backends import RemoteBackend, subject_error
from autograder.engine.catalogue import CatalogueError, Expectations, checks_of, open_session
from autograder.engine.evidence import evidence
from autograder.engine.faces import own_forward
from autograder.engine.judge import Opinion, judge
from autograder.engine.limits import Limits
from autograder.engine.result import CheckResult
from autograder.engine.sandbox import Mounts, Sandbox, SandboxUnavailable
from autograder.engine.wire import Channel, WireClosed, WireError, WireTimeout

STUB = re.compile(r"\bTask ([a-z0-9]+(?:-[a-z0-9]+)*)")
STUB_LINE = re.compile(rb"raise NotImplementedError\([^\n]{0,40}\bTask ([a-z0-9]+(?:-[a-z0-9]+)*)")
MESSAGES = {
    "time_limit": "took more than {cpu} seconds of processor time, or did not answer",
    "memory_limit": "needed more memory than a check may use",
    "killed": "the process ended in the middle of the check",
    "error": "gave back something that cannot be read",
}
MAX_STOPS_PER_TASK = 2


class Stopped(Exception):
    """The process of a check did not live to its end."""

    def __init__(self, verdict: str) -> None:
        super().__init__(verdict)
        self.verdict = verdict


@dataclass
class Template:
    """A process that has loaded the student's modules and forks one process per check."""

    channel: Channel | None
    failure: str | None = None
    """Why it could not load: a verdict."""
    error: SubjectError | None = None


@dataclass
class Runner:
    """The sandbox of one submission, restarted when a check breaks it."""

    course: Course
    mounts: Mounts
    expectations: Expectations
    limits: Limits
    unsafe: bool = False
    rebind: dict[str, list[str]] = field(default_factory=dict)
    """Module -> names taken from the reference; the files must be among ``mounts.reference``."""
    notes: list[str] = field(default_factory=list)
    quiet: bool = False
    """Show no text that comes from student code (in the second run it could quote the reference)."""
    started: float = field(default_factory=time.monotonic)
    _sandbox: Sandbox | None = None
    _templates: dict[tuple[Any, ...], Template] = field(default_factory=dict)
    _failed: dict[tuple[Any, ...], Template] = field(default_factory=dict)

    def run(self, task: Task) -> list[CheckResult]:
        """All checks of a task that grades functions."""
        results: list[CheckResult] = []
        for check in checks_of(self.course, task):
            stops = [r.stopped for r in results if r.stopped in ("time_limit", "memory_limit", "killed")]
            if len(stops) >= MAX_STOPS_PER_TASK or self._overdue():
                verdict = stops[0] if stops else "time_limit"
                message = "not run: " + ("two checks before it were stopped" if stops else "the submission has used up its time")
                results.append(CheckResult(check.name, False, message, check.weight, verdict))
            else:
                results.append(self._check(task, check))
        return results

    def fetch_model(self, path: str, names: list[str]) -> dict[str, Any] | CheckResult:
        """The arrays of a file of trained weights, or what went wrong."""
        title = "the saved network can be read"
        try:
            with self._process(()) as backend:
                ref = backend.load_npz(path)
                present, _ = backend.keys(ref, names)
                return {name: backend.array(ref[name]) for name in present}
        except Stopped as stop:
            return CheckResult(title, False, self._stop_message(stop.verdict), 1.0, stop.verdict)
        except (SubjectError, ValueError) as error:
            kind = f" ({error.kind})" if isinstance(error, SubjectError) else ""
            return CheckResult(title, False, f"the file is not an .npz of number arrays{kind}", 1.0, "error")

    def model_path(self, name: str) -> str:
        """Where the process inside finds a file of trained weights."""
        return f"{self._start().inside('models')}/{name}"

    def loads(self, task: Task) -> bool:
        """Whether the modules of a task that was run could be loaded at all."""
        return self._key(task) not in self._failed

    def close(self) -> None:
        """End the sandbox."""
        self._templates.clear()
        if self._sandbox:
            self._sandbox.close()
        self._sandbox = None

    def _overdue(self) -> bool:
        return time.monotonic() - self.started > self.limits.submission_wall_s

    def _start(self) -> Sandbox:
        if self._sandbox is None:
            self._sandbox = Sandbox(self.mounts, self.limits, unsafe=self.unsafe)
        return self._sandbox

    def _check(self, task: Task, check: Check) -> CheckResult:
        expected = self.expectations.of(check)
        result = CheckResult(check.name, False, weight=check.weight)
        session: Session | None = None
        opinion: Opinion | None = None
        try:
            with self._process(self._key(task)) as backend, np.errstate(all="ignore"):
                session = open_session(check, backend, self.expectations.seed)
                check.run(session)
                opinion = judge(expected, session.seen, session.calls)
                result.passed, result.message = opinion.passed, self._message(opinion)
                result.evidence = evidence(check, session, opinion)
                if not opinion.passed:
                    result.own_forward = own_forward(session, expected, opinion.right)
        except (SandboxUnavailable, CatalogueError):
            raise
        except Exception as error:
            # After the verdict the student's own forward pass was run once more: what becomes of that changes nothing.
            if opinion is None or opinion.passed:
                self._failed_early(task, result, error)
                if session is not None and not isinstance(error, Stopped):
                    # What cannot be compared explains nothing, and is no reason to end the grading.
                    with contextlib.suppress(Exception):
                        result.evidence = evidence(check, session, judge(expected, session.seen, session.calls), error)
        return result

    def _message(self, opinion: Opinion) -> str:
        return opinion.message if opinion.passed or not self.quiet else "differs from the reference"

    def _failed_early(self, task: Task, result: CheckResult, error: Exception) -> None:
        """Put into a result what ended its check before there was a verdict."""
        result.passed = False
        if isinstance(error, SubjectError):
            result.message, result.stopped = self._error_message(task, error), self._error_verdict(task, error)
        elif isinstance(error, Stopped):
            result.message, result.stopped = self._stop_message(error.verdict), error.verdict
        else:
            # The check computes with what came back; an odd shape or value must not end the grading.
            result.message = "an output does not have the shape or type it must have"

    def _key(self, task: Task) -> tuple[Any, ...]:
        modules = tuple(dict.fromkeys(module_of(self.course, f) for f in task.functions))
        return (task.absent, modules)

    @contextlib.contextmanager
    def _process(self, key: tuple[Any, ...]) -> Iterator[RemoteBackend]:
        """A process for one check. Whatever ends it early is raised as `Stopped`."""
        parent, child, pid = self._fork(key)
        try:
            yield RemoteBackend(child, tuple(self.course.editable), self.limits)
            self._reap(parent, pid)
        except WireTimeout as error:
            self.close()
            raise Stopped("time_limit") from error
        except WireClosed as error:
            raise Stopped(self._reap(parent, pid)) from error
        except WireError as error:
            self.close()
            raise Stopped("error") from error
        except Exception as error:
            self._reap(parent, pid)
            if isinstance(error, SubjectError) and error.kind == "MemoryError":
                raise Stopped("memory_limit") from error
            raise
        finally:
            child.close()

    def _fork(self, key: tuple[Any, ...]) -> tuple[Channel, Channel, int]:
        """A process that has loaded the modules: its parent, itself, its id."""
        deadline = time.monotonic() + self.limits.check_wall_s
        for attempt in (1, 2):
            parent = self._template(key) if key else self._start().channel
            try:
                return parent, *parent.fork(cpu_s=self.limits.check_cpu_s, deadline=deadline)
            except (WireClosed, WireTimeout, WireError) as error:
                # An earlier check has done it damage: this one starts in a sandbox of its own.
                self.close()
                if attempt == 2:
                    raise Stopped("killed") from error
        raise AssertionError

    def _broken(self) -> str:
        self.close()
        return "killed"

    def _reap(self, parent: Channel, pid: int) -> str:
        """End the child; the verdict that its end means."""
        try:
            reply = parent.request({"op": "reap", "pid": pid}, deadline=time.monotonic() + 10, room=64)
            status, cpu = (int(v) for v in reply.value) if reply.tag == "A" and reply.value.shape == (2,) else (0, 0)
        except (WireClosed, WireTimeout, WireError):
            self.close()
            return "killed"
        over = cpu >= 0.95e6 * self.limits.check_cpu_s
        return "time_limit" if status & 0x7F == signal.SIGXCPU or (over and status & 0x7F == signal.SIGKILL) else "killed"

    def _template(self, key: tuple[Any, ...]) -> Channel:
        """The template of a set of absent names and modules; a failure to load is remembered, not tried again."""
        template = self._failed.get(key) or self._templates.get(key) or self._load(key)
        (self._templates if template.channel else self._failed)[key] = template
        if template.error is not None:
            raise template.error
        if template.failure is not None or template.channel is None:
            raise Stopped(template.failure or "killed")
        return template.channel

    def _load(self, key: tuple[Any, ...]) -> Template:
        absent, modules = key
        sandbox, limits = self._start(), self.limits
        deadline = time.monotonic() + limits.check_wall_s
        rebind = {module: (sandbox.inside(f"{module}.py"), names) for module, names in self.rebind.items() if module not in modules}
        header = {"op": "load", "root": sandbox.inside("package"), "editable": list(self.course.editable), "absent": list(absent)}
        pid = 0
        try:
            channel, pid = sandbox.channel.fork(cpu_s=limits.check_cpu_s, deadline=deadline)
            reply = channel.request({**header, "rebind": rebind, "modules": list(modules)}, deadline=deadline)
            if reply.tag == "E":
                return Template(None, error=subject_error(reply, tuple(self.course.editable)))
            self._read_notes(channel, reply.value if reply.tag == "L" else 0, deadline)
            return Template(channel)
        except WireTimeout:
            self.close()
            return Template(None, "time_limit")
        except WireClosed:
            return Template(None, self._reap(sandbox.channel, pid) if pid else self._broken())
        except WireError:
            self.close()
            return Template(None, "error")

    def _read_notes(self, channel: Channel, count: int, deadline: float) -> None:
        for index in range(min(count, 20)):
            reply = channel.request({"op": "note", "index": index}, deadline=deadline, room=4096)
            if reply.tag != "E" or self.quiet:
                continue
            error = subject_error(reply, tuple(self.course.editable))
            kind = "" if error.kind == "Unreadable" else f"{error.kind}: "
            note = f"{error.place or 'a file'}: {kind}{error.text}"
            if note not in self.notes and len(self.notes) < 40:
                self.notes.append(note)

    def _stop_message(self, verdict: str) -> str:
        return MESSAGES[verdict].format(cpu=self.limits.check_cpu_s)

    def _error_verdict(self, task: Task, error: SubjectError) -> str:
        if error.kind == "Missing":
            return "missing"
        if error.kind == "NotImplementedError":
            return "not_attempted" if self._not_begun(task, error) else "error"
        return "failed" if error.kind in ("NotAnArray", "NoSuchItem", "TooLarge") else "error"

    def _not_begun(self, task: Task, error: SubjectError) -> bool:
        """Whether the task's own stub is what stopped it; a backward pass often meets the stub of the forward pass first."""
        return self._unfinished(error) in (None, task.id) or task.id in self._stubs

    @functools.cached_property
    def _stubs(self) -> set[str]:
        files = [self.mounts.package / name for name in self.course.editable]
        return {name.decode() for path in files if path.is_file() for name in STUB_LINE.findall(path.read_bytes())}

    def _unfinished(self, error: SubjectError) -> str | None:
        """The other task that is not finished, when the stub names one."""
        found = STUB.search(error.text)
        return found.group(1) if found and found.group(1) in {t.id for t in self.course.tasks} else None

    def _error_message(self, task: Task, error: SubjectError) -> str:
        if error.kind == "Absent":
            name = error.text if error.text in task.absent else "something"
            return f"this task may not lean on {name}, which is absent during its check"
        if error.kind == "NotImplementedError":
            return "not finished yet" if self._not_begun(task, error) else f"needs the unfinished task {self._unfinished(error)}"
        if error.kind == "Missing":
            return "the function is not in the file"
        if error.kind == "TooLarge":
            return "an output is far larger than it can be"
        if self.quiet:
            return f"raised {error.kind}" if error.kind not in ("NotAnArray", "NoSuchItem", "Unreadable") else "could not be used"
        if error.kind in ("NotAnArray", "NoSuchItem"):
            return error.text
        if error.kind == "Unreadable":
            return f"cannot be read: {error.text}"
        return f"raised {error.kind}" + (f" in {error.place}" if error.place else "") + (f": {error.text}" if error.text else "")


def module_of(course: Course, function: str) -> str:
    """The module of the package that holds a function of the manifest: ``classifiers.cnn`` of ``classifiers.cnn.ThreeLayerConvNet``."""
    for name in course.editable:
        module = name.removesuffix(".py").replace("/", ".")
        if function.startswith(module + "."):
            return module
    raise CatalogueError(f"{function} is in no editable file")
