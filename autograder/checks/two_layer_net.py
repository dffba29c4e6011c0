"""Hidden checks of TwoLayerNet: parameters, scores, loss, gradients, L2 term, image-shaped input."""

from __future__ import annotations

from autograder.checking import Session, check
from autograder.checks import _networks as networks
from autograder.checks._networks import Network


def _two_layers(features: int, hidden: int, classes: int, example: tuple[int, ...] | None = None) -> Network:
    shapes = networks.fully_connected_shapes(features, (hidden,), classes)
    return Network("classifiers.fc_net.TwoLayerNet", (features, hidden, classes), shapes, example or (features,), classes)


SMALL = _two_layers(7, 11, 5)
LARGE = _two_layers(60, 50, 40)
IMAGES = _two_layers(24, 11, 5, example=(2, 3, 4))
LOSS = "The loss is the softmax loss plus 0.5 * reg times the sum of the squares of all weights; biases are not regularized."


@check(
    "two-layer-net",
    asks="The weights are ``W1`` of shape (input_dim, hidden_dims) and ``W2`` of shape (hidden_dims, num_classes); the "
    "biases are ``b1`` of "
    "shape (hidden_dims,) and ``b2`` of shape (num_classes,).",
    weight=0.5,
)
def has_the_documented_parameters(s: Session) -> None:
    networks.require_parameters(s, SMALL)


@check("two-layer-net", asks="Weights are drawn as weight_scale * np.random.randn(...), W1 first, and biases are zero.")
def draws_weights_and_starts_biases_at_zero(s: Session) -> None:
    networks.require_initial_values(s, LARGE)


@check("two-layer-net", asks="Without y the result is the array of scores alone.", weight=1.5)
def scores_without_labels(s: Session) -> None:
    networks.compare_scores(s, SMALL)


@check("two-layer-net", asks=LOSS)
def loss_with_labels(s: Session) -> None:
    networks.compare_loss(s, SMALL)


@check("two-layer-net", asks=LOSS, weight=0.5)
def loss_has_the_l2_term(s: Session) -> None:
    networks.compare_penalty(s, SMALL)


@check(
    "two-layer-net",
    asks="loss, grads : a number, and a dictionary with the keys of ``params`` and arrays of the same shapes; with y.",
    weight=2,
)
def gradient_of_every_parameter(s: Session) -> None:
    networks.compare_gradients(s, SMALL)


@check("two-layer-net", asks=LOSS)
def gradients_have_the_l2_term(s: Session) -> None:
    networks.compare_penalty_gradients(s, SMALL)


@check("two-layer-net", asks="grads has exactly the keys of params.", weight=0.5)
def gradients_have_the_names_of_the_parameters(s: Session) -> None:
    networks.require_gradient_names(s, SMALL)


@check("two-layer-net", asks="Images are accepted as they are and need not be flattened.", weight=0.5)
def accepts_images(s: Session) -> None:
    networks.compare_scores(s, IMAGES)
