"""Hidden checks of dropout inside FullyConnectedNet; which generator draws the masks does not matter.

Two ideas replace a comparison of outputs that are random. Masks can be read off the gradients, layer by layer. And with a seed the
loss is an ordinary function of the parameters: its gradient is checked against the network's own loss. Networks are plain or have
batch normalization: what a network without layer normalization loses, it loses in the task about normalization.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograder.checking import Kind, Ref, Session, check
from autograder.checks import _networks as networks
from autograder.checks._masks import all_positive, is_mask, kept, layer_input, masks, masks_of_examples, near, plain
from autograder.checks._network_contracts import learns_beside_another, raises_errors
from autograder.checks._networks import Batch, Network, Parameters, fully_connected

TASK = "fc-net-dropout"
STEPS = (1e-5, 1e-7)
BATCH = {"normalization": "batchnorm"}
LAYERS = "``{affine - [batch or layer normalization] - ReLU - [dropout]} x (L - 1) - affine - softmax`` for L - 1 hidden layers."
LAST = "The last affine layer is neither normalized nor dropped out."
KEEPING = "dropout_keep_ratio : probability of keeping a hidden unit, above 0 and at most 1; 1 means no dropout at all."
SEED = (
    "seed : when given, it goes into ``dropout_param``, so that every dropout layer draws the same mask at every "
    "call: for gradient checks only."
)
SCORING = (
    "Without y the network runs in test mode and the result is only the array of scores: dropout passes "
    "everything, and batch normalization "
    "uses its running averages and leaves them as they are, so that the scores of an example do not depend on the other examples."
)
GRADIENTS = "loss, grads : a number, and a dictionary with the keys of ``params`` and arrays of the same shapes; with y."


def _network(s: Session, hidden: tuple[int, ...], keep: float, **options: Any) -> Network:
    D, C, N = next(s.draw.covering((6, 12), (4, 7), (5, 9)))
    return fully_connected("FullyConnectedNet", (D,), hidden, C, N, dropout_keep_ratio=keep, **options)


def _keeps(s: Session) -> Iterator[tuple[float, int]]:
    """Ratios far from those of dropping, each with a number of hidden layers."""
    low, high = s.draw.between(0.15, 0.3), s.draw.between(0.7, 0.85)
    return iter([(low, s.draw.integer(1, 2)), (high, 3)])


def _pair(s: Session) -> list[Network]:
    keep = s.draw.between(0.3, 0.8)
    return [_network(s, hidden, keep, seed=s.draw.integer(1, 10**6)) for hidden in ((9, 6), (7,))]


learns_beside_another(TASK, _pair)
raises_errors(
    TASK,
    _pair,
    "A dropout_keep_ratio outside of 0 < ratio <= 1 is one as well.",
    *(({"dropout_keep_ratio": ratio}, ()) for ratio in (0, -0.5, 1.5)),
)


@check(TASK, asks=LAYERS, weight=1.5)
def drops_and_rescales_after_every_hidden_relu(s: Session) -> None:
    for keep, depth in (*_keeps(s), (s.draw.between(0.4, 0.6), 2)):
        for i, mask in enumerate(masks(s, keep, depth), start=1):
            s.require(0 < kept(mask) < 1, f"hidden layer {i} must be dropped out in training")
            s.require(is_mask(mask, keep), f"every unit of hidden layer {i} must be zero or divided by the keep ratio, after its ReLU")


@check(TASK, asks=KEEPING)
def keeps_units_with_the_keep_ratio(s: Session) -> None:
    for keep, depth in _keeps(s):
        for i, mask in enumerate(masks(s, keep, depth), start=1):
            near_enough = near(kept(mask), keep, mask.size)
            s.require(near_enough, f"hidden layer {i} must keep a share dropout_keep_ratio of its units", kept(mask))
        rows = masks_of_examples(s, keep)
        s.require(near(kept(rows), keep, rows.size), "a share dropout_keep_ratio of the units must be kept, for every example", kept(rows))
        s.require(len(np.unique(abs(rows) > 1e-6, axis=0)) == len(rows), "every example must have a mask of its own")


@check(TASK, asks=LAST, weight=0.5)
def drops_neither_the_input_nor_the_scores(s: Session) -> None:
    for keep, depth in _keeps(s):
        network = plain(s, keep, depth)
        x, y = network.batch(s)
        grads = network.gradients(s, network.holding(s, all_positive(s, network)), (x, y))
        last = layer_input(grads, network.depth)
        s.require(0 < kept(last) < 1, "hidden layers must be dropped out in training")
        s.require(np.allclose(layer_input(grads, 1), x[0]), "the input must not be dropped out")
        # The gradient of the scores sums to zero, unless some of them were dropped.
        biases = grads[f"b{network.depth}"]
        s.require(abs(biases.sum()) < 1e-9 and (biases != 0).all(), "the scores must not be dropped out")


@check(TASK, asks=LAYERS)
def drops_after_the_normalization(s: Session) -> None:
    # With gamma 0 and beta 1 the normalization returns ones for any input, which hides a mask before it.
    width, keep = s.draw.integer(300, 400), s.draw.between(0.3, 0.7)
    network = _network(s, (width,), keep, **BATCH)
    values = network.values(s) | {"gamma1": np.zeros(width), "beta1": np.ones(width)}
    mask = layer_input(network.gradients(s, network.holding(s, values), network.batch(s, 1)), 2)
    s.require(is_mask(mask, keep) and 0 < kept(mask) < 1, "dropout must come after the ReLU that follows the batch normalization")


@check(TASK, asks=SCORING)
def scores_are_without_dropout(s: Session) -> None:
    # With batch normalization the averages of a second hidden layer would depend on the masks of the first.
    plain_net = _network(s, (s.draw.integer(30, 40), s.draw.integer(20, 30)), s.draw.between(0.3, 0.7))
    for network in (plain_net, _network(s, (s.draw.integer(30, 40),), s.draw.between(0.3, 0.7), **BATCH)):
        net, (x, y) = network.drawn(s), network.batch(s)
        first, second = s.arrays(s.call(net.attr("loss"), x, y)[0] for _ in range(2))
        s.require(first != second, "in training every call must draw new masks")
        s.compare("scores", s.call(net.attr("loss"), x))


@check(TASK, asks=SEED, weight=0.5, kind=Kind.RELATION)
def a_seed_repeats_the_masks(s: Session) -> None:
    for hidden in ((40,), (30, 20, 10)):
        network, seed = _network(s, hidden, s.draw.between(0.3, 0.7)), s.draw.integer(1, 10**6)
        values, batch = network.values(s), network.batch(s)
        one, other = (network.holding(s, values, seed=number) for number in (seed, seed + 1))
        first, again, different = s.arrays(s.call(net.attr("loss"), *batch)[0] for net in (one, one, other))
        s.require(first == again, "with a seed two calls with the same batch must give the same loss")
        s.require(first != different, "another seed must drop other units")


@check(TASK, asks=KEEPING, kind=Kind.EDGE)
def ratios_near_their_ends_are_kept(s: Session) -> None:
    for keep in (s.draw.between(0.02, 0.05), s.draw.between(0.95, 0.98)):
        (mask,) = masks(s, keep, 1)
        s.require(is_mask(mask, keep), "every unit must be zero or divided by the keep ratio")
        s.require((kept(mask) > 0.5) == (keep > 0.5), "most units must be kept for a ratio near 1, and few for one near 0")


@check(TASK, asks=KEEPING, kind=Kind.EDGE)
def a_ratio_of_one_drops_nothing(s: Session) -> None:
    # Such a network computes the same in training and in scoring.
    networks.require_loss_of_own_scores(s, [_network(s, (30, 20), 1.0), _network(s, (20,), 1)])


@dataclass(frozen=True)
class Point:
    """A network with a seed and a batch: its gradients there, and the values of its parameters."""

    network: Network
    net: Ref
    batch: Batch
    grads: Parameters
    values: Parameters

    def slopes(self, s: Session, directions: Parameters, step: float) -> dict[str, float]:
        """The slope of the loss when one parameter after the other moves along its direction, by central differences."""

        def losses() -> Iterator[Ref]:
            for name, direction in directions.items():
                for move in (step * direction, -step * direction):
                    s.set(self.net.attr("params")[name], self.values[name] + move)
                    yield s.call(self.net.attr("loss"), *self.batch)[0]
                s.set(self.net.attr("params")[name], self.values[name])

        found = [float(loss) for loss in s.arrays(losses())]
        return {name: (after - before) / (2 * step) for name, after, before in zip(directions, found[::2], found[1::2], strict=True)}

    def disagreeing(self, s: Session) -> list[str]:
        """Parameters whose gradients are not slopes of the loss; a smaller step decides where the larger may have crossed a kink."""
        directions = {name: s.draw.normal(shape) for name, shape in self.network.shapes.items()}
        directions = {name: direction / np.linalg.norm(direction) for name, direction in directions.items()}
        claimed = {name: float(np.sum(self.grads[name].reshape(d.shape) * d)) for name, d in directions.items()}
        for step in STEPS:
            found = self.slopes(s, directions, step) if directions else {}
            directions = {n: d for n, d in directions.items() if not abs(found[n] - claimed[n]) < 1e-7 + 1e-5 * abs(claimed[n])}
        return list(directions)


def _point(s: Session, network: Network) -> Point:
    """The points at which a network's gradients are compared with its loss."""
    values, batch = network.values(s), network.batch(s)
    net = network.holding(s, values, seed=s.draw.integer(1, 10**6))
    return Point(network, net, batch, network.gradients(s, net, batch), values)


def _require_gradients_of_own_loss(s: Session, *made: Network) -> None:
    """Compare each gradient, along one random direction, with differences of the network's own loss.

    Which masks are drawn is of no account, so that a smaller step or another point may be needed where it is not on the reference:
    all arrays that must have a certain size are looked at before.
    """
    points = [_point(s, network) for network in made]
    losses = s.arrays(s.call(point.net.attr("loss"), *point.batch)[0] for point in points for _ in range(2))
    for point, first, again in zip(points, losses[::2], losses[1::2], strict=True):
        s.require(first == again, "with a seed two calls with the same batch must give the same loss")
        last = point.network.depth
        # For a constant loss, gradients of zeros would be right.
        moving = [point.grads[name].any() for name in ("W1", f"W{last}", f"b{last}")]
        s.require(all(moving), "the gradients of this network must not be zero")
        zero = abs(point.grads[f"b{last}"].sum()) < 1e-9
        s.require(zero, "the gradient of the last bias must sum to zero, as that of every softmax loss does")
    for point in points:
        wrong = point.disagreeing(s)
        # One point may be next to a kink; two points are not.
        wrong = sorted({*wrong} & {*_point(s, point.network).disagreeing(s)}) if wrong else []
        for name in point.network.shapes:
            s.require(name not in wrong, f"the gradient of {name} must be that of the network's own loss, with the same masks")


@check(TASK, asks=GRADIENTS, weight=1.5)
def gradients_are_those_of_its_own_loss(s: Session) -> None:
    shallow, deep = (12,), tuple(s.draw.integer(8, 14) for _ in range(s.draw.integer(2, 4)))
    _require_gradients_of_own_loss(s, *(_network(s, hidden, s.draw.between(0.5, 0.8)) for hidden in (shallow, deep)))


@check(TASK, asks=GRADIENTS)
def gradients_with_normalization_are_those_of_its_own_loss(s: Session) -> None:
    hidden = tuple(s.draw.integer(8, 14) for _ in range(s.draw.integer(1, 3)))
    _require_gradients_of_own_loss(s, _network(s, hidden, s.draw.between(0.5, 0.8), **BATCH))
