"""Is the nearest fact found, does every fact hold, and does none contain a value?"""

from __future__ import annotations

import time

import numpy as np
import pytest

from autograder.checking import Observation
from autograder.engine.facts import shape_fact, sizes_of, value_fact, where
from autograder.engine.judge import compare_arrays
from tests.course.relation_examples import EXAMPLES

RNG = np.random.default_rng(0)
MATRIX = RNG.normal(size=(5, 3))
SQUARE = RNG.normal(size=(4, 4))
IMAGES = RNG.normal(size=(2, 3, 5, 5))
CUBE = RNG.normal(size=(3, 3, 3))
SIZES = {"N": 5, "D": 3}


@pytest.mark.parametrize(
    ("expected", "value", "fact"),
    [
        (MATRIX, 5 * MATRIX, "right up to a factor N"),
        (MATRIX, MATRIX / 5, "right up to a factor 1/N"),
        (MATRIX, MATRIX * 3, "right up to a factor D"),
        (MATRIX, -MATRIX / 5, "right up to a factor minus 1/N"),
        (MATRIX, MATRIX * 2, "right up to a factor of two"),
        (MATRIX, MATRIX * 0.5, "right up to a factor of one half"),
        (MATRIX, MATRIX * np.sqrt(4 / 5), "right up to a factor the root of (N - 1)/N"),
        (MATRIX, MATRIX * 1.2345, "off by the same factor"),
        (MATRIX, -MATRIX, "the sign is wrong"),
        (MATRIX, MATRIX + 7, "off by the same amount"),
        (MATRIX, np.abs(MATRIX), "some of the signs are wrong"),
        (MATRIX, 0 * MATRIX, "all of it is zero"),
        (0 * MATRIX, MATRIX, "all of it should be zero"),
        (SQUARE, SQUARE.T, "it is transposed"),
        (IMAGES, IMAGES.transpose(0, 1, 3, 2), "two of its axes are exchanged"),
        (IMAGES, IMAGES[:, :, ::-1, ::-1], "it is turned around along its rows and columns"),
        (MATRIX, MATRIX.reshape(3, 5).T, "the right numbers in another order"),
        (MATRIX, MATRIX - MATRIX.mean(axis=0), "with the mean over its rows taken off"),
        (MATRIX - MATRIX.mean(axis=0), MATRIX, "would be right with the mean over its rows taken off"),
        (MATRIX, MATRIX * [1.3, 2.7, 0.4], "each column is right up to a factor of its own"),
        (MATRIX, MATRIX + np.array([[1.0], [2], [3], [5], [8]]), "each row is off by an amount of its own"),
        (MATRIX, MATRIX * [1, 2.7, 0.4], "each column is right up to a factor of its own"),
        (MATRIX, MATRIX * [1, 1, 0.4], "only the last column is wrong"),
        (MATRIX, MATRIX * 1e-12, "all of it is zero up to rounding"),
        (IMAGES[0], IMAGES[0].transpose(1, 2, 0).reshape(3, 5, 5), "the right numbers in another order"),
        (CUBE, CUBE.transpose(1, 2, 0), "its axes are in another order"),
        (MATRIX[0], MATRIX[0] * [1, 2, 3], "only the first entry is right"),
        (IMAGES[0, 0, 0], IMAGES[0, 0, 0] * [1, 2, 1, 5, 1], "some entries are right and others are wrong"),
        (np.array(3.0), np.array(15.0), "right up to a factor N"),
    ],
)
def test_facts_are_found(expected: np.ndarray, value: np.ndarray, fact: str) -> None:
    """Is each kind of relation between two arrays recognised?"""
    assert fact in value_fact(value, expected, 1e-9, SIZES)


@pytest.mark.parametrize(
    ("factor", "fact"),
    [
        (2.0, "all of it is right up to a factor of two, and N is two here"),
        (0.5, "all of it is right up to a factor of one half, and N is two here"),
        (-2.0, "all of it is right up to a factor of minus two, and N is two here"),
        (3.0, "all of it is right up to a factor D"),
    ],
)
def test_a_length_of_two_is_not_called_another_factor_than_two(factor: float, fact: str) -> None:
    """If both N and 2 would explain the numbers, does the message say that N is 2?"""
    assert value_fact(factor * MATRIX[:2], MATRIX[:2], 1e-9, {"N": 2, "D": 3}) == fact


@pytest.mark.parametrize(("kind", "value", "expected"), EXAMPLES)
def test_every_relation_has_a_sentence_without_values(kind: str, value: np.ndarray, expected: np.ndarray) -> None:
    """Does every recognisable relation have a sentence, without digits except in the names of formulas and dtypes?"""
    sizes = {"N": 3} if kind == "RATIO" else SIZES
    fact = value_fact(value, expected, 1e-9, sizes, float(np.finfo(np.float32).eps) if kind == "LOW_PRECISION" else 0.0)
    assert fact
    assert not any(c.isdigit() for c in fact.replace("float32", "").replace("float64", ""))


def test_small_errors_of_every_entry_are_not_explained() -> None:
    """Is nothing said about errors of the size of single-precision rounding, unless they are known to be rounding?"""
    assert value_fact(MATRIX.astype(np.float32).astype(np.float64), MATRIX, 1e-12, SIZES) == ""
    assert value_fact(MATRIX + 1e-7 * RNG.normal(size=MATRIX.shape), MATRIX, 1e-12, SIZES) == ""


def test_errors_about_the_tolerance_have_no_place() -> None:
    """Is a column not singled out if the errors of the others are as large but happen to be allowed?"""
    noise = np.where(np.arange(3) == 1, 1.2e-9, 0.9e-9) * RNG.uniform(0.9, 1.0, MATRIX.shape)
    assert value_fact(MATRIX + noise, MATRIX, 1e-9, SIZES) == ""
    assert "column" in value_fact(
        MATRIX + np.where(np.arange(3) == 1, 1e-3, 0.9e-9) * RNG.uniform(0.5, 1.0, MATRIX.shape), MATRIX, 1e-9, SIZES
    )


def test_a_few_similar_numbers_are_not_a_pattern() -> None:
    """Must a relation of only two or three entries, which may be chance, hold up to rounding?"""
    want = np.array([1.0, 2.0, 3.0])
    assert value_fact(want + 1e-4 * np.array([1.0, 1.005, 1.003]), want, 1e-9, {}) == ""
    assert "same amount" in value_fact(want + 1e-4, want, 1e-9, {})


@pytest.mark.parametrize(
    ("place", "fact"),
    [
        (np.s_[:, :, 0, 1:-1], "only the first row of the images is wrong"),
        (np.s_[:, :, -1, 1:-1], "only the last row of the images is wrong"),
        (np.s_[:, :, 1:-1, 1:-1], "the border of the images is right"),
        (np.s_[:, 0], "only the first channel is wrong"),
        (np.s_[1], "only the last image is wrong"),
        (np.s_[:, 1:], "only the first channel is right"),
        (np.s_[0, 0, 0, 0], "border"),
    ],
)
def test_places_are_found(place: tuple[slice, ...], fact: str) -> None:
    """Is an error located if its place has a name?"""
    wrong = np.zeros(IMAGES.shape, bool)
    wrong[place] = True
    assert fact in where(wrong)


def test_single_precision_is_distinguished_from_a_mistake() -> None:
    """Does the message say that a result was computed in float32?"""
    want = Observation("out", MATRIX, atol=1e-12, rtol=1e-12)
    assert "float32" in compare_arrays(want, MATRIX.astype(np.float32)).message


@pytest.mark.parametrize(
    ("value", "fact"),
    [
        (MATRIX.T, "transposed, and its values are right"),
        (MATRIX.T + 1, "looks transposed"),
        (MATRIX.reshape(15), "a reshape is missing"),
        (MATRIX.sum(axis=0), "summed over too many axes"),
        (np.stack([MATRIX / 2, MATRIX / 2]), "not summed over all the axes"),
        (MATRIX[0] * 7, "the shape of its first entry"),
    ],
)
def test_wrong_shapes_are_explained(value: np.ndarray, fact: str) -> None:
    """Does the message about a wrong shape say what the shape looks like?"""
    assert fact in compare_arrays(Observation("out", MATRIX), value).message


def test_random_arrays_are_not_explained() -> None:
    """Is nothing said about an array that has nothing to do with the right one?"""
    for seed in range(50):
        rng = np.random.default_rng(seed)
        a, b = rng.normal(size=(2, 2, 3, 4, 4))
        assert value_fact(a, b, 1e-9, sizes_of((a,))) == ""


def test_many_axes_are_not_summed_over_in_every_way() -> None:
    """Is an array with the largest number of axes that can be transferred handled quickly?"""
    began = time.process_time()
    assert shape_fact(np.ones((1,) * 15 + (30_000,)), np.ones((200, 240)), 1e-9) == ""
    assert time.process_time() - began < 0.2
