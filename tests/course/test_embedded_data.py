"""Is the embedded set the same everywhere, and neither too easy nor too hard?"""

from __future__ import annotations

import hashlib
import time

import numpy as np
import pytest

from coursenn.embedded_data import CLASS_NAMES, LOOKS, PARAMETERS, SCENES, TEXTURES, draw_images
from coursenn.embedded_shapes import SILHOUETTES

# A changed picture changes every number and every trained model of the course.
DIGEST = "881d6f818c644b3d5db9bb4d3fb34da76013d1d3f5b0784617dedb564a7f90a7"


def test_same_bytes_on_every_platform() -> None:
    """Are the bytes those that numpy 1.26 and 2.4 gave, with and without AVX?"""
    images, labels = draw_images(1000, 7)
    assert hashlib.sha256(images.tobytes() + labels.astype("<i8").tobytes()).hexdigest() == DIGEST


def test_shape_dtype_and_contrast() -> None:
    """Do the images have the shape and the contrast of CIFAR-10?"""
    images, labels = draw_images(1000, 1)
    assert images.shape == (1000, 3, 32, 32)
    assert images.dtype == np.uint8
    assert labels.dtype == np.int64
    assert 100 < images.mean() < 150
    assert 50 < images.std() < 75
    assert min(np.bincount(labels, minlength=10)) > 70
    assert len(np.bincount(labels)) == 10


@pytest.mark.parametrize("num", [0, 1, 255, 256, 257])
def test_a_shorter_draw_is_a_prefix(num: int) -> None:
    """Are the first images of a longer draw those of a shorter one, also around the border of a chunk?"""
    images, labels = draw_images(300, 3)
    few, few_labels = draw_images(num, 3)
    np.testing.assert_array_equal(few, images[:num])
    np.testing.assert_array_equal(few_labels, labels[:num])


def test_seeds_give_different_images() -> None:
    """Does every seed give other images, even one beyond 64 bits, as the workspace's are?"""
    sets = [draw_images(50, seed)[0] for seed in (0, 1, 2, 2**100)]
    for i, one in enumerate(sets):
        for other in sets[:i]:
            assert not (one[:, None] == other[None]).all(axis=(2, 3, 4)).any()


def test_global_random_state_is_unchanged() -> None:
    """Does drawing images leave numpy's global generator as an experiment has seeded it?"""
    np.random.seed(0)
    before = np.random.get_state()[1].copy()
    draw_images(10, 5)
    np.testing.assert_array_equal(np.random.get_state()[1], before)


@pytest.mark.parametrize(("num", "seed"), [(-1, 0), (1, -1)])
def test_negative_numbers_are_refused(num: int, seed: int) -> None:
    """Is there a message for a negative number or seed?"""
    with pytest.raises(ValueError, match="0 or more"):
        draw_images(num, seed)


def test_tables_name_the_same_things() -> None:
    """Does every class have an outline and a look, made of known scenes and textures?"""
    assert list(CLASS_NAMES) == list(LOOKS) == list(SILHOUETTES)
    assert PARAMETERS % 2 == 0
    for look in LOOKS.values():
        assert set(look.scenes) <= set(SCENES)
        assert look.texture in TEXTURES


def test_outlines_differ_and_stay_inside() -> None:
    """Does every outline cover 5 to 35 % of its frame, stay inside it, and differ from all others?"""
    axis = np.linspace(-1.5, 1.5, 61, dtype=np.float32)
    x, y = np.broadcast_arrays(axis[None, None, :], -axis[None, :, None])
    masks = {name: outline(x, y)[0] > 0 for name, outline in SILHOUETTES.items()}
    border = np.maximum(abs(x[0]), abs(y[0])) > 1.15
    for name, mask in masks.items():
        assert 0.05 < mask.mean() < 0.35, name
        assert not (mask & border).any(), name
    names = list(masks)
    for i, one in enumerate(names):
        for other in names[:i]:
            overlap = (masks[one] & masks[other]).sum() / (masks[one] | masks[other]).sum()
            assert overlap < 0.8, (one, other)


def test_drawing_is_quick() -> None:
    """Does drawing the default split take seconds and not minutes? (1.2 s for 10,000 images; the bound is generous.)"""
    start = time.process_time()
    draw_images(2000, 1)
    assert time.process_time() - start < 3


def test_a_linear_model_learns_a_little() -> None:
    """Is the accuracy of least squares on the pixels between chance and that of a network?"""
    images, labels = draw_images(4000, 1)
    test_images, test_labels = draw_images(1000, 2)
    x, t = (a.reshape(len(a), 3, 16, 2, 16, 2).mean(axis=(3, 5)).reshape(len(a), -1) / 64 - 2 for a in (images, test_images))
    weights = np.linalg.solve(x.T @ x + 300 * np.eye(x.shape[1]), x.T @ np.eye(10)[labels])
    accuracy = ((t @ weights).argmax(axis=1) == test_labels).mean()
    assert 0.22 < accuracy < 0.42
