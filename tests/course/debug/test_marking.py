"""Does a marked copy of a function report each assigned value when it is complete, and otherwise do the same?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from coursenn.debug._marking import NotFollowedError, marked_copy

Reported = list[tuple[str, Any, bool]]


def run(function: Callable[..., Any], *arguments: Any) -> tuple[Any, Reported]:
    """Return the result of a marked copy, and what it reported."""
    reported: Reported = []

    def report(name: str, value: Any, line: int, continues: bool) -> Any:
        reported.append((name, np.array(value).tolist() if isinstance(value, np.ndarray) else value, continues))
        return value

    return marked_copy(function, report)(*arguments), reported


def test_every_form_of_assignment_is_reported() -> None:
    """Are plain, tuple, annotated and augmented assignments reported, and whether each continues an older value?"""

    def function(x: float) -> float:
        a = x + 1
        (b, *_), c = (a, a), 3
        d: float = b
        d += c
        d = d * 2
        return d  # noqa: RET504

    result, reported = run(function, 1.0)
    assert result == 10.0
    assert sorted(reported[:3]) == [("a", 2.0, False), ("b", 2.0, False), ("c", 3, False)]
    assert reported[3:] == [("d", 2.0, False), ("d", 5.0, True), ("d", 10.0, True)]


def test_an_array_is_reported_after_a_loop_has_filled_it() -> None:
    """Is an array that a loop writes into reported once, with its final content?"""

    def function(n: int) -> Any:
        filled, added = np.zeros(n), np.zeros(2)
        total = 0.0
        for i in range(n):
            filled[i] = i
            for j in range(2):
                added[j] += i
            if i:
                total += i
        np.add.at(filled, [0], 5.0)
        filled[1:] *= 2
        return filled

    _, reported = run(function, 3)
    assert reported == [("added", [3.0, 3.0], False), ("total", 3.0, False), ("filled", [5.0, 2.0, 4.0], False)]


def test_a_value_that_a_loop_assigns_is_reported_each_time() -> None:
    """Is a name in a loop reported once for each assignment?"""

    def function(x: float) -> float:
        for _ in range(3):
            step = x * 2
            x = step + 1
        return x

    assert [name for name, _, _ in run(function, 1.0)[1]] == ["step", "x"] * 3


def test_the_copy_keeps_closure_defaults_and_methods() -> None:
    """Does the copy have the function's outer variables, its defaults and its object?"""
    around = 5

    def function(x: int, *, more: int = 2) -> int:
        inner = x + around + more

        def nested() -> int:
            deep = inner + 1
            return deep  # noqa: RET504

        return nested()

    class Thing:
        size = 3

        def method(self, x: int) -> tuple[int, str]:
            text = """some text
that is indented less"""
            y = x * self.size
            return y, text

    assert run(function, 1) == (9, [("inner", 8, False), ("deep", 9, False)])
    assert run(Thing().method, 2)[0] == (6, "some text\nthat is indented less")


def test_an_error_names_the_line_of_the_file() -> None:
    """Does a traceback through the copy give the student's own line?"""

    def function() -> float:
        a = 1
        return a / 0

    with pytest.raises(ZeroDivisionError) as caught:
        run(function)
    last = caught.traceback[-1]
    assert last.path == caught.traceback[0].path
    assert last.lineno == function.__code__.co_firstlineno + 1


@pytest.mark.parametrize("function", [np.exp, len, lambda x: x, eval("lambda x: x")])
def test_what_cannot_be_followed_is_refused(function: Callable[..., Any]) -> None:
    """Is a function without a source or without a body refused?"""
    with pytest.raises(NotFollowedError):
        marked_copy(function, lambda *_: None)
