"""Finds, for one task of one submission, the checks that lose marks and the smallest input on which each shows a difference."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from autograder.checking import Array, Check, Observation, Observed, SubjectError
from autograder.difference.shrink import shrunk
from autograder.difference.trace import Recorder, Step, arrays_in, ask, needed
from autograder.engine.below import Below
from autograder.engine.catalogue import checks_of, task_load
from autograder.engine.expectations import Expectations, expectations, finish_check, open_session
from autograder.engine.judge import compare_arrays, judge
from autograder.intake.assemble import assemble_for_sandbox, assemble_staged
from autograder.intake.reference import reference_path
from autograder.intake.submission import stage_submission
from autograder.manifest import Course, Task
from autograder.sandbox import sandbox
from autograder.sandbox.bubblewrap import SandboxUnavailable
from autograder.sandbox.limits import DEFAULT_LIMITS
from autograder.sandbox.local import LocalBackend
from autograder.sandbox.process import CheckStopped
from autograder.sandbox.process_tree import ProcessTree, ReferenceModule
from autograder.sandbox.sandbox import Mounts

SMALLEST_SHARE = 1e-3
"""Share of the relative difference that the check observed; a smaller difference on a tiny input may be rounding."""
MAX_LOOKS = 30
"""Most outputs of one check that are looked at one by one."""
MAX_STOPS = 3
"""Shrinking stops after smaller inputs have ended the student's process this often."""


class NotExplained(Exception):
    """There is nothing to explain; the message says why."""


@dataclass
class Difference:
    """One check that loses marks."""

    check: str
    asks: str
    problem: str
    """What is wrong, in the words of feedback, or the exception that was raised."""
    steps: list[Step] = field(default_factory=list)
    """The steps, with hidden inputs; the last one looks at the output that differs, or raises."""
    output: str = ""
    """The name of that output."""
    expected: Array | None = None
    given: Array | None = None
    entries_before: int = 0
    """How many numbers the check's own inputs hold."""
    small: bool = False
    """Whether these steps show the difference on their own; otherwise they are all that the check did."""
    worked_out: bool = False
    """Whether the check compares something that it computes from this output, and not the output itself."""
    right_over_reference: bool = False
    """Whether the check passes when the functions that the task calls are the reference's."""

    @property
    def entries(self) -> int:
        """How many numbers the inputs that are shown hold."""
        return count_entries(self.steps)


def count_entries(steps: Sequence[Step]) -> int:
    """How many numbers the arrays of some steps hold."""
    return sum(array.size for step in steps for value in step.values() for array in arrays_in(value))


@contextlib.contextmanager
def opened(submission: Path, course: Course, assignment: str, seed: int | str, unsafe: bool = False) -> Iterator[Explanation]:
    """A submission that is ready to be examined.

    Raises
    ------
    SandboxUnavailable
        When there is no working sandbox and ``unsafe`` was not asked for.
    NotExplained
        When nothing of the submission can be graded.
    """
    if not unsafe and (problem := sandbox.problem()):
        raise SandboxUnavailable(problem)
    work = Path(tempfile.mkdtemp(prefix="coursenn-explain-"))
    try:
        with stage_submission(submission, course, assignment) as staged:
            if staged.not_gradable:
                raise NotExplained(f"nothing of it can be graded: {staged.not_gradable}")
            package = assemble_for_sandbox(staged, work, course)
            complete = assemble_staged(staged, work / "complete", course)
            tree = ProcessTree(course, Mounts(package), DEFAULT_LIMITS, unsafe)
            try:
                yield Explanation(course, package, complete, tree, expectations(reference_path(course), seed))
            finally:
                tree.close()
    finally:
        shutil.rmtree(work, ignore_errors=True)


class Explanation:
    """Explains why a task of one submission lost marks.

    Parameters
    ----------
    package : its assembled ``coursenn/``, as in the sandbox while it is graded.
    complete : the same with every given module, as a student has it.
    """

    def __init__(self, course: Course, package: Path, complete: Path, tree: ProcessTree, expected: Expectations) -> None:
        self.course, self.package, self.complete, self.tree, self.expected = course, package, complete, tree, expected

    def differences(self, task: Task, only: str = "", progress: Callable[[str], None] | None = None) -> list[Difference]:
        """Every check of a task that fails, in order.

        Parameters
        ----------
        only : the name of one check.

        Raises
        ------
        NotExplained
            When the task has no such check, or grades no function.
        """
        if not task.functions:
            raise NotExplained(f"{task.id} is graded by the accuracy of a trained network, so there is no input to show")
        checks = [c for c in checks_of(self.course, task) if not only or c.name == only]
        if not checks:
            raise NotExplained(f"{task.id} has no check {only!r}; they are {', '.join(c.name for c in checks_of(self.course, task))}")
        below = Below(self.course, self.expected.path, self.package)
        references = below.modules(below.functions(task))
        found: list[tuple[Check, Difference]] = []
        for check in checks:
            if progress:
                progress(check.name)
            if difference := self._difference(task, check):
                found.append((check, difference))
        if references and found:
            # A run over the reference never shares a sandbox with a run without it.
            self.tree.close()
            for check, difference in found:
                difference.right_over_reference = self._passes(task, check, references)
            self.tree.close()
        return [difference for _, difference in found]

    def _difference(self, task: Task, check: Check) -> Difference | None:
        """The check's difference; None if it passes."""
        steps: list[Step] = []
        seen: list[Observed] = []
        error: SubjectError | None = None
        want = self.expected.of(check)
        try:
            process = self.tree.start(task_load(self.course, task))
        except CheckStopped as stop:
            return Difference(check.name, check.asks, f"its files cannot be run: {stop.verdict}")
        try:
            with process.check() as backend, np.errstate(all="ignore"):
                backend.proportions = self.expected.sizes(check)
                recorder = Recorder(backend)
                steps = recorder.steps
                session = open_session(check, recorder, self.expected.seed)
                try:
                    seen = finish_check(check, session)
                except SubjectError as raised:
                    error = raised
                    with contextlib.suppress(Exception):
                        seen = session.arrived()
        except CheckStopped as stop:
            return self._whole(check, f"it was stopped: {stop.verdict}", steps)
        except Exception as broken:
            # The check computes with what the student's code returned, which may be anything.
            return self._whole(check, f"the check cannot use what was returned ({type(broken).__name__})", steps)
        finally:
            process.end()
        if error is not None:
            return self._raising(task, check, error, steps)
        opinion = judge(want, seen, session.calls)
        if opinion.passed:
            return None
        return self._wrong(task, check, opinion.message, opinion.right, want, seen, steps)

    def _wrong(
        self,
        task: Task,
        check: Check,
        message: str,
        right: Sequence[bool],
        want: Sequence[Observed],
        seen: Sequence[Observed],
        steps: list[Step],
    ) -> Difference:
        """The difference for the first thing that is wrong."""
        index = next((i for i, ok in enumerate(right) if not ok), None)
        before = self._whole(check, message, steps)
        expected, got = (None, None) if index is None else (want[index], seen[index])
        if index is None or not isinstance(expected, Observation) or not isinstance(got, Observation):
            return self._output_below(task, before)
        before = replace(before, output=got.name, expected=expected.value, given=got.value)
        path = _path_to(steps, seen, index)
        small = self._smallest(task, before, path, expected, got.value) if path else None
        return small or self._output_below(task, before)

    def _output_below(self, task: Task, before: Difference) -> Difference:
        """For a check that compares something computed from outputs, the difference with the first output fetched that differs.

        A random output is skipped, since the reference's is not the only right one.
        """
        for path in _looks(before.steps):
            try:
                mine, theirs = self._ask_reference(path), self._ask(task, path)
            except CheckStopped:
                return before
            if isinstance(mine, np.ndarray) and isinstance(theirs, np.ndarray):
                want = Observation("output", mine)
                if _kind(want, theirs) and not self.is_random(path, mine):
                    small = self._smallest(task, replace(before, output="output"), path, want, theirs)
                    return replace(small, worked_out=True) if small else before
        return before

    def is_random(self, path: Sequence[Step], value: Array | None) -> bool:
        """Whether the reference's result changes with the state of numpy's generator."""
        if not any(s.kind == "seed" for s in path):
            return False
        other = self._ask_reference([replace(s, args=(s.args[0] + 1,)) if s.kind == "seed" else s for s in path])
        return not isinstance(other, np.ndarray) or value is None or not np.array_equal(other, value, equal_nan=True)

    def _smallest(self, task: Task, before: Difference, path: Sequence[Step], want: Observation, got: Array) -> Difference | None:
        """The difference on the smallest input; None if the path does not show it on its own."""
        kind, gap = _kind(want, got), _gap(want.value, got)

        def differs(candidate: Sequence[Step]) -> bool:
            mine = self._ask_reference(candidate)
            # Most smaller inputs no longer fit together: the reference shows this at once, the submission only in a separate process.
            if not isinstance(mine, np.ndarray) or not _as_finite(mine, want.value):
                return False
            theirs = self._ask(task, candidate)
            if not isinstance(theirs, np.ndarray):
                return False
            return _kind(replace(want, value=mine), theirs) == kind and _gap(mine, theirs) >= SMALLEST_SHARE * gap

        small = self._shrunk(path, differs)
        if small is None:
            return None
        try:
            mine, theirs = self._ask_reference(small), self._ask(task, small)
        except CheckStopped:
            return None
        if not isinstance(mine, np.ndarray) or not isinstance(theirs, np.ndarray):
            return None
        return replace(before, steps=small, expected=mine, given=theirs, small=True)

    def _raising(self, task: Task, check: Check, error: SubjectError, steps: list[Step]) -> Difference:
        """The difference for an exception that is raised."""
        place = f" in {error.place}" if error.place else ""
        problem = f"it raises {error.kind}{place}: {error.text}" if error.text else f"it raises {error.kind}{place}"
        before = self._whole(check, problem, steps)
        asked: list[Step] = []
        try:
            raised = self._ask(task, steps, done=asked)
        except CheckStopped:
            return before
        if not isinstance(raised, SubjectError):
            return before

        def differs(candidate: Sequence[Step]) -> bool:
            if isinstance(self._ask_reference(candidate), Exception):
                return False
            theirs = self._ask(task, candidate)
            return isinstance(theirs, SubjectError) and theirs.kind == error.kind

        small = self._shrunk(asked, differs)
        return before if small is None else replace(before, steps=small, small=True)

    def _whole(self, check: Check, problem: str, steps: list[Step]) -> Difference:
        return Difference(check.name, check.asks, problem, steps, entries_before=count_entries(steps))

    def _shrunk(self, path: Sequence[Step], differs: Callable[[Sequence[Step]], bool]) -> list[Step] | None:
        """The smallest steps that show it; None if not even the check's own steps do so on their own."""
        start, stops = needed(path), 0

        def still_differs(candidate: Sequence[Step]) -> bool:
            nonlocal stops
            if stops >= MAX_STOPS:
                return False
            try:
                return differs(candidate)
            except CheckStopped:
                stops += 1
                return False

        if not still_differs(start):
            start = list(path)
        if not still_differs(start):
            return None
        value = self._ask_reference(start)
        return shrunk(start, still_differs, random=self.is_random(start, value) if isinstance(value, np.ndarray) else True)

    def _ask_reference(self, steps: Sequence[Step]) -> Array | Exception | None:
        backend = LocalBackend(self.expected.path)
        state = np.random.get_state()
        try:
            with backend.at_work(), np.errstate(all="ignore"):
                return ask(backend, steps)
        except Exception as error:
            # The function may not accept a smaller input.
            return error
        finally:
            np.random.set_state(state)

    def _ask(self, task: Task, steps: Sequence[Step], done: list[Step] | None = None) -> Array | SubjectError | None:
        """Run the steps over the submission, in a new process, so that nothing is left from earlier steps.

        `CheckStopped` if that process is stopped.
        """
        process = self.tree.start(task_load(self.course, task))
        try:
            with process.check() as backend, np.errstate(all="ignore"):
                try:
                    return ask(backend, steps, done=done)
                except SubjectError as error:
                    return error
        finally:
            process.end()

    def _passes(self, task: Task, check: Check, references: tuple[ReferenceModule, ...]) -> bool:
        """Whether a check is right over the reference's functions."""
        try:
            process = self.tree.start(task_load(self.course, task), references)
            try:
                with process.check() as backend, np.errstate(all="ignore"):
                    backend.proportions = self.expected.sizes(check)
                    session = open_session(check, backend, self.expected.seed)
                    return judge(self.expected.of(check), finish_check(check, session), session.calls, facts=False).passed
            finally:
                process.end()
        except (SandboxUnavailable, KeyboardInterrupt):
            raise
        except Exception:
            return False


def _path_to(steps: Sequence[Step], seen: Sequence[Observed], index: int) -> list[Step] | None:
    """The steps up to the look at one output; None if there is none."""
    item = seen[index]
    if not isinstance(item, Observation) or item.source is None:
        return None
    looks = [i for i, s in enumerate(steps) if s.kind == "look" and s.target == item.source]
    same = [i for i, other in enumerate(seen) if isinstance(other, Observation) and other.source == item.source]
    if not looks:
        return None
    place = looks[same.index(index)] if len(looks) == len(same) else looks[-1]
    return [s for s in steps[:place] if s.kind != "look"] + [steps[place]]


def _looks(steps: Sequence[Step]) -> Iterator[list[Step]]:
    """For each output that a check fetches, the steps that lead to it."""
    places = [i for i, step in enumerate(steps) if step.kind == "look"]
    for place in places[:MAX_LOOKS]:
        yield needed([*(s for s in steps[:place] if s.kind != "look"), steps[place]])


def _as_finite(value: Array, before: Array) -> bool:
    """Whether a smaller input causes no infinite values that were not there before."""
    return bool(np.isfinite(value).all() or not np.isfinite(before).all())


def _gap(expected: Array, value: Array) -> float:
    """How far off values are, relative to the largest; 0 if shapes differ, which is another kind of difference."""
    if expected.shape != value.shape or not value.size:
        return 0.0
    with np.errstate(all="ignore"):
        error = float(np.max(np.abs(value.astype(np.float64) - expected.astype(np.float64))))
    scale = float(np.max(np.abs(expected.astype(np.float64)), initial=0.0))
    return error / scale if scale > 0 and np.isfinite(error) else error if np.isfinite(error) else 0.0


def _kind(want: Observation, value: Array) -> str:
    """In which way an output differs; empty if it does not."""
    opinion = compare_arrays(want, value, None)
    if opinion.passed:
        return ""
    text = opinion.measured or opinion.message
    return next((kind for kind in ("has shape", "has dtype", "holds", "is finite", "is off") if kind in text), "other")
