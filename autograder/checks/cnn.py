"""Hidden checks of ThreeLayerConvNet: parameters, scores, loss, gradients, L2 term, for images of any size."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from autograder.checking import Kind, Session, check
from autograder.checking.draw import Range
from autograder.checks import _networks as networks
from autograder.checks._contracts import ONE_OF_EACH
from autograder.checks._network_contracts import network_contracts, raises_errors
from autograder.checks._networks import MANY, Network

TASK = "three-layer-convnet"
LAYERS = "Convolution - ReLU - 2x2 max pooling - affine - ReLU - affine - softmax, with L2 regularization."
SHAPES = (
    "``W1`` holds the filters, shape (num_filters, C, filter_size, filter_size); ``W2`` has the shape (D, "
    "hidden_dim), where D counts what the "
    "pooling layer puts out for one image, and ``W3`` the shape (hidden_dim, num_classes)."
)
SIZE = "The convolution has stride 1 and such a padding that height and width stay."
ODD = "The pooling windows are 2x2 with stride 2; an odd last row or column of the image is dropped."
LOSS = "The loss is the softmax loss plus 0.5 * reg times the sum of the squares of W1, W2 and W3; biases are not regularized."
GRADIENTS = "loss, grads : a number, and a dictionary with the keys of ``params`` and arrays of the same shapes; with y."


def _network(image: tuple[int, int, int], filters: int, size: int, hidden: int, classes: int, count: int, **options: Any) -> Network:
    channels, height, width = image
    made = {"input_dim": image, "num_filters": filters, "filter_size": size, "hidden_dim": hidden, "num_classes": classes}
    shapes = {
        "W1": (filters, channels, size, size),
        "b1": (filters,),
        "W2": (filters * (height // 2) * (width // 2), hidden),
        "b2": (hidden,),
        "W3": (hidden, classes),
        "b3": (classes,),
    }
    return Network("classifiers.cnn.ThreeLayerConvNet", (), shapes, image, classes, count, {**made, "dtype": np.float64, **options})


def _drawn(s: Session, counts: list[Range], sizes: tuple[int, ...], *, square: bool = False) -> Iterator[Network]:
    """Images of even height and width, one for each size of filters: wide ones and tall ones, or square ones."""
    drawn = s.draw.covering(counts, (2, 4), (1, 3), (2, 5), (6, 12), (3, 7), [(2, 5)] * len(sizes))
    wide = s.draw.one_of(0, 1)
    for i, (size, (N, C, half, F, hidden, classes, _)) in enumerate(zip(sizes, drawn, strict=True)):
        sides = 2 * half, 2 * half if square else 2 * (half + s.draw.integer(1, 2))
        yield _network((C, *(sides if (wide + i) % 2 else sides[::-1])), F, size, hidden, classes, N)


def _small(s: Session) -> Iterator[Network]:
    return _drawn(s, [(2, 3), (4, 5)], (3, 5))


def _pair(s: Session) -> list[Network]:
    return list(_small(s))


network_contracts(
    TASK,
    _pair,
    untouched="Neither X nor params is written into.",
    precision="X is cast to the dtype of the network, so that scores and gradients have it too.",
    number_type="X : images, shape (N, C, H, W), of any number type.",
)
raises_errors(
    TASK, _pair, "When filter_size is even: no equal padding on both sides then keeps the size of the image.", ({"filter_size": 4}, ["odd"])
)


@check(TASK, asks=SHAPES, also=["The biases are ``b1``, ``b2`` and ``b3``."])
def parameters_follow_from_the_sizes(s: Session) -> None:
    networks.require_parameters(s, (*_drawn(s, [3], (3, 7), square=True), *_small(s), *_odd(s)))


@check(TASK, asks="Weights are drawn as weight_scale * np.random.randn(...), in the order W1, W2, W3, and biases are zero.")
def draws_weights_and_starts_biases_at_zero(s: Session) -> None:
    for C, F, hidden, classes in s.draw.covering([(4, 6), (4, 6)], (20, 30), (40, 60), (25, 35)):
        networks.require_initial_values(s, [_network((C, 4, 6), F, s.draw.one_of(3, 5), hidden, classes, 1)])


@check(TASK, asks="Without y the result is only the array of scores.", also=[LAYERS])
def scores_of_square_images(s: Session) -> None:
    networks.compare_scores(s, _drawn(s, [(2, 9), MANY], (3, 3), square=True))


@check(TASK, asks=SIZE)
def scores_of_other_images_with_larger_filters(s: Session) -> None:
    networks.compare_scores(s, _drawn(s, [(2, 4), (5, 7)], (5, 7)))


@check(TASK, asks=LOSS)
def loss_is_the_softmax_loss_of_the_scores(s: Session) -> None:
    networks.require_loss_of_own_scores(s, _drawn(s, [(2, 9), MANY], (3, 1)))


@check(TASK, asks=LOSS, weight=0.5)
def loss_has_the_l2_term_of_all_layers(s: Session) -> None:
    networks.compare_penalty(s, _small(s))


@check(TASK, asks=GRADIENTS)
def gradients_of_the_last_layer(s: Session) -> None:
    networks.compare_gradients(s, _drawn(s, [(2, 9), MANY], (3, 5)), lambda name, _: name in ("W3", "b3"))


@check(TASK, asks=GRADIENTS)
def gradients_of_the_hidden_layer(s: Session) -> None:
    networks.compare_gradients(s, _drawn(s, [(2, 9), (20, 30)], (3, 5)), lambda name, _: name in ("W2", "b2"))
    networks.compare_large_gradient(s, (_network((1, 2, 6), 2, 3, units, 2, 1) for units in (2000, 50_000)), "W2")


@check(TASK, asks=GRADIENTS)
def gradients_of_the_filters(s: Session) -> None:
    networks.compare_gradients(s, _drawn(s, [(2, 9), MANY], (3, 5)), lambda name, _: name in ("W1", "b1"))
    networks.compare_large_gradient(s, (_network((channels, 2, 2), 1, 3, 3, 2, 1) for channels in (1000, 11_000)), "W1")


@check(TASK, asks=LOSS)
def gradients_have_the_l2_term(s: Session) -> None:
    networks.compare_penalty_gradients(s, _small(s))


@check(TASK, asks="grads has exactly the keys of params.", weight=0.5)
def gradients_have_the_names_of_the_parameters(s: Session) -> None:
    networks.require_gradient_names(s, _small(s))


def _odd(s: Session) -> Iterator[Network]:
    for N, C, height, width, F in s.draw.covering((2, 5), (1, 3), [3, 4, 5], [5, 7, 6], (2, 4)):
        yield _network((C, height, width), F, 3, 7, 4, N)


@check(TASK, asks=ODD, kind=Kind.EDGE)
def odd_rows_and_columns_are_dropped(s: Session) -> None:
    networks.compare_scores(s, _odd(s))
    networks.compare_gradients(s, _odd(s))


@check(TASK, asks=ONE_OF_EACH, kind=Kind.EDGE)
def sizes_may_be_one(s: Session) -> None:
    for N, C, F, hidden, size in s.draw.covering([1, (2, 4)], [(2, 4), 1], [(2, 4), 1], [(3, 6), 1], [1, 3]):
        made = _network((C, 4, 6), F, size, hidden, 3, N)
        networks.compare_scores(s, [made])
        networks.compare_gradients(s, [made])


@check(TASK, asks="reg : strength of the L2 regularization, at least 0; may be changed later as the attribute ``reg``.", kind=Kind.EDGE)
def reg_may_be_changed_later(s: Session) -> None:
    for network in _small(s):
        values, batch, reg = network.values(s), network.batch(s), s.draw.magnitude(0.1, 5)
        later, sooner = network.holding(s, values, reg=0.0), network.holding(s, values, reg=reg)
        s.set(later.attr("reg"), reg)
        changed, want = s.arrays(s.call(net.attr("loss"), *batch)[0] for net in (later, sooner))
        plain = s.array(s.call(network.holding(s, values, reg=0.0).attr("loss"), *batch)[0])
        s.require(want != plain and np.allclose(changed, want), "the loss must follow the attribute reg")
