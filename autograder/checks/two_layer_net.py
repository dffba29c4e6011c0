"""Hidden checks of TwoLayerNet: parameters, scores, loss, gradients, L2 term, image-shaped input."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

from autograder.checking import Kind, Session, check
from autograder.checks import _networks as networks
from autograder.checks._contracts import ONE_OF_EACH
from autograder.checks._network_contracts import network_contracts, raises_errors
from autograder.checks._networks import MANY, Network

TASK = "two-layer-net"
PARAMETERS = (
    "The weights are ``W1`` of shape (input_dim, hidden_dims) and ``W2`` of shape (hidden_dims, num_classes); the "
    "biases are ``b1`` of shape (hidden_dims,) and ``b2`` of shape (num_classes,)."
)
LOSS = "The loss is the softmax loss plus 0.5 * reg times the sum of the squares of all weights; biases are not regularized."
LAYERS = "Affine - ReLU - affine - softmax, with L2 regularization."
OTHER_NAME = "``hidden_dim`` is another name for it."
GRADIENTS = "loss, grads : a number, and a dictionary with the keys of ``params`` and arrays of the same shapes; with y."


def _two_layers(example: tuple[int, ...], hidden: int, classes: int, count: int) -> Network:
    features = math.prod(example)
    shapes = networks.fully_connected_shapes(features, (hidden,), classes)
    return Network("classifiers.fc_net.TwoLayerNet", (features, hidden, classes), shapes, example, classes, count)


def _drawn(s: Session) -> Iterator[Network]:
    for N, D, H, C in s.draw.covering([(2, 9), MANY], [(2, 9), (20, 40)], [(6, 12), MANY], [(2, 9), (11, 20)]):
        yield _two_layers((D,), H, C, N)


def _small(s: Session) -> Iterator[Network]:
    for N, D, H, C in s.draw.covering([(2, 4), (5, 9)], (3, 9), (6, 12), (3, 7)):
        yield _two_layers((D,), H, C, N)


def _pair(s: Session) -> list[Network]:
    return list(_small(s))


network_contracts(
    TASK,
    _pair,
    untouched="X is cast to the dtype of the network, and neither X nor params is written into.",
    precision="dtype : type of the parameters and of all computation.",
    number_type="X : examples of any shape (N, d_1, ..., d_k) with d_1 * ... * d_k = input_dim, of any number type.",
)
raises_errors(TASK, _pair, "When ``dropout`` is not 0.", ({"dropout": 0.5}, ["dropout"]))


@check(TASK, asks=PARAMETERS, weight=0.5)
def has_the_documented_parameters(s: Session) -> None:
    networks.require_parameters(s, _small(s))


@check(TASK, asks="Weights are drawn as weight_scale * np.random.randn(...), W1 first, and biases are zero.")
def draws_weights_and_starts_biases_at_zero(s: Session) -> None:
    for D, H, C in s.draw.covering([(40, 60), (40, 60)], (40, 60), (20, 40)):
        networks.require_initial_values(s, [_two_layers((D,), H, C, 1)])


@check(TASK, asks="Without y the result is only the array of scores.", also=[LAYERS], weight=1.5)
def scores_without_labels(s: Session) -> None:
    networks.compare_scores(s, _drawn(s))


@check(TASK, asks=LOSS)
def loss_is_the_softmax_loss_of_the_scores(s: Session) -> None:
    networks.require_loss_of_own_scores(s, _drawn(s))


@check(TASK, asks=LOSS, weight=0.5)
def loss_has_the_l2_term(s: Session) -> None:
    networks.compare_penalty(s, _small(s))


@check(TASK, asks=GRADIENTS)
def gradients_of_the_last_layer(s: Session) -> None:
    networks.compare_gradients(s, _drawn(s), networks.of_the_last_layer)
    networks.compare_large_gradient(s, (_two_layers((2,), units, 100, 2) for units in (100, 1000)), "W2")


@check(TASK, asks=GRADIENTS)
def gradients_of_the_first_layer(s: Session) -> None:
    networks.compare_gradients(s, _drawn(s), networks.of_a_hidden_layer)
    networks.compare_large_gradient(s, (_two_layers((size,), 100, 3, 2) for size in (100, 3000)), "W1")


@check(TASK, asks=LOSS)
def gradients_have_the_l2_term(s: Session) -> None:
    networks.compare_penalty_gradients(s, _small(s))


@check(TASK, asks="grads has exactly the keys of params.", weight=0.5)
def gradients_have_the_names_of_the_parameters(s: Session) -> None:
    networks.require_gradient_names(s, _small(s))


@check(TASK, asks="Images are accepted as they are and need not be flattened.", weight=0.5)
def accepts_images(s: Session) -> None:
    for N, *example, H in s.draw.covering((3, 6), [(1, 3), 1], [(2, 5), (2, 5)], [(2, 6), (2, 6)], (6, 12)):
        networks.require_images(s, [_two_layers(tuple(example), H, 5, N)])


@check(TASK, asks=OTHER_NAME, kind=Kind.EDGE)
def takes_hidden_dim_as_another_name(s: Session) -> None:
    for network in _small(s):
        features, units, classes = network.args
        renamed = replace(network, args=(features,), options={"hidden_dim": units, "num_classes": classes})
        networks.require_parameters(s, [renamed])


@check(TASK, asks=ONE_OF_EACH, kind=Kind.EDGE)
def sizes_may_be_one(s: Session) -> None:
    sizes = list(s.draw.covering([1, (2, 5), 1], [(2, 5), 1, 1], [(2, 5), (6, 9), 1], (2, 5)))
    made = [_two_layers((D,), H, C, N) for N, D, H, C in sizes]
    networks.compare_scores(s, made)
    networks.compare_gradients(s, made)
