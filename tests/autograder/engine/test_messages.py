"""Do messages say where an exception was raised and which output is wrong, without a guess if the mistake is named?"""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from autograder.checking import Call, Observation, Ref, SubjectError
from autograder.engine.explain import leave_out_guesses
from autograder.engine.judge import judge
from autograder.engine.messages import Messages, RaisedAt, raised_at, wrong_output
from autograder.engine.result import CheckResult, TaskResult
from autograder.manifest import Course
from autograder.sandbox.backend import subject_error
from autograder.sandbox.worker.executor import Executor
from autograder.sandbox.worker.protocol import Reply
from autograder.verdicts import Verdict


def raised(course: Course, text: str, place: str = "classifiers/cnn.py, line 12") -> str:
    """Return the message about an exception in a student's file."""
    return Messages(course, Path()).raised(course.tasks[0], SubjectError("ValueError", text, place))


@pytest.mark.parametrize("text", ["", "shapes do not fit", "raised KeyError in layers.py, line 99", ": in layers.py, line 3"])
def test_the_place_is_ours_and_not_what_the_exception_says(text: str, course: Course) -> None:
    """Can the place be read back from the message, even if the student's text imitates one?"""
    assert raised_at(raised(course, text)) == RaisedAt("ValueError", "classifiers/cnn.py", 12)
    assert raised_at(raised(course, text, place="")) is None


def test_the_place_of_a_syntax_error(course: Course) -> None:
    """Does the message name the line at which a file cannot be parsed?"""
    error = SubjectError("Unreadable", "layers.py, line 811: '(' was never closed")
    assert raised_at(Messages(course, Path()).raised(course.tasks[0], error)) == RaisedAt("", "layers.py", 811)


def test_what_needs_an_unfinished_task_names_its_functions(course: Course) -> None:
    """Does the message name the function to finish, and not the id of its task?"""
    stub = SubjectError("NotImplementedError", "Task affine-forward (notebook FullyConnectedNets): complete affine_forward")
    assert Messages(course, Path()).raised(course.task("affine-relu"), stub) == "needs layers.affine_forward, which is not finished yet"


def test_names_that_numpy_no_longer_has_get_their_cure(course: Course) -> None:
    """Does one plain sentence replace numpy's own in the message about an exception and in a note about the file?"""
    error = SubjectError("AttributeError", "module 'numpy' has no attribute 'int'. `np.int` was a deprecated alias", "layers.py, line 12")
    told = "numpy no longer has np.int: write int instead."
    messages = Messages(course, Path())
    assert messages.raised(course.tasks[0], error) == f"raised AttributeError in layers.py, line 12: {told}"
    assert messages.note(error) == f"layers.py, line 12: AttributeError: {told}"
    assert told not in Messages(course, Path(), quiet=True).raised(course.tasks[0], error)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Invalid dropout p #: the probability of keeping must be above 0", "the probability of keeping must be above 0"),
        ("p must be in (0, 1], got '#'", "p must be in (0, 1]"),
        ("could not convert '#'", ""),
        ("bad shape (3, #, 4) of x", ""),
        (
            "matmul: Input operand 1 has a mismatch in its core dimension 0, with gufunc signature (n?,k),(k,m?)->(n?,m?)"
            " (size 20 is different from 5)",
            "matmul: the inner sides do not fit (size 20 is different from 5)",
        ),
        ("shapes (4,3) and (5,2) not aligned: 3 (dim 1) != 5 (dim 0)", "shapes (4,3) and (5,2) not aligned: 3 (dim 1) != 5 (dim 0)"),
    ],
)
def test_only_what_helps_is_kept_of_an_exception(text: str, shown: str, course: Course) -> None:
    """Are "got '#'" and numpy's words on its inner loop removed from the text of an exception, and everything else kept?"""
    assert raised(course, text) == "raised ValueError in classifiers/cnn.py, line 12" + (f": {shown}" if shown else "")


def test_what_is_missing_has_the_name_that_is_documented() -> None:
    """Does the message call a missing part, entry or attribute by the docstring's name?"""

    def told(what: str) -> str:
        return subject_error(Reply("E", code="NoSuchItem", text=what)).text

    assert told("part 1") == "fewer things were returned than the docstring lists: there is no number 2"
    assert told("entry velocity") == "the dict that was passed has no entry velocity after the call"
    assert told("attribute bn_params") == "the object that your class makes has no attribute bn_params"
    assert told("entry W1 of attribute params") == "params has no entry W1"
    assert told("entry W1 of part 1") == "the second of the results has no entry W1"


def test_the_dictionary_of_a_missing_entry_is_named() -> None:
    """Does the message about a network say in what `W1` was looked for?"""
    executor = Executor(lambda target: None)
    executor.values["net"], executor.values["results"] = SimpleNamespace(params={"b1": 0.0}), (1.0, {"b1": 0.0})

    def told(handle: str, *path: list[object]) -> str:
        return subject_error(executor.handle({"op": "array", "ref": [handle, list(path)]}, [])).text

    assert told("net", ["attr", "params"], ["item", "W1"]) == "params has no entry W1"
    assert told("results", ["item", 1], ["item", "W1"]) == "the second of the results has no entry W1"
    assert told("net", ["attr", "reg"]) == "the object that your class makes has no attribute reg"


def test_a_factor_of_n_by_n_minus_1_is_named_only_without_a_better_explanation() -> None:
    """Is the factor by which an output is off kept in the message, unless another output or a setting says more?"""
    x = np.random.default_rng(0).normal(size=(5, 3))
    call = {"1": Call("layers.f", (x,), {})}
    wanted = [Observation("running_var", x, source=Ref("1")), Observation("out", x, source=Ref("1"))]
    factor = Observation("running_var", x * 5 / 4, source=Ref("1"))
    assert "N/(N - 1)" in judge(wanted, [factor, wanted[1]], call).message
    other = judge(wanted, [factor, Observation("out", x + 7, source=Ref("1"))], call)
    assert "N/(N - 1)" not in other.message
    assert other.message == other.measured


def opinion_of(got: np.ndarray, wanted: np.ndarray) -> tuple[str, str]:
    """Return the message about a wrong output, with guesses and without."""
    opinion = judge([Observation("dx", wanted)], [Observation("dx", got)])
    assert not opinion.passed
    return opinion.message, opinion.measured


def test_the_wrong_output_is_read_back() -> None:
    """Is the compared output named for everything that can be wrong with it?"""
    wanted = np.arange(6.0).reshape(2, 3) + 1
    for got in (wanted * 2, wanted.T, wanted * np.nan):
        assert wrong_output(opinion_of(got, wanted)[0]) == "dx"
    assert wrong_output("scores are off by about a tenth of their largest entry everywhere") == "scores"
    assert wrong_output("scores have shape (2, 3), expected (3, 2)") == "scores"
    assert wrong_output("out with the default eps is off by about a tenth of its largest entry") == "out"
    assert wrong_output("raised ValueError in layers.py, line 3: dx is off by one") == ""


def test_the_number_of_wrong_entries_is_in_correct_english() -> None:
    """Is one wrong entry called one, a number no entry, and does a plural have its verb?"""

    def told(name: str, got: np.ndarray, wanted: np.ndarray) -> str:
        return judge([Observation(name, wanted)], [Observation(name, got)]).measured

    wanted, one = np.arange(6.0).reshape(2, 3) + 1, np.zeros((2, 3))
    one[1, 1] = 5
    assert told("dx", wanted + one, wanted) == "dx is off by about as much as its largest entry in one place"
    assert told("loss", np.array(3.0), np.array(2.0)) == "loss is off by about as much as the right value"
    assert told("scores", wanted * 2, wanted) == "scores are off by about as much as their largest entry everywhere"
    assert told("scores", wanted.T, wanted) == "scores have shape (3, 2), expected (2, 3)"
    assert told("scores", wanted * np.nan, wanted) == "scores hold NaN"


def test_a_guess_is_distinguished_from_a_measurement() -> None:
    """Does one message describe the numbers, and the other only how far off they are?"""
    wanted = np.arange(6.0).reshape(2, 3) + 1
    assert opinion_of(-wanted, wanted) == (
        "dx is off by about as much as its largest entry everywhere: the sign is wrong",
        "dx is off by about as much as its largest entry everywhere",
    )
    assert opinion_of(wanted.T, wanted) == (
        "dx has shape (3, 2), expected (2, 3) (it is transposed, and its values are right)",
        "dx has shape (3, 2), expected (2, 3)",
    )


@pytest.mark.parametrize(
    ("mistakes", "level", "said"), [(["m"], "explanation", "plain"), (["m"], "pointer", "guess"), ([], "explanation", "guess")]
)
def test_guesses_give_way_to_a_named_mistake(mistakes: list[str], level: str, said: str) -> None:
    """Is the guess left out if a mistake is named, and kept otherwise?"""
    checks = [CheckResult("a", False, "guess", measured="plain"), CheckResult("b", False, "stopped")]
    result = TaskResult("t", "f", "n", Verdict.FAILED, 0.0, 1.0, checks=checks, mistakes=mistakes)
    leave_out_guesses(result, level)
    assert [c.message for c in result.checks] == [said, "stopped"]
    assert "measured" not in str(result.document())
