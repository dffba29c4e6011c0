"""Hidden checks of dropout inside FullyConnectedNet; which generator draws the masks is of no account.

Two ideas replace a comparison of outputs that are random. With all values before the ReLU positive, one
example's gradients show what each layer was given: the gradient of W_i is the outer product of the input
of layer i with the gradient of b_i. So the masks can be read off, layer by layer. And with a seed the
loss is an ordinary function of the parameters: its gradient is checked against the network's own loss.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograder.checking import Array, Ref, Session, check
from autograder.checks import _networks as networks
from autograder.checks._networks import Network

KEEP = (0.25, 0.8)
STEPS = (1e-5, 1e-6)
LAYERS = "``{affine - [batch or layer normalization] - ReLU - [dropout]} x (L - 1) - affine - softmax`` for L - 1 hidden layers."
LAST = "The last affine layer is neither normalized nor dropped out."
KEEPING = "dropout_keep_ratio : probability of keeping a hidden unit, above 0 and at most 1; 1 means no dropout at all."
SEED = (
    "seed : when given, it goes into ``dropout_param``, so that every dropout layer draws the same mask at every "
    "call: for gradient checks only."
)
SCORING = (
    "Without y the network runs in test mode and the result is the array of scores alone: dropout passes "
    "everything, and batch normalization "
    "uses its running averages and leaves them as they are, so that the scores of an example do not depend on the other examples."
)
GRADIENTS = "loss, grads : a number, and a dictionary with the keys of ``params`` and arrays of the same shapes; with y."


def _network(hidden: tuple[int, ...], keep: float, normalization: str | None = None, features: int = 8, classes: int = 5) -> Network:
    options: dict[str, Any] = {"input_dim": features, "num_classes": classes, "dropout_keep_ratio": keep, "dtype": np.float64}
    if normalization:
        options["normalization"] = normalization
    shapes = networks.fully_connected_shapes(features, hidden, classes, normalized=normalization is not None)
    return Network("classifiers.fc_net.FullyConnectedNet", (list(hidden),), shapes, (features,), classes, options)


def _layer_input(grads: dict[str, Array], i: int) -> Array:
    """What layer i was given, read off the gradients of one example."""
    upstream = grads[f"b{i}"].ravel()
    return np.asarray(grads[f"W{i}"] @ upstream / (upstream @ upstream))


def _is_mask(values: Array, keep: float) -> bool:
    return bool((np.isclose(values, 0, atol=1e-9) | np.isclose(values, 1 / keep, rtol=1e-6)).all() and values.any())


def _all_positive(s: Session, keep: float) -> tuple[dict[str, Array], dict[str, Array]]:
    """Parameters under which every hidden unit is positive and one example ``x``, in one dict; and the gradients there."""
    network = _network((150, 200), keep, features=6, classes=30)
    # Small weights behind the first layer keep every hidden unit positive, and every probability away from 0 and 1.
    scales = {"W2": 0.003, "W3": 0.005}
    values = {name: s.draw.normal(shape, scale=scales.get(name, 0.1)) for name, shape in network.shapes.items()}
    values["b1"] += 5.0
    values["b2"] += 5.0
    net = network.build(s)
    for name, value in values.items():
        s.set(net.attr("params")[name], value)
    x = s.draw.away_from_zero((1, 6))
    return {"x": x[0], **values}, network.gradients(s, net, (x, s.draw.labels(1, 30)))


def _masks(s: Session, keep: float) -> tuple[Array, Array]:
    """The masks of the two hidden layers of a network without normalization."""
    values, grads = _all_positive(s, keep)
    first, second = _layer_input(grads, 2), _layer_input(grads, 3)
    return first / (values["x"] @ values["W1"] + values["b1"]), second / (first @ values["W2"] + values["b2"])


@check("fc-net-dropout", asks=LAYERS, weight=1.5)
def drops_and_rescales_after_every_hidden_relu(s: Session) -> None:
    for keep in KEEP:
        for i, mask in enumerate(_masks(s, keep), start=1):
            s.require(not np.allclose(mask, 1), f"hidden layer {i} must be dropped out in training")
            s.require(_is_mask(mask, keep), f"every unit of hidden layer {i} must be zero or divided by the keep ratio, after its ReLU")


@check("fc-net-dropout", asks=KEEPING)
def keeps_units_with_the_keep_ratio(s: Session) -> None:
    for keep in KEEP:
        for i, mask in enumerate(_masks(s, keep), start=1):
            share = (abs(mask) > 1e-9).mean()
            s.require(
                abs(share - keep) < 8 * np.sqrt(keep * (1 - keep) / mask.size),
                f"hidden layer {i} must keep a share dropout_keep_ratio of its units",
            )


@check("fc-net-dropout", asks=LAST, weight=0.5)
def drops_neither_the_input_nor_the_scores(s: Session) -> None:
    for keep in KEEP:
        values, grads = _all_positive(s, keep)
        s.require(not np.allclose(_layer_input(grads, 3), _layer_input(grads, 3)[0]), "hidden layers must be dropped out in training")
        s.require(np.allclose(_layer_input(grads, 1), values["x"]), "the input must not be dropped out")
        # The gradient of the scores sums to zero, unless some of them were dropped.
        s.require(abs(grads["b3"].sum()) < 1e-9 and (grads["b3"] != 0).all(), "the scores must not be dropped out")


@check("fc-net-dropout", asks=LAYERS)
def drops_after_the_normalization(s: Session) -> None:
    for normalization in ("batchnorm", "layernorm"):
        # With gamma 0 and beta 1 the normalization puts out ones, whatever comes in: a mask before it cannot be seen behind it.
        network = _network((400,), 0.6, normalization, classes=30)
        net = network.drawn(s)
        s.set(net.attr("params")["gamma1"], np.zeros(400))
        s.set(net.attr("params")["beta1"], np.ones(400))
        grads = network.gradients(s, net, network.batch(s, 1))
        mask = _layer_input(grads, 2)
        s.require(
            _is_mask(mask, 0.6) and not np.allclose(mask, mask[0]), f"dropout must come after the ReLU that follows the {normalization}"
        )


@check("fc-net-dropout", asks=SCORING)
def scores_are_without_dropout(s: Session) -> None:
    for normalization in (None, "layernorm"):
        network = _network((40, 30), 0.5, normalization)
        net, (x, y) = network.drawn(s), network.batch(s)
        first, second = s.arrays(s.call(net.attr("loss"), x, y)[0] for _ in range(2))
        s.require(first != second, "in training every call must draw new masks")
        s.compare("scores", s.call(net.attr("loss"), x))


@check("fc-net-dropout", asks=SEED, weight=0.5)
def a_seed_repeats_the_masks(s: Session) -> None:
    network = _network((40, 30), 0.5)
    _seeded_loss_repeats(s, network, s.draw.integer(1, 10**6))


def _seeded_loss_repeats(s: Session, network: Network, seed: int) -> tuple[Ref, tuple[Array, Array]]:
    """Require a loss that depends on the seed and on nothing else that is random."""
    net, batch = network.drawn(s, seed=seed), network.batch(s)
    other = network.build(s, seed=seed + 1)
    for name, value in network.fetched(s, net.attr("params")).items():
        s.set(other.attr("params")[name], value)
    first, again, different = s.arrays(s.call(n.attr("loss"), *batch)[0] for n in (net, net, other))
    s.require(first == again, "with a seed two calls with the same batch must give the same loss")
    s.require(first != different, "another seed must drop other units")
    return net, batch


@dataclass(frozen=True)
class Point:
    """A network with a seed and a batch: its gradients there, and the values of its parameters."""

    network: Network
    net: Ref
    batch: tuple[Array, Array]
    grads: dict[str, Array]
    values: dict[str, Array]

    def slopes(self, s: Session, directions: dict[str, Array], step: float) -> dict[str, float]:
        """How fast the loss grows when one parameter after the other moves along its direction, by central differences."""

        def losses() -> Iterator[Ref]:
            for name, direction in directions.items():
                for move in (step * direction, -step * direction):
                    s.set(self.net.attr("params")[name], self.values[name] + move)
                    yield s.call(self.net.attr("loss"), *self.batch)[0]
                s.set(self.net.attr("params")[name], self.values[name])

        found = [float(loss) for loss in s.arrays(losses())]
        return {name: (after - before) / (2 * step) for name, after, before in zip(directions, found[::2], found[1::2], strict=True)}


def _require_gradients_of_own_loss(s: Session, *normalizations: str | None) -> None:
    """Compare each gradient, along one random direction, with differences of the network's own loss.

    A smaller step decides where the larger one may have crossed the kink of a ReLU. Which masks are drawn is of no account, so that
    this can be needed where it is not on the reference: all arrays are looked at before.
    """
    for point in [_point(s, _network((20, 15), 0.6, normalization)) for normalization in normalizations]:
        shapes = point.network.shapes
        directions = {name: s.draw.normal(shape) for name, shape in shapes.items()}
        directions = {name: direction / np.linalg.norm(direction) for name, direction in directions.items()}
        claimed = {name: float(np.sum(point.grads[name].reshape(shapes[name]) * directions[name])) for name in shapes}
        open_ = list(shapes)
        for step in STEPS:
            found = point.slopes(s, {name: directions[name] for name in open_}, step) if open_ else {}
            open_ = [name for name in open_ if not abs(found[name] - claimed[name]) < 1e-7 + 1e-5 * abs(claimed[name])]
        for name in shapes:
            s.require(name not in open_, f"the gradient of {name} must be that of the network's own loss, with the same masks")


def _point(s: Session, network: Network) -> Point:
    """Where a network's gradients are compared with its loss."""
    net, batch = _seeded_loss_repeats(s, network, s.draw.integer(1, 10**6))
    grads = network.gradients(s, net, batch)
    # A constant has gradients of zeros, which would be right for it.
    s.require(all(grads[name].any() for name in ("W1", "W2", "W3", "b3")), "the gradients of this network are not zero")
    s.require(abs(grads["b3"].sum()) < 1e-9, "the gradient of the last bias sums to zero, as that of every softmax loss does")
    return Point(network, net, batch, grads, network.fetched(s, net.attr("params")))


@check("fc-net-dropout", asks=GRADIENTS, weight=1.5)
def gradients_are_those_of_its_own_loss(s: Session) -> None:
    _require_gradients_of_own_loss(s, None)


@check("fc-net-dropout", asks=GRADIENTS)
def gradients_with_normalization_are_those_of_its_own_loss(s: Session) -> None:
    _require_gradients_of_own_loss(s, "batchnorm", "layernorm")
