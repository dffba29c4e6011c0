"""Does the message say what a line was unpacking, and nothing if the line does not show it?"""

from __future__ import annotations

from pathlib import Path

import pytest

from autograder.checking import SubjectError
from autograder.engine.messages import Messages, raised_at
from autograder.engine.unpacked import MAX_LINE, MAX_LINES, taken_apart
from autograder.manifest import Course

TOO_MANY = "too many values to unpack (expected 2)"
NOT_ENOUGH = "not enough values to unpack (expected 3, got 2)"
NONE = "cannot unpack non-iterable NoneType object"


def said(tmp_path: Path, text: str, code: str, line: int = 1) -> str:
    """Return the message about the exception that this code raised."""
    (tmp_path / "layers.py").write_bytes(code.encode())
    return taken_apart(text, f"layers.py, line {line}", tmp_path)


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        (TOO_MANY, "N, D = x.shape", "x.shape holds more than 2 values"),
        (TOO_MANY, "    out, cache = affine_forward(x, w, b)", "affine_forward returned more than 2 values"),
        (TOO_MANY, "(dx, dw) = self.backward(dout)", "self.backward returned more than 2 values"),
        (NOT_ENOUGH, "x, w, b = cache", "cache holds 2 values, and the line has 3 names"),
        (NOT_ENOUGH, "x, w, b = caches[i]", "an item of caches holds 2 values, and the line has 3 names"),
        (TOO_MANY, "for i, row in rows:", "an item of rows holds more than 2 values"),
        (TOO_MANY, "for i, row in a + b:", "an item of the loop holds more than 2 values"),
        (TOO_MANY, "N, D = (x + y).shape", "the right side holds more than 2 values"),
        (TOO_MANY, "N, D = sch\u00f6n.shape", "the right side holds more than 2 values"),
        (NONE, "out, cache = relu_forward(x)", "relu_forward returned None, and the line has 2 names for it"),
        ("cannot unpack non-iterable float object", "loss, dx = total", "total is one float, and the line has 2 names for it"),
    ],
)
def test_the_unpacked_value_is_named(text: str, code: str, words: str, tmp_path: Path) -> None:
    """Does the message say what returned or contained another number of things?"""
    assert said(tmp_path, text, code) == words


def test_a_statement_may_go_over_several_lines(tmp_path: Path) -> None:
    """Is a call found whose arguments are on the following lines, with any line endings?"""
    code = "x = 1\r\nout, cache = conv_forward_naive(\r\n    x,\r\n    w,\r\n)\r\n"
    assert said(tmp_path, TOO_MANY, code, line=2) == "conv_forward_naive returned more than 2 values"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("shapes do not fit", "N, D = x.shape"),
        (TOO_MANY, "N, D, C = x.shape"),
        (TOO_MANY, "(a, b), (c, d) = 1, 2; e, f = g; h, i = j"),
        (TOO_MANY, "first, *rest = cache"),
        (TOO_MANY, f"N, D = {'x' * MAX_LINE}"),
        (TOO_MANY, "out, cache = f(" + "\n" * MAX_LINES + ")"),
        (TOO_MANY, "a, b = " + "(" * 220),
        (TOO_MANY, "nothing = here"),
    ],
)
def test_unclear_lines_get_no_explanation(text: str, code: str, tmp_path: Path) -> None:
    """Is nothing said about another exception, about several candidates, and about an odd or long line?"""
    assert said(tmp_path, text, code) == ""


def test_a_place_that_does_not_exist_is_harmless(tmp_path: Path) -> None:
    """Is a file or line that does not exist harmless?"""
    assert taken_apart(TOO_MANY, "layers.py, line 1", tmp_path) == ""
    assert said(tmp_path, TOO_MANY, "N, D = x.shape", line=0) == ""
    assert said(tmp_path, TOO_MANY, "N, D = x.shape", line=9) == ""
    assert taken_apart(TOO_MANY, "", tmp_path) == ""


def test_the_message_has_it_and_a_second_run_does_not(course: Course, tmp_path: Path) -> None:
    """Is it in a submission's message, with the place still readable, and absent if it could quote the reference?"""
    (tmp_path / "layers.py").write_text("N, D = x.shape\n", encoding="utf-8")
    error = SubjectError("ValueError", TOO_MANY, "layers.py, line 1")
    told = Messages(course, tmp_path).raised(course.tasks[0], error)
    assert told == f"raised ValueError in layers.py, line 1: {TOO_MANY}: x.shape holds more than 2 values"
    assert raised_at(told)
    assert Messages(course, tmp_path, quiet=True).raised(course.tasks[0], error) == "raised ValueError"
