"""Hidden checks of FullyConnectedNet without normalization, with batch and with layer normalization.

What is special about batch normalization in a network has checks of its own: that scoring reaches test mode, and that the running
averages live on from call to call, one pair for each layer.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from autograder.checking import Array, Kind, Ref, Session, check
from autograder.checks import _networks as networks
from autograder.checks._contracts import ONE_OF_EACH
from autograder.checks._network_contracts import averages, network_contracts, raises_errors
from autograder.checks._networks import MANY, Batch, Network, fully_connected

TASK = "fc-net-normalization"
FULL = "FullyConnectedNet"
BATCH, LAYER = {"normalization": "batchnorm"}, {"normalization": "layernorm"}
PLAIN: dict[str, str] = {}
LAYERS = "``{affine - [batch or layer normalization] - ReLU - [dropout]} x (L - 1) - affine - softmax`` for L - 1 hidden layers."
RUNNING = "With y the network runs in training mode and batch normalization updates the running averages in bn_params."
SCORING = (
    "Without y the network runs in test mode and the result is only the array of scores: dropout passes "
    "everything, and batch normalization "
    "uses its running averages and leaves them as they are, so that the scores of an example do not depend on the other examples."
)
LOSS = (
    "The loss is the softmax loss plus 0.5 * reg times the sum of the squares of all weights of all layers; "
    "biases, scales and shifts are not "
    "regularized."
)
GRADIENTS = "loss, grads : a number, and a dictionary with the keys of ``params`` and arrays of the same shapes; with y."


def _drawn(s: Session, normalization: dict[str, str], *, large: bool = True) -> Iterator[Network]:
    """Networks of one to four hidden layers; at least four examples, so that no variance is near zero."""
    sizes = [(20, 40), (6, 12), MANY] if large else [(4, 9), (6, 12), (6, 9)]
    for N, D, H, C, depth in s.draw.covering([(4, 9), sizes[2]], [(3, 9), sizes[0]], [sizes[1], sizes[2]], (3, 9), [(1, 2), (3, 4)]):
        hidden = (H, *(s.draw.integer(6, 14) for _ in range(depth - 1)))
        yield fully_connected(FULL, (D,), hidden, C, N, **normalization)


def _small(s: Session, normalization: dict[str, str]) -> Iterator[Network]:
    return _drawn(s, normalization, large=False)


def _pair(s: Session) -> list[Network]:
    """A missing layer normalization costs no contract."""
    return [next(_small(s, PLAIN)), next(_small(s, BATCH))]


network_contracts(
    TASK,
    _pair,
    untouched="Neither X nor params is written into.",
    precision="X is cast to the dtype of the network, so that scores, gradients and running averages have it too.",
    number_type="X : examples of any shape (N, d_1, ..., d_k) with d_1 * ... * d_k = input_dim, of any number type.",
)
raises_errors(
    TASK,
    _pair,
    'A normalization other than None, "batchnorm" and "layernorm" is a ValueError that names the allowed ones.',
    ({"normalization": "groupnorm"}, ["batchnorm", "layernorm"]),
)


@check(
    TASK,
    asks="Layer i has the weights ``Wi`` and the biases ``bi``, for i of 1 .. L; with a normalization the hidden layers "
    "also have the scales ``gammai`` and the shifts ``betai``.",
    weight=0.5,
)
def hidden_layers_have_gamma_and_beta(s: Session) -> None:
    for normalization in (PLAIN, BATCH, LAYER):
        networks.require_parameters(s, _small(s, normalization))


@check(
    TASK,
    asks="Weights are drawn as weight_scale * np.random.randn(...), in the order W1, W2, ...; biases and shifts are "
    "zero and scales are one.",
    weight=0.5,
)
def gamma_starts_at_one_and_beta_at_zero(s: Session) -> None:
    for normalization in (BATCH, LAYER):
        D, H, J, C = next(s.draw.covering((40, 60), (40, 60), (20, 40), (35, 50)))
        networks.require_initial_values(s, [fully_connected(FULL, (D,), (H, J), C, 1, **normalization)])


@check(TASK, asks=LAYERS, weight=0.5)
def works_without_normalization(s: Session) -> None:
    networks.compare_scores(s, _small(s, PLAIN))
    networks.compare_gradients(s, _small(s, PLAIN))


@check(TASK, asks=LAYERS)
def loss_with_batch_normalization(s: Session) -> None:
    networks.compare_loss(s, _drawn(s, BATCH))


@check(TASK, asks=LAYERS)
def loss_and_scores_with_layer_normalization(s: Session) -> None:
    networks.compare_loss(s, _drawn(s, LAYER))
    networks.compare_scores(s, _drawn(s, LAYER))


@check(TASK, asks=GRADIENTS)
def gradients_with_batch_normalization(s: Session) -> None:
    networks.compare_gradients(s, _drawn(s, BATCH), _of_affine_layers)
    networks.compare_large_gradient(s, (fully_connected(FULL, (size,), (300, 3), 3, 4, **BATCH) for size in (40, 1000)), "W1")


@check(TASK, asks=GRADIENTS)
def gradients_with_layer_normalization(s: Session) -> None:
    networks.compare_gradients(s, _drawn(s, LAYER), _of_affine_layers)
    networks.compare_large_gradient(s, (fully_connected(FULL, (2,), (3, units), 100, 4, **LAYER) for units in (100, 1000)), "W3")


def _of_affine_layers(name: str, network: Network) -> bool:
    return name[0] in "Wb" and not name.startswith("beta")


def _of_normalization(name: str, network: Network) -> bool:
    return not _of_affine_layers(name, network)


@check(TASK, asks=GRADIENTS, weight=0.5)
def gradients_of_scales_and_shifts_of_batch_normalization(s: Session) -> None:
    networks.compare_gradients(s, _drawn(s, BATCH), _of_normalization)


@check(TASK, asks=GRADIENTS, weight=0.5)
def gradients_of_scales_and_shifts_of_layer_normalization(s: Session) -> None:
    networks.compare_gradients(s, _drawn(s, LAYER), _of_normalization)


@check(TASK, asks="grads has exactly the keys of params.", weight=0.5)
def gradients_have_the_names_of_the_normalized_parameters(s: Session) -> None:
    networks.require_gradient_names(s, _small(s, BATCH))


@check(TASK, asks=LOSS, weight=0.5)
def l2_term_leaves_out_gamma_and_beta(s: Session) -> None:
    networks.compare_penalty(s, _small(s, BATCH))
    networks.compare_penalty_gradients(s, _small(s, BATCH))


def _trained(s: Session, network: Network, scored: Array | None = None) -> Ref:
    """A network that has seen some batches of several sizes, and possibly scored others in between; its parameters did not change."""
    net = network.drawn(s)
    for _ in range(s.draw.integer(2, 4)):
        x, y = network.batch(s, network.count + s.draw.integer(0, 3))
        s.call(net.attr("loss"), s.draw.between(1.5, 3) * x + 1.0, y)
        if scored is not None:
            s.call(net.attr("loss"), scored)
    return net


@check(TASK, asks=SCORING, weight=1.5)
def scores_of_one_example_do_not_depend_on_the_others(s: Session) -> None:
    for network in _small(s, BATCH):
        net, (x, y) = network.drawn(s), network.batch(s)
        before, together, alone = s.arrays(_scores_around_training(s, net, (x, y)))
        moved = together.shape == before.shape and not np.allclose(together, before)
        s.require(moved, "training must move the running averages, and scores must use them")
        same = np.allclose(together[:1], alone, rtol=1e-7, atol=1e-9)
        s.require(same, "scores of an example must not depend on the other examples of the batch")


def _scores_around_training(s: Session, net: Ref, batch: Batch) -> Iterator[Ref]:
    """Scores before training and after it, and after it for the first example only."""
    yield s.call(net.attr("loss"), batch[0])
    for _ in range(2):
        s.call(net.attr("loss"), *batch)
    yield from (s.call(net.attr("loss"), part) for part in (batch[0], batch[0][:1]))


def _compare_averages(s: Session, network: Network, net: Ref) -> None:
    """Look at the averages themselves, since scores would also show what is wrong elsewhere in the network."""
    for name, average in averages(network, net).items():
        s.compare(name, average)


@check(TASK, asks=RUNNING)
def running_averages_live_on_from_call_to_call(s: Session) -> None:
    # Hidden layers of one size: with one pair of running averages for all of them nothing crashes, but the values show it.
    even = fully_connected(FULL, (8,), (s.draw.integer(5, 9),) * s.draw.integer(2, 4), 5, 6, **BATCH)
    for network in (even, *_drawn(s, BATCH)):
        _compare_averages(s, network, _trained(s, network))


@check(TASK, asks=SCORING, weight=0.5)
def scoring_leaves_the_running_averages(s: Session) -> None:
    for network in _small(s, BATCH):
        net, (x, _) = _trained(s, network), network.batch(s)
        first, second, _, third = s.arrays(s.call(net.attr("loss"), batch) for batch in (x, x, 5.0 * x - 3.0, x))
        s.require(np.array_equal(first, second) and np.allclose(first, third), "scoring must not change the scores of the next call")
        _compare_averages(s, network, _trained(s, network, scored=2.0 * x))


@check(TASK, asks=ONE_OF_EACH, kind=Kind.EDGE)
def sizes_may_be_one(s: Session) -> None:
    for N, D, H, C in s.draw.covering([1, (4, 7)], [(2, 5), 1], [(2, 5), 1], (2, 5)):
        made = [fully_connected(FULL, (D,), (H, 3), C, N, **normalization) for normalization in (PLAIN, BATCH)]
        networks.compare_scores(s, made[:1])
        networks.compare_loss(s, made)
        networks.compare_gradients(s, made)
