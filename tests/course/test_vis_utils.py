"""Do grids and pictures have the right layout and range, even for constant images?"""

from __future__ import annotations

import numpy as np
import pytest

from coursenn.vis_utils import center_square, deprocess, imshow_no_ax, visualize_grid


def test_images_are_placed_row_by_row() -> None:
    """Is each image at its place, scaled to the whole range, with padding between images?"""
    images = np.random.default_rng(0).random((3, 2, 4, 3))
    grid = visualize_grid(images)
    assert grid.shape == (2 * 2 + 1, 2 * 4 + 1, 3)
    for n, (top, left) in enumerate([(0, 0), (0, 5), (3, 0)]):
        low, high = images[n].min(), images[n].max()
        np.testing.assert_allclose(grid[top : top + 2, left : left + 4], 255 * (images[n] - low) / (high - low))
    assert not grid[2].any()
    assert not grid[:, 4].any()
    assert not grid[3:, 5:].any()


def test_bound_and_padding_can_be_chosen() -> None:
    """Do both arguments have an effect?"""
    grid = visualize_grid(np.arange(16.0).reshape(4, 2, 2, 1), ubound=1.0, padding=3)
    assert grid.shape == (7, 7, 1)
    assert grid.max() == 1.0


def test_a_constant_image_is_grey() -> None:
    """Is an image of one value drawn without a division by zero?"""
    grid = visualize_grid(np.full((1, 2, 2, 3), 7, np.uint8))
    np.testing.assert_array_equal(grid, np.full((2, 2, 3), 127.5))
    assert set(deprocess(np.zeros((2, 2))).ravel()) == {127}


def test_an_empty_array_is_an_error() -> None:
    """Is an empty array refused?"""
    with pytest.raises(ValueError, match="at least one"):
        visualize_grid(np.zeros((0, 2, 2, 3)))


def test_deprocess_gives_bytes() -> None:
    """Are entries scaled to the range of a byte, or clipped to it?"""
    np.testing.assert_array_equal(deprocess(np.array([-1.0, 0.0, 1.0])), [0, 127, 255])
    np.testing.assert_array_equal(deprocess(np.array([-9.0, 10.6, 300.0]), normalize=False), [0, 11, 255])


@pytest.mark.parametrize(("shape", "top", "left"), [((4, 7, 3), 0, 1), ((6, 2), 2, 0), ((5, 5, 3), 0, 0)])
def test_the_middle_square(shape: tuple[int, ...], top: int, left: int) -> None:
    """Is the crop centred, and a square picture unchanged?"""
    img = np.arange(np.prod(shape)).reshape(shape)
    side = min(shape[:2])
    np.testing.assert_array_equal(center_square(img), img[top : top + side, left : left + side])


def test_pictures_are_drawn_without_axes() -> None:
    """Does a constant picture stay grey, and are the axes off?"""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, ax = plt.subplots()
    imshow_no_ax(np.full((3, 3), 100.0), normalize=False, ax=ax)
    (image,) = ax.images
    assert image.get_clim() == (0, 255)
    assert not ax.axison
    plt.close(figure)
