"""Do figures show what the text says about them?"""

from __future__ import annotations

import numpy as np

from tests.book.claims.says import says


def test_gradients_grow_through_normalized_layers() -> None:
    """By which factor do gradients grow in each layer of the histograms' third network, and do activations keep their size?"""
    from depth_histograms import DEPTH, RIGHT, passes

    forward, backward = passes(RIGHT / 2, True)
    size = [float(np.sqrt((gradient**2).mean())) for gradient in backward]
    factor = (size[0] / size[-1]) ** (1 / (DEPTH - 1))
    assert says("initialisation", f"they grow by a factor of about {factor:.1f} in each layer")
    spreads = [stage.std() for stage in forward]
    assert max(spreads) / min(spreads) < 1.01


def test_a_wrong_scale_changes_activations_and_gradients_alike() -> None:
    """Do both shrink by about a million at half the scale, and keep their size at the right one?"""
    from depth_histograms import RIGHT, passes

    for sigma, low, high in ((RIGHT / 2, 1e-7, 1e-5), (RIGHT, 0.2, 5)):
        forward, backward = passes(sigma, False)
        for first, last in ((forward[0], forward[-1]), (backward[-1], backward[0])):
            assert low < np.sqrt((last**2).mean() / (first**2).mean()) < high


def test_the_bias_of_the_broadcast_figure() -> None:
    """Is the gradient of the bias in the figure the sums of its columns?"""
    from broadcasting import UPSTREAM, B, X

    from coursenn.layers import affine_backward, affine_forward

    _, cache = affine_forward(X, np.eye(3), B)
    assert np.array_equal(affine_backward(UPSTREAM, cache)[2], UPSTREAM.sum(axis=0))


def test_products_of_the_filter_in_the_figure() -> None:
    """How many weights does a filter of 3 x 3 pixels and three channels have?"""
    assert says("convolution", f"Here {3 * 3 * 3} products add up to one number of the output.")


def test_the_sizes_of_the_exercises() -> None:
    """Are the results of the easy exercises right?"""
    hidden = f"$784 \\cdot 100 + 100 = {784 * 100 + 100:,}$".replace(",", "{,}")
    assert says("affine-relu-losses", hidden, f"{784 * 100 + 100 + 1010:,} in all")
    whole, small = (f"$\\sqrt{{2/{inputs}}} \\approx {np.sqrt(2 / inputs):.{digits}f}$" for inputs, digits in ((3072, 3), (75, 2)))
    assert says("initialisation", whole, small)
    assert says("whole-network", f"$100 \\cdot (3072 + 100) = {100 * 3172:,}$".replace(",", "{,}"))
    assert says("batch-normalization", f"$3/\\sqrt5 \\approx {3 / np.sqrt(5):.2f}$")


def test_the_weights_of_the_small_convolutional_network() -> None:
    """How many weights does the network have that fits a hundred images?"""
    from coursenn.classifiers.cnn import ThreeLayerConvNet

    count = sum(array.size for name, array in ThreeLayerConvNet().params.items() if name.startswith("W"))
    assert says("what-you-saw", f"more than {count // 100_000 * 100_000:,} weights")
