"""Hidden checks of the fully connected networks of any depth: the basic one, and normalization.

`FullyConnectedNet` is looked at without normalization, with batch and with layer normalization.
What is special about batch normalization in a network has checks of its own: that scoring reaches
test mode, and that the running averages live on from call to call, one pair for each layer.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from autograder.checking import Ref, Session, check
from autograder.checks import _networks as networks
from autograder.checks._networks import Network


def _network(
    kind: str, hidden: tuple[int, ...], normalization: str | None = None, example: tuple[int, ...] = (8,), classes: int = 5
) -> Network:
    features = int(np.prod(example))
    options: dict[str, Any] = {"input_dim": features, "num_classes": classes, "dtype": np.float64}
    if normalization:
        options["normalization"] = normalization
    shapes = networks.fully_connected_shapes(features, hidden, classes, normalized=normalization is not None)
    return Network(f"classifiers.fc_net.{kind}", (list(hidden),), shapes, example, classes, options)


BASIC = "FullyConnectedNetBasic"
SHALLOW, DEEP = _network(BASIC, (7,)), _network(BASIC, (9, 6, 7))
LARGE = _network(BASIC, (50, 40, 60), example=(70,), classes=30)
IMAGES = _network(BASIC, (9, 6), example=(2, 3, 4))
BASIC_LOSS = (
    "The loss is the softmax loss plus 0.5 * reg times the sum of the squares of all weights of all layers; biases are not regularized."
)


@check("fc-net-basic", asks="Layer i has the weights ``Wi`` and the biases ``bi``, for i of 1 .. L.", weight=0.5)
def has_the_documented_parameters(s: Session) -> None:
    for network in (SHALLOW, DEEP):
        networks.require_parameters(s, network)


@check("fc-net-basic", asks="Weights are drawn as weight_scale * np.random.randn(...), in the order W1, W2, ..., and biases are zero.")
def draws_weights_and_starts_biases_at_zero(s: Session) -> None:
    networks.require_initial_values(s, LARGE)


@check("fc-net-basic", asks="Without y the result is the array of scores alone.")
def scores_with_one_hidden_layer(s: Session) -> None:
    networks.compare_scores(s, SHALLOW)


@check("fc-net-basic", asks="``{affine - ReLU} x (L - 1) - affine - softmax`` for L - 1 hidden layers.")
def scores_with_three_hidden_layers(s: Session) -> None:
    networks.compare_scores(s, DEEP)


@check("fc-net-basic", asks=BASIC_LOSS)
def loss_with_labels(s: Session) -> None:
    networks.compare_loss(s, DEEP)


@check("fc-net-basic", asks=BASIC_LOSS, weight=0.5)
def loss_has_the_l2_term_of_all_layers(s: Session) -> None:
    networks.compare_penalty(s, DEEP)


@check("fc-net-basic", asks="loss, grads : a number, and a dictionary with the keys of ``params`` and arrays of the same shapes; with y.")
def gradients_with_one_hidden_layer(s: Session) -> None:
    networks.compare_gradients(s, SHALLOW)


@check("fc-net-basic", asks="loss, grads : a number, and a dictionary with the keys of ``params`` and arrays of the same shapes; with y.")
def gradients_with_three_hidden_layers(s: Session) -> None:
    networks.compare_gradients(s, DEEP)


@check("fc-net-basic", asks=BASIC_LOSS)
def gradients_have_the_l2_term(s: Session) -> None:
    networks.compare_penalty_gradients(s, DEEP)


@check("fc-net-basic", asks="grads has exactly the keys of params.", weight=0.5)
def gradients_have_the_names_of_the_parameters(s: Session) -> None:
    networks.require_gradient_names(s, DEEP)


@check(
    "fc-net-basic", asks="X : examples of any shape (N, d_1, ..., d_k) with d_1 * ... * d_k = input_dim, of any number type.", weight=0.5
)
def accepts_images(s: Session) -> None:
    networks.compare_scores(s, IMAGES)


@check("fc-net-basic", asks="X is cast to the dtype of the network, so that scores and gradients have it too.", weight=0.5)
def a_float32_network_stays_float32(s: Session) -> None:
    networks.require_float32(s, DEEP)


# ---------------------------------------------------------------- normalization

FULL = "FullyConnectedNet"
PLAIN = _network(FULL, (9, 6))
BATCH, LAYER = (_network(FULL, (9, 6, 7), kind) for kind in ("batchnorm", "layernorm"))
# Hidden layers of one size: with one pair of running averages for all of them nothing crashes, and the values tell.
EVEN = _network(FULL, (6, 6, 6), "batchnorm")
LARGE_BATCH, LARGE_LAYER = (_network(FULL, (50, 40), kind, example=(70,), classes=30) for kind in ("batchnorm", "layernorm"))
SENTENCE = "``{affine - [batch or layer normalization] - ReLU - [dropout]} x (L - 1) - affine - softmax`` for L - 1 hidden layers."
RUNNING = "With y the network runs in training mode and batch normalization updates the running averages in bn_params."
SCORING = (
    "Without y the network runs in test mode and the result is the array of scores alone: dropout passes "
    "everything, and batch normalization "
    "uses its running averages and leaves them as they are, so that the scores of an example do not depend on the other examples."
)
LOSS = (
    "The loss is the softmax loss plus 0.5 * reg times the sum of the squares of all weights of all layers; "
    "biases, scales and shifts are not "
    "regularized."
)


def _trained(s: Session, network: Network, calls: int = 3) -> Ref:
    """A network that has seen some batches, without a step on its parameters."""
    net = network.drawn(s)
    for _ in range(calls):
        x, y = network.batch(s)
        s.call(net.attr("loss"), 2.0 * x + 1.0, y)
    return net


@check(
    "fc-net-normalization",
    asks="Layer i has the weights ``Wi`` and the biases ``bi``, for i of 1 .. L; with a normalization the hidden layers "
    "also have the scales "
    "``gammai`` and the shifts ``betai``.",
    weight=0.5,
)
def hidden_layers_have_gamma_and_beta(s: Session) -> None:
    for network in (PLAIN, BATCH, LAYER):
        networks.require_parameters(s, network)


@check(
    "fc-net-normalization",
    asks="Weights are drawn as weight_scale * np.random.randn(...), in the order W1, W2, ...; biases and shifts are "
    "zero and scales are one.",
    weight=0.5,
)
def gamma_starts_at_one_and_beta_at_zero(s: Session) -> None:
    for network in (LARGE_BATCH, LARGE_LAYER):
        networks.require_initial_values(s, network)


@check("fc-net-normalization", asks=SENTENCE, weight=0.5)
def works_without_normalization(s: Session) -> None:
    networks.compare_loss(s, PLAIN)
    networks.compare_gradients(s, PLAIN)


@check("fc-net-normalization", asks=SENTENCE)
def loss_with_batch_normalization(s: Session) -> None:
    networks.compare_loss(s, BATCH)


@check("fc-net-normalization", asks=SENTENCE)
def loss_and_scores_with_layer_normalization(s: Session) -> None:
    networks.compare_loss(s, LAYER)
    networks.compare_scores(s, LAYER)


@check(
    "fc-net-normalization",
    asks="loss, grads : a number, and a dictionary with the keys of ``params`` and arrays of the same shapes; with y.",
)
def gradients_with_batch_normalization(s: Session) -> None:
    networks.compare_gradients(s, BATCH)


@check(
    "fc-net-normalization",
    asks="loss, grads : a number, and a dictionary with the keys of ``params`` and arrays of the same shapes; with y.",
)
def gradients_with_layer_normalization(s: Session) -> None:
    networks.compare_gradients(s, LAYER)


@check("fc-net-normalization", asks="grads has exactly the keys of params.", weight=0.5)
def gradients_have_the_names_of_the_normalized_parameters(s: Session) -> None:
    networks.require_gradient_names(s, BATCH)
    networks.require_gradient_names(s, LAYER)


@check("fc-net-normalization", asks=LOSS, weight=0.5)
def l2_term_leaves_out_gamma_and_beta(s: Session) -> None:
    networks.compare_penalty(s, BATCH)
    networks.compare_penalty_gradients(s, BATCH)


@check("fc-net-normalization", asks=SCORING)
def scores_of_one_example_do_not_depend_on_the_others(s: Session) -> None:
    net, (x, y) = BATCH.drawn(s), BATCH.batch(s)

    def scores() -> Iterator[Ref]:
        yield s.call(net.attr("loss"), x)
        for _ in range(2):
            s.call(net.attr("loss"), x, y)
        yield from (s.call(net.attr("loss"), part) for part in (x, x[:1]))

    before, together, alone = s.arrays(scores())
    s.require(
        together.shape == before.shape and not np.allclose(together, before), "training moves the running averages, and scores use them"
    )
    s.require(
        np.allclose(together[:1], alone, rtol=1e-7, atol=1e-9), "scores of an example must not depend on the other examples of the batch"
    )


@check("fc-net-normalization", asks=RUNNING)
def running_averages_live_on_from_call_to_call(s: Session) -> None:
    net = _trained(s, EVEN)
    s.compare("scores after several batches", s.call(net.attr("loss"), EVEN.batch(s)[0]))


@check("fc-net-normalization", asks=SCORING, weight=0.5)
def scoring_leaves_the_running_averages(s: Session) -> None:
    net, (x, _) = _trained(s, BATCH), BATCH.batch(s)
    first, second, _, third = s.arrays(s.call(net.attr("loss"), batch) for batch in (x, x, 5.0 * x - 3.0, x))
    s.require(np.array_equal(first, second) and np.allclose(first, third), "scoring must not change the scores of the next call")
    s.compare("scores", s.call(net.attr("loss"), x))


@check(
    "fc-net-normalization",
    asks="X is cast to the dtype of the network, so that scores, gradients and running averages have it too.",
    weight=0.5,
)
def a_normalized_float32_network_stays_float32(s: Session) -> None:
    networks.require_float32(
        s, BATCH, lambda net: [net.attr("bn_params")[i][key] for i in range(3) for key in ("running_mean", "running_var")]
    )
    networks.require_float32(s, LAYER)
