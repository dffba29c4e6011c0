"""Is the relation of a wrong array to the expected one found, and is noise not taken for a relation?"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from coursenn._places import Place, PlaceKind, find_place
from coursenn._relations import Kind, Relation, find_relation
from coursenn._shape_relations import ShapeKind, ShapeRelation, find_shape_relation, find_shape_relation_of
from tests.course.relation_examples import EXAMPLES, IMAGES, MATRIX, SQUARE

pytestmark = pytest.mark.usefixtures("reference")
TOLERANCE = 1e-9


def found(got: np.ndarray, want: np.ndarray, tolerance: float = TOLERANCE) -> Relation:
    relation = find_relation(got, want, tolerance)
    assert relation is not None
    return relation


@pytest.mark.parametrize(("kind", "got", "want"), EXAMPLES)
def test_is_each_relation_found(kind: str, got: np.ndarray, want: np.ndarray) -> None:
    """Does each pair give its relation and not a similar one?"""
    relation = find_relation(got, want, TOLERANCE, precision=float(np.finfo(np.float32).eps) if kind == "LOW_PRECISION" else 0.0)
    assert relation is not None
    assert relation.kind is Kind[kind]


def test_does_each_relation_have_an_example() -> None:
    """Is there a pair for each relation?"""
    assert {kind for kind, _, _ in EXAMPLES} == {kind.name for kind in Kind}


def test_does_a_relation_come_with_its_numbers() -> None:
    """Are the factor, the amount, the axes and the count those of the wrong array?"""
    assert found(MATRIX / 5, MATRIX).factor == pytest.approx(0.2)
    assert found(np.array(-6.0), np.array(2.0)).factor == pytest.approx(-3)
    assert found(MATRIX - 7, MATRIX).amount == pytest.approx(-7)
    assert found(np.abs(MATRIX), MATRIX).count == int((MATRIX < 0).sum())
    assert found(IMAGES[:, :, ::-1, ::-1], IMAGES).axes == (2, 3)
    assert found(MATRIX * [[1.0], [2], [3], [4], [5]], MATRIX).axes == (0,)
    assert found(MATRIX - MATRIX.mean(axis=1, keepdims=True), MATRIX).axes == (1,)
    cube = np.arange(27.0).reshape(3, 3, 3) ** 1.5
    moved = found(cube.transpose(1, 2, 0), cube)
    assert np.array_equal(cube.transpose(1, 2, 0).transpose(moved.axes), cube)


@pytest.mark.parametrize("shape", [(), (2,), (7,), (5, 3), (4, 4), (2, 3, 4), (2, 3, 5, 5), (1, 1, 3, 3)])
@pytest.mark.parametrize("size", [1e-11, 1e-8, 1e-7, 1e-6, 1e-3, 1.0])
def test_is_added_noise_not_a_relation(shape: tuple[int, ...], size: float) -> None:
    """Does noise on the right array, smaller or larger than rounding errors, give no relation?"""
    nothing = {None, Kind.RATIO}
    for seed in range(30):
        rng = np.random.default_rng(seed)
        want = rng.uniform(0.5, 2, shape) * rng.choice([-1, 1], shape)
        relation = find_relation(want + size * rng.uniform(1, 2, shape) * rng.choice([-1, 1], shape), want, size / 100)
        if shape == (2,):  # two errors may have the same sign and nearly the same size by chance
            nothing.add(Kind.AMOUNT)
        assert (relation.kind if relation else None) in nothing


def test_is_an_array_of_noise_not_a_relation() -> None:
    """Does noise of any size instead of the array give no relation?"""
    for seed, size in enumerate([1e-8, 1e-7, 1e-4, 1.0, 1e4] * 10):
        rng = np.random.default_rng(seed)
        assert find_relation(size * rng.normal(size=(3, 4)), rng.normal(size=(3, 4)), TOLERANCE) is None


def test_are_relations_of_small_errors_found() -> None:
    """Is a relation found that explains a small error completely?"""
    assert found(MATRIX + 1e-7, MATRIX).kind is Kind.AMOUNT
    assert found(MATRIX + 1e-7 * MATRIX.mean(axis=0), MATRIX, 1e-12).kind is Kind.LINE_AMOUNTS


def test_does_a_single_entry_give_no_factor() -> None:
    """Is a factor named only if at least two entries have it, in the array and in each row?"""
    assert found(np.array([0.0, 0, 7, 0]), np.array([0.0, 0, 5, 0])).kind is Kind.PLACE
    one_per_row = np.eye(4)[[2, 0, 3]]
    assert found(one_per_row * [[1.5], [2], [3]], one_per_row).place == Place(PlaceKind.ONE_PER_ROW)


def test_is_one_wrong_line_a_place() -> None:
    """Is one wrong column described by its place, and are wrong factors in two columns described as factors?"""
    assert found(MATRIX * [1, 2, 1], MATRIX).place == Place(PlaceKind.LINES, axis=1, wrong=(1,), length=3)
    assert found(MATRIX * [1, 2, 3], MATRIX).kind is Kind.LINE_FACTORS
    assert found(MATRIX * [1, 0, 0], MATRIX).place == Place(PlaceKind.LINES, axis=1, wrong=(1, 2), length=3)


def test_is_a_common_mean_not_a_relation() -> None:
    """Do unrelated arrays with the same large mean give no relation?"""
    rng = np.random.default_rng(0)
    assert find_relation(100 + rng.normal(size=20), 100 + rng.normal(size=20), TOLERANCE) is None


def test_are_wrong_entries_next_to_infinite_ones_placed() -> None:
    """Do entries that are infinite in both arrays count as right, and are the wrong ones located?"""
    want = np.where(np.arange(3) == 0, -np.inf, MATRIX)
    got = np.where(np.arange(3) == 2, MATRIX**2, want)
    assert found(got, want).place == Place(PlaceKind.LINES, axis=1, wrong=(2,), length=3)


@pytest.mark.parametrize(
    ("marked", "place"),
    [
        (np.s_[:, :, 0, 1:-1], Place(PlaceKind.IMAGE_BORDER, sides=((2, 0),))),
        (np.s_[:, :, :, -1], Place(PlaceKind.IMAGE_BORDER, sides=((3, -1),))),
        (np.s_[0, 0, 0, 0], Place(PlaceKind.IMAGE_BORDER)),
        (np.s_[:, :, 1:-1, 1:-1], Place(PlaceKind.IMAGE_INSIDE)),
        (np.s_[:, 1:], Place(PlaceKind.LINES, axis=1, wrong=(1, 2), length=3)),
        (np.s_[:], None),
        (np.s_[:0], None),
    ],
)
def test_is_a_place_found(marked: tuple[slice, ...], place: Place | None) -> None:
    """Are wrong entries of images located at the sides, in the inside and in lines?"""
    wrong = np.zeros(IMAGES.shape, bool)
    wrong[marked] = True
    assert find_place(wrong) == place


def test_is_one_wrong_entry_in_each_row_a_place() -> None:
    """Is it distinguished from a single wrong column?"""
    assert find_place(np.eye(4, dtype=bool)[[2, 0, 3]]) == Place(PlaceKind.ONE_PER_ROW)
    assert find_place(np.eye(4, dtype=bool)[[1, 1, 1]]) == Place(PlaceKind.LINES, axis=1, wrong=(1,), length=4)


@pytest.mark.parametrize(
    ("got", "want", "relation"),
    [
        ((3, 5), (5, 3), ShapeRelation(ShapeKind.PERMUTED)),
        ((3, 2, 4, 4), (2, 3, 4, 4), ShapeRelation(ShapeKind.PERMUTED)),
        ((4,), (1, 4), ShapeRelation(ShapeKind.SAME_SIZE)),
        ((2, 3, 0, 0), (2, 3, 4, 4), ShapeRelation(ShapeKind.NO_PIXELS)),
        ((2, 3, 8, 8), (2, 3, 4, 4), ShapeRelation(ShapeKind.PADDED, excess=4)),
        ((2, 3, 3, 3), (2, 3, 4, 4), ShapeRelation(ShapeKind.OFF_BY_ONE, excess=-1)),
        ((3,), (5, 3), ShapeRelation(ShapeKind.FIRST_ENTRY)),
        ((7,), (5, 3), None),
    ],
)
def test_is_a_wrong_shape_related(got: tuple[int, ...], want: tuple[int, ...], relation: ShapeRelation | None) -> None:
    """Is the relation of two shapes found, also for arrays whose values are unrelated?"""
    assert find_shape_relation(got, want) == relation
    rng = np.random.default_rng(0)
    assert find_shape_relation_of(rng.normal(size=got), rng.normal(size=want), TOLERANCE) == relation


def test_do_the_values_tell_more_about_a_wrong_shape() -> None:
    """Are right values in a wrong shape recognised, and sums over too many or too few axes?"""
    assert find_shape_relation_of(MATRIX.T, MATRIX, TOLERANCE) == ShapeRelation(ShapeKind.PERMUTED, exact=True)
    assert find_shape_relation_of(MATRIX.reshape(-1), MATRIX, TOLERANCE) == ShapeRelation(ShapeKind.SAME_SIZE, exact=True)
    assert find_shape_relation_of(IMAGES.sum(axis=(0, 2)), IMAGES, TOLERANCE) == ShapeRelation(ShapeKind.SUMMED_TOO_FAR)
    assert find_shape_relation_of(IMAGES, IMAGES.sum(axis=(0, 2)), TOLERANCE) == ShapeRelation(ShapeKind.NOT_SUMMED)
    assert find_shape_relation_of(np.zeros(3), np.zeros((5, 3)), TOLERANCE) == ShapeRelation(ShapeKind.FIRST_ENTRY)


def test_are_large_arrays_compared_quickly() -> None:
    """Does the search take under 2 s of processor time for arrays of 2 MB and for arrays with 16 axes?"""
    rng = np.random.default_rng(0)
    want = rng.normal(size=(16, 16, 32, 32))
    began = time.process_time()
    assert found(rng.permutation(want.reshape(-1)).reshape(want.shape), want).kind is Kind.REORDERED
    assert find_relation(rng.normal(size=want.shape), want, TOLERANCE) is None
    assert find_shape_relation_of(SQUARE.reshape((1,) * 15 + (16,)), IMAGES, TOLERANCE) is None
    assert time.process_time() - began < 2


def test_do_given_checks_need_only_numpy(reference: Path) -> None:
    """Do comparisons import no package that a student may not have?"""
    code = "import sys, coursenn.checking; print({'matplotlib', 'tqdm', 'pooch', 'scipy'} & set(sys.modules) or 'none')"
    done = subprocess.run([sys.executable, "-c", code], cwd=reference, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "none"
