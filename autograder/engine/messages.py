"""What a student is told when a check ended in something other than a comparison; a fixed set of sentences."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from autograder.checking import SubjectError
from autograder.engine.unpacked import taken_apart
from autograder.given_module import given_module
from autograder.manifest import Course, Task
from autograder.sandbox.worker.older_keywords import BATCHNORM, DROPPING, KEEPING
from autograder.verdicts import Verdict

_older_numpy = given_module("_older_numpy")

STUB = re.compile(r"\bTask ([a-z0-9]+(?:-[a-z0-9]+)*)")
STUB_LINE = re.compile(rb"raise NotImplementedError\([^\n]{0,40}\bTask ([a-z0-9]+(?:-[a-z0-9]+)*)")
RAISED = re.compile(r"(?:raised (\w+) in|cannot be read:) ([\w/]+\.py), line (\d+)(?=$|:)")
WRONG_OUTPUT = re.compile(r"([A-Za-z_]\w*)(?: [^:;]{0,100})? (?:(?:is|are) (?:off by|finite where)|(?:has|have) (?:shape|dtype)|holds?)\b")
OLDER_KEYWORDS = {
    KEEPING: "dropout as the probability of keeping a unit, since its default is 1",
    DROPPING: "dropout as the probability of dropping a unit, since its default is not 1",
    BATCHNORM: "use_batchnorm for batch normalization",
}
MATMUL = re.compile(r"(?<=^matmul: )Input operand \d has a mismatch in its core dimension \d, with gufunc signature \S+(?= \(size )")
INNER_SIDES = "the inner sides do not fit"
"""What is said instead: the signature of numpy's inner loop means nothing to a student."""
UNUSABLE = ("NotAnArray", "NoSuchItem", "Nothing")
NOT_OF_PYTHON = (*UNUSABLE, "Unreadable")


@dataclass(frozen=True)
class RaisedAt:
    """Where an exception came from: file and line of the hand-in."""

    kind: str
    """Class of the exception; empty if the file cannot be read as Python."""
    file: str
    line: int


def raised_at(message: str) -> RaisedAt | None:
    """The place that a message of `Messages.raised` names; the exception's own text, which follows it, is ignored."""
    found = RAISED.match(message)
    return RaisedAt(found[1] or "", found[2], int(found[3])) if found else None


def wrong_output(message: str) -> str:
    """The output that a comparison's message is about; empty for any other message."""
    found = WRONG_OUTPUT.match(message)
    return found[1] if found else ""


def without_masks(text: str) -> str:
    """The text of an exception without the clauses whose number was hidden: "got #" says nothing."""
    clauses = [text[start:end] for start, end in _clauses(text) if "#" not in text[start:end]]
    return ", ".join(clauses) if "#" in text else text


def _clauses(text: str) -> Iterator[tuple[int, int]]:
    """Where clauses begin and end; text in brackets, such as a shape or an interval, is never divided."""
    start = depth = 0
    for i, character in enumerate(text):
        depth += (character in "([{") - (character in ")]}")
        if character in ",;:" and text[i + 1 : i + 2] == " " and depth <= 0:
            yield start, i
            start = i + 2
    yield start, len(text)


class Messages:
    """Verdict and message for what one submission raises.

    Parameters
    ----------
    quiet : show no text that comes from student code (in a second run it could quote the reference).
    """

    def __init__(self, course: Course, package: Path, quiet: bool = False) -> None:
        self.course, self.package, self.quiet = course, package, quiet

    def stopped(self, verdict: Verdict, cpu_s: int, importing: bool = False, within_s: float | None = None) -> str:
        """The message for a check that was stopped; ``within_s`` is given if it had fewer seconds for a large input."""
        if within_s is not None:
            words = "as differences taken entry by entry do: compute the gradient with whole arrays"
            return f"took more than {within_s:g} seconds for a large input, {words}"
        return ("while the files were imported: " if importing else "") + verdict.about.reason.format(cpu=cpu_s)

    def verdict(self, task: Task, error: SubjectError) -> Verdict:
        """The verdict of a check that ended in an exception."""
        if error.kind == "Missing":
            return Verdict.MISSING
        if error.kind == "NotImplementedError":
            return Verdict.NOT_ATTEMPTED if self._not_begun(task, error) else Verdict.ERROR
        if error.kind == "TooLarge":
            return Verdict.OUTPUT_LIMIT
        return Verdict.FAILED if error.kind in (*UNUSABLE, "OutOfProportion") else Verdict.ERROR

    def raised(self, task: Task, error: SubjectError) -> str:
        """What to say about the exception that ended a check."""
        if error.kind == "Absent":
            name = error.text if error.text in task.absent else "something"
            return f"{name} is not available while this task is graded"
        if error.kind == "NotImplementedError":
            return "not finished yet" if self._not_begun(task, error) else f"needs {self._needed(error)}, which is not finished yet"
        if error.kind == "Missing":
            return "the function is not in the file"
        if error.kind in ("TooLarge", "OutOfProportion"):
            return f"an output{error.text} is far larger than the right one"
        if self.quiet:
            return f"raised {error.kind}" if error.kind not in NOT_OF_PYTHON else "could not be used"
        if error.kind in UNUSABLE:
            return error.text
        if error.kind == "Unreadable":
            return f"cannot be read: {error.text}"
        text = _older_numpy.cure(error.kind, error.text) or MATMUL.sub(INNER_SIDES, without_masks(error.text))
        said = [part for part in (text, taken_apart(error.text, error.place, self.package)) if part]
        return ": ".join([f"raised {error.kind}" + (f" in {error.place}" if error.place else ""), *said])

    def _needed(self, error: SubjectError) -> str:
        """The functions of the unfinished task that a stub names."""
        return self.course.task(str(self._unfinished(error))).function

    def note(self, error: SubjectError) -> str:
        """A note of the loader, for the result document."""
        where = error.place or "a file"
        if error.kind == "TooSlow":
            return (
                f"{where}: this statement takes a long time whenever the file is imported, so it is left out; put such code into a function"
            )
        text = _older_numpy.cure(error.kind, error.text) or without_masks(error.text)
        return f"{where}: " + (f"{error.kind}: " if error.kind != "Unreadable" else "") + text

    @staticmethod
    def older_keywords(target: str, bits: int) -> list[str]:
        """Notes on a class that was called with keywords of older courses; ``bits`` come from a process that ran student code."""
        name = target.rpartition(".")[2]
        return [
            f"{name} has a keyword of older courses, which was accepted: {words}" for bit, words in OLDER_KEYWORDS.items() if bits & bit
        ]

    def _not_begun(self, task: Task, error: SubjectError) -> bool:
        """Whether the task has not been started; a backward pass often meets the stub of the forward pass before its own."""
        return self._unfinished(error) in (None, task.id) or task.id in self._stubs

    @functools.cached_property
    def _stubs(self) -> set[str]:
        files = [self.package / name for name in self.course.editable]
        return {name.decode() for path in files if path.is_file() for name in STUB_LINE.findall(path.read_bytes())}

    def _unfinished(self, error: SubjectError) -> str | None:
        """The other task that is not finished, if the stub names one."""
        found = STUB.search(error.text)
        return found.group(1) if found and found.group(1) in {t.id for t in self.course.tasks} else None
