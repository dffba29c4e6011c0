"""Hidden checks of FullyConnectedNetBasic: parameters, scores, loss, gradients and the L2 term of networks of any depth."""

from __future__ import annotations

from collections.abc import Iterator

from autograder.checking import Kind, Session, check
from autograder.checking.draw import Range
from autograder.checks import _networks as networks
from autograder.checks._contracts import ONE_OF_EACH
from autograder.checks._network_contracts import network_contracts
from autograder.checks._networks import MANY, Network, fully_connected

TASK = "fc-net-basic"
BASIC = "FullyConnectedNetBasic"
SHALLOW: list[Range] = [1]
DEEP: list[Range] = [(2, 3), (4, 6)]
ANY_DEPTH: list[Range] = [1, (2, 6)]
"""Numbers of hidden layers."""
SCORES = "Without y the result is only the array of scores."
LAYERS = "``{affine - ReLU} x (L - 1) - affine - softmax`` for L - 1 hidden layers."
LOSS = "The loss is the softmax loss plus 0.5 * reg times the sum of the squares of all weights of all layers; biases are not regularized."
GRADIENTS = "loss, grads : a number, and a dictionary with the keys of ``params`` and arrays of the same shapes; with y."
ANY_SHAPE = "X : examples of any shape (N, d_1, ..., d_k) with d_1 * ... * d_k = input_dim, of any number type."


def _drawn(s: Session, depths: list[Range]) -> Iterator[Network]:
    for N, D, H, C, depth in s.draw.covering([(2, 9), MANY], [(2, 9), (20, 40)], [(6, 12), MANY], [(2, 9), (11, 20)], depths):
        hidden = (H, *(s.draw.integer(6, 14) for _ in range(depth - 1)))
        yield fully_connected(BASIC, (D,), hidden, C, N)


def _small(s: Session) -> Iterator[Network]:
    for N, D, C, depth in s.draw.covering([(2, 4), (5, 9)], (3, 9), (3, 7), [(1, 2), (3, 4)]):
        yield fully_connected(BASIC, (D,), tuple(s.draw.integer(5, 9) for _ in range(depth)), C, N)


def _pair(s: Session) -> list[Network]:
    return list(_small(s))


network_contracts(
    TASK,
    _pair,
    untouched="Neither X nor params is written into.",
    precision="X is cast to the dtype of the network, so that scores and gradients have it too.",
    number_type=ANY_SHAPE,
)


@check(TASK, asks="Layer i has the weights ``Wi`` and the biases ``bi``, for i of 1 .. L.", weight=0.5)
def has_the_documented_parameters(s: Session) -> None:
    networks.require_parameters(s, _small(s))


@check(TASK, asks="Weights are drawn as weight_scale * np.random.randn(...), in the order W1, W2, ..., and biases are zero.")
def draws_weights_and_starts_biases_at_zero(s: Session) -> None:
    for D, H, J, C in s.draw.covering([(40, 60), (40, 60)], (40, 60), (20, 40), (35, 50)):
        networks.require_initial_values(s, [fully_connected(BASIC, (D,), (H, J), C, 1)])


@check(TASK, asks=SCORES, also=[LAYERS])
def scores_with_one_hidden_layer(s: Session) -> None:
    networks.compare_scores(s, _drawn(s, SHALLOW))


@check(TASK, asks=LAYERS, also=[SCORES])
def scores_with_several_hidden_layers(s: Session) -> None:
    networks.compare_scores(s, _drawn(s, DEEP))


@check(TASK, asks=LOSS)
def loss_is_the_softmax_loss_of_the_scores(s: Session) -> None:
    networks.require_loss_of_own_scores(s, _drawn(s, ANY_DEPTH))


@check(TASK, asks=LOSS, weight=0.5)
def loss_has_the_l2_term_of_all_layers(s: Session) -> None:
    networks.compare_penalty(s, _small(s))


@check(TASK, asks=GRADIENTS)
def gradients_of_the_last_layer(s: Session) -> None:
    networks.compare_gradients(s, _drawn(s, ANY_DEPTH), networks.of_the_last_layer)
    networks.compare_large_gradient(s, (fully_connected(BASIC, (2,), (3, units), 100, 2) for units in (100, 1000)), "W3")


@check(TASK, asks=GRADIENTS)
def gradients_of_the_only_hidden_layer(s: Session) -> None:
    networks.compare_gradients(s, _drawn(s, SHALLOW), networks.of_a_hidden_layer)


@check(TASK, asks=GRADIENTS)
def gradients_of_several_hidden_layers(s: Session) -> None:
    networks.compare_gradients(s, _drawn(s, DEEP), networks.of_a_hidden_layer)
    networks.compare_large_gradient(s, (fully_connected(BASIC, (size,), (100, 3), 3, 2) for size in (100, 3000)), "W1")


@check(TASK, asks=LOSS)
def gradients_have_the_l2_term(s: Session) -> None:
    networks.compare_penalty_gradients(s, _small(s))


@check(TASK, asks="grads has exactly the keys of params.", weight=0.5)
def gradients_have_the_names_of_the_parameters(s: Session) -> None:
    networks.require_gradient_names(s, _small(s))


@check(TASK, asks=ANY_SHAPE, weight=0.5)
def accepts_images(s: Session) -> None:
    for N, *example, H in s.draw.covering((3, 6), [(1, 3), 1], [(2, 5), (2, 5)], [(2, 6), (2, 6)], (6, 12)):
        networks.require_images(s, [fully_connected(BASIC, tuple(example), (H, 7), 5, N)])


@check(TASK, asks=ONE_OF_EACH, kind=Kind.EDGE)
def sizes_may_be_one(s: Session) -> None:
    sizes = list(s.draw.covering([1, (2, 5), 1], [(2, 5), 1, 1], [(2, 5), (6, 9), 1], (2, 5)))
    made = [fully_connected(BASIC, (D,), (H, 1, H), C, N) for N, D, H, C in sizes]
    networks.compare_scores(s, made)
    networks.compare_gradients(s, made)
