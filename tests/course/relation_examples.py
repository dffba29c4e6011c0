"""Pairs of a wrong and an expected array for each relation that `coursenn` recognises, with the name of the relation."""

from __future__ import annotations

import numpy as np

RNG = np.random.default_rng(0)
MATRIX = RNG.normal(size=(5, 3))
SQUARE = RNG.normal(size=(4, 4))
IMAGES = RNG.normal(size=(2, 3, 5, 5))
SHUFFLED = RNG.permutation(MATRIX.reshape(-1)).reshape(5, 3)

EXAMPLES: list[tuple[str, np.ndarray, np.ndarray]] = [
    ("EXPECTED_ZERO", MATRIX, 0 * MATRIX),
    ("ZERO", 0 * MATRIX, MATRIX),
    ("ZERO_TO_ROUNDING", 1e-17 * MATRIX, MATRIX),
    ("LOW_PRECISION", MATRIX.astype(np.float32).astype(np.float64), MATRIX),
    ("SIGN", -MATRIX, MATRIX),
    ("RATIO", np.array(6.0), np.array(2.0)),
    ("FACTOR", 1.234 * MATRIX, MATRIX),
    ("AMOUNT", MATRIX + 7, MATRIX),
    ("SOME_SIGNS", np.abs(MATRIX), MATRIX),
    ("AXES_PERMUTED", SQUARE.T, SQUARE),
    ("AXES_PERMUTED", IMAGES.transpose(0, 1, 3, 2), IMAGES),
    ("FLIPPED", MATRIX[::-1], MATRIX),
    ("FLIPPED", IMAGES[:, :, ::-1, ::-1], IMAGES),
    ("REORDERED", SHUFFLED, MATRIX),
    ("MEAN_REMOVED", MATRIX - MATRIX.mean(axis=0), MATRIX),
    ("MEAN_NOT_REMOVED", MATRIX, MATRIX - MATRIX.mean(axis=1, keepdims=True)),
    ("LINE_AMOUNTS", MATRIX + np.array([1.0, 2.0, 4.0]), MATRIX),
    ("LINE_AMOUNTS", IMAGES + np.array([1.0, 2.0, 4.0])[:, None, None], IMAGES),
    ("LINE_FACTORS", MATRIX * np.array([1.0, 2.0, 4.0]), MATRIX),
    ("LINE_FACTORS", IMAGES * np.array([3.0, 0.5])[:, None, None, None], IMAGES),
    ("PLACE", np.where(np.arange(3) == 1, MATRIX**2, MATRIX), MATRIX),
]
