"""Hidden checks of ThreeLayerConvNet: parameters, scores, loss, gradients, L2 term, sizes that nothing may hard-code.

Images are not square, and the filters have another size than the default.
"""

from __future__ import annotations

import numpy as np

from autograder.checking import Session, check
from autograder.checks import _networks as networks
from autograder.checks._networks import Network


def _network(image: tuple[int, int, int], filters: int, size: int, hidden: int, classes: int) -> Network:
    channels, height, width = image
    options = {"input_dim": image, "num_filters": filters, "filter_size": size, "hidden_dim": hidden, "num_classes": classes}
    shapes = {
        "W1": (filters, channels, size, size),
        "b1": (filters,),
        "W2": (filters * (height // 2) * (width // 2), hidden),
        "b2": (hidden,),
        "W3": (hidden, classes),
        "b3": (classes,),
    }
    return Network("classifiers.cnn.ThreeLayerConvNet", (), shapes, image, classes, {**options, "dtype": np.float64})


SQUARE = _network((3, 8, 8), filters=4, size=3, hidden=7, classes=5)
WIDE = _network((2, 6, 10), filters=3, size=5, hidden=6, classes=4)
# Small images, for all else as it comes: of the usual ones W2 alone has 6.5 MB.
DEFAULT = Network(
    "classifiers.cnn.ThreeLayerConvNet", (), _network((3, 8, 8), 32, 7, 100, 10).shapes, (3, 8, 8), 10, {"input_dim": (3, 8, 8)}
)
SHAPES = (
    "``W1`` holds the filters, shape (num_filters, C, filter_size, filter_size); ``W2`` has the shape (D, "
    "hidden_dim), where D counts what the "
    "pooling layer puts out for one image, and ``W3`` the shape (hidden_dim, num_classes)."
)
SIZE = "The convolution has stride 1 and such a padding that height and width stay."
LOSS = "The loss is the softmax loss plus 0.5 * reg times the sum of the squares of W1, W2 and W3; biases are not regularized."
GRADIENTS = "loss, grads : a number, and a dictionary with the keys of ``params`` and arrays of the same shapes; with y."


@check("three-layer-convnet", asks=SHAPES)
def parameters_follow_from_the_sizes(s: Session) -> None:
    for network in (SQUARE, WIDE):
        networks.require_parameters(s, network)


@check(
    "three-layer-convnet", asks="Weights are drawn as weight_scale * np.random.randn(...), in the order W1, W2, W3, and biases are zero."
)
def draws_weights_and_starts_biases_at_zero(s: Session) -> None:
    networks.require_initial_values(s, DEFAULT)


@check("three-layer-convnet", asks="Without y the result is the array of scores alone.")
def scores_of_square_images(s: Session) -> None:
    networks.compare_scores(s, SQUARE)


@check("three-layer-convnet", asks=SIZE)
def scores_of_wide_images_with_larger_filters(s: Session) -> None:
    networks.compare_scores(s, WIDE)


@check("three-layer-convnet", asks=LOSS)
def loss_with_labels(s: Session) -> None:
    networks.compare_loss(s, SQUARE)


@check("three-layer-convnet", asks=LOSS, weight=0.5)
def loss_has_the_l2_term_of_all_layers(s: Session) -> None:
    networks.compare_penalty(s, SQUARE)


@check("three-layer-convnet", asks=GRADIENTS, weight=1.5)
def gradients_for_square_images(s: Session) -> None:
    networks.compare_gradients(s, SQUARE)


@check("three-layer-convnet", asks=GRADIENTS)
def gradients_for_wide_images_with_larger_filters(s: Session) -> None:
    networks.compare_gradients(s, WIDE)


@check("three-layer-convnet", asks=LOSS)
def gradients_have_the_l2_term(s: Session) -> None:
    networks.compare_penalty_gradients(s, SQUARE)


@check("three-layer-convnet", asks="grads has exactly the keys of params.", weight=0.5)
def gradients_have_the_names_of_the_parameters(s: Session) -> None:
    networks.require_gradient_names(s, SQUARE)


@check("three-layer-convnet", asks="X is cast to the dtype of the network, so that scores and gradients have it too.", weight=0.5)
def a_float32_network_stays_float32(s: Session) -> None:
    networks.require_float32(s, SQUARE)
