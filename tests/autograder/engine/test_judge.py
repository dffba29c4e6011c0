"""Is right work called right and wrong work wrong, and do messages keep to their fixed set?"""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from autograder.checking import Observation, Requirement
from autograder.engine.judge import compare_arrays, judge

floats = hnp.arrays(np.float64, hnp.array_shapes(max_dims=3, max_side=5), elements=st.floats(-1e6, 1e6))


@given(floats)
def test_equal_is_right(array: np.ndarray) -> None:
    """Does an array agree with itself, in any memory order and precision that holds it?"""
    want = Observation("out", array)
    assert compare_arrays(want, np.asfortranarray(array)).passed
    assert compare_arrays(want, array.astype(np.longdouble).astype(np.float64)).passed


@given(floats, st.floats(1e-3, 1e3))
def test_scale_decides(array: np.ndarray, offset: float) -> None:
    """Is an error below atol + rtol * scale right, and one above it wrong?"""
    want = Observation("out", array, atol=1e-9, rtol=1e-7)
    allowed = 1e-9 + 1e-7 * float(np.abs(array).max())
    moved = array.copy()
    moved.flat[0] += 0.5 * allowed
    assert compare_arrays(want, moved).passed
    moved.flat[0] = array.flat[0] + 10 * allowed + offset
    assert not compare_arrays(want, moved).passed


@given(floats, floats)
def test_messages_contain_no_values(expected: np.ndarray, value: np.ndarray) -> None:
    """Do messages contain no numbers except shapes and powers of ten?"""
    message = compare_arrays(Observation("out", expected), value).message
    rest = re.sub(r"\([\d, ]*\)|\b(?:0\.0*1|1[0,]*(?:e[+-]?\d+)?)\b|- 1\)|float32|float64", "", message)
    assert not re.search(r"\d", rest), message


def test_a_result_that_never_came_is_named() -> None:
    """Does the message name what there was nothing of to compare?"""
    wanted = [Observation(name, np.ones(3)) for name in ("dx", "dw")]
    assert judge(wanted, wanted[:1]).message == "the check did not get dw to compare: is it missing from what is returned?"
    assert "did not get dx" in judge(wanted, wanted[1:]).message


def test_infinities_and_nan_must_be_where_the_reference_has_them() -> None:
    """Is NaN accepted only where it is expected?"""
    want = Observation("out", np.array([1.0, np.inf, np.nan]))
    assert compare_arrays(want, np.array([1.0, np.inf, np.nan])).passed
    assert not compare_arrays(want, np.array([1.0, 1.0, np.nan])).passed
    assert not compare_arrays(want, np.array([np.nan, np.inf, np.nan])).passed
    assert "NaN" in compare_arrays(want, np.array([np.nan, np.inf, np.nan])).message
    assert not compare_arrays(want, np.array([1.0, -np.inf, np.nan])).passed


@pytest.mark.parametrize(
    ("value", "passed"),
    [(np.zeros((1, 3)), True), (np.zeros((3, 1)), True), (np.zeros(4), False), (np.zeros((3, 3)), False), (np.float64(0), False)],
)
def test_axes_of_length_one_do_not_matter(value: np.ndarray, passed: bool) -> None:
    """Is (1, D) accepted for (D,), and every other shape wrong?"""
    opinion = compare_arrays(Observation("db", np.zeros(3)), np.asarray(value))
    assert opinion.passed is passed
    assert "(3,)" in opinion.message


def test_dtype_counts_only_when_it_is_asked_for() -> None:
    """Is float32 for float64 wrong only in checks about precision?"""
    assert compare_arrays(Observation("x", np.ones(2)), np.ones(2, np.float32)).passed
    opinion = compare_arrays(Observation("x", np.ones(2), dtype=True), np.ones(2, np.float32))
    assert opinion.message == "x has dtype float32, expected float64"


def test_integers_and_bools_compare_by_value() -> None:
    """Are integer labels compared without overflow?"""
    assert compare_arrays(Observation("y", np.array([1.0, 0.0])), np.array([True, False])).passed
    assert not compare_arrays(Observation("y", np.array([250, 0])), np.array([250, 1], np.uint8)).passed


def test_an_incomplete_check_fails() -> None:
    """Does a check fail if it could not examine everything?"""
    seen = [Observation("a", np.ones(1)), Requirement(True, "must hold")]
    assert judge(seen, seen).passed
    assert not judge(seen, seen[:1]).passed
    assert not judge(seen, seen[::-1]).passed
    assert judge(seen, [seen[0], Requirement(False, "must hold")]).message == "must hold"


def test_a_large_input_may_be_left_out() -> None:
    """Does work pass that was too slow on the large input but right on the small one, and fail if there is no small one?"""
    small, middle, large = (Observation(name, np.ones(2), large=name != "small") for name in ("small", "middle", "large"))
    assert judge([small, middle, large], [small, middle]).passed
    assert not judge([small, middle, large], [small]).passed
    assert not judge([small, small, middle], [small]).passed
