"""Do the drawn sizes together include every range for any seed?"""

from __future__ import annotations

import numpy as np

from autograder.checking import Draw

SEEDS = range(200)


def _draw(seed: int) -> Draw:
    return Draw(np.random.default_rng(seed))


def test_every_range_of_every_size_is_included() -> None:
    """Do three draws include one example, a few and more than a hundred, in any order?"""
    for seed in SEEDS:
        rows = list(_draw(seed).covering([1, (2, 9), (101, 140)], [(2, 7), 1], (3, 5)))
        assert len(rows) == 3
        counts, features, outputs = zip(*rows, strict=True)
        assert {1 if n == 1 else 2 if n < 10 else 3 for n in counts} == {1, 2, 3}
        assert 1 in features
        assert max(features) > 1
        assert set(outputs) <= {3, 4, 5}


def test_sizes_of_one_draw_differ_if_they_can() -> None:
    """Do the axes have different lengths for any seed, so that exchanged axes are noticed?"""
    rows = [row for seed in SEEDS for row in _draw(seed).covering([(2, 9), (2, 9)], (2, 9), (2, 9))]
    assert all(len(set(row)) == 3 for row in rows)


def test_sizes_may_be_equal_if_they_must() -> None:
    """Can all sizes of a draw be 1?"""
    assert list(_draw(0).covering(1, 1)) == [(1, 1)]


def test_the_seed_changes_the_sizes() -> None:
    """Do the sizes depend on the seed, so that they cannot be listed in advance?"""
    assert len({tuple(_draw(seed).covering([(2, 9), (101, 140)], (2, 7))) for seed in SEEDS}) > len(SEEDS) / 2


def test_large_arrays_have_no_simple_pattern() -> None:
    """Do the rows of a large array differ, although its entries repeat?"""
    rows = _draw(0).large((1000, 300))
    assert len(np.unique(rows[:, 0])) > 900


def test_magnitudes_reach_both_ends() -> None:
    """Are small and large magnitudes equally frequent?"""
    values = np.array([_draw(seed).magnitude(1e-8, 1e-2) for seed in SEEDS])
    assert 0.4 < (values < 1e-5).mean() < 0.6
    assert values.min() > 0
