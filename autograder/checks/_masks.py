"""Finds out from the gradients of a network which of its hidden units were dropped.

For one example, the gradient of W_i is the outer product of the input of layer i and the gradient of b_i. So if every value before a
ReLU is positive, the inputs of the layers show the masks, up to known factors. For several examples this works if the weights of the
last layer are zero: the scores are then the biases, and their gradients are known.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from autograder.checking import Array, Session
from autograder.checks._networks import Network, Parameters, fully_connected

WIDTH = (150, 200)
"""Units of a hidden layer whose masks are read."""


def plain(s: Session, keep: float, depth: int, count: int = 1) -> Network:
    """A network with dropout and without normalization."""
    hidden = tuple(s.draw.integer(*WIDTH) for _ in range(depth))
    return fully_connected("FullyConnectedNet", (s.draw.integer(5, 9),), hidden, s.draw.integer(20, 30), count, dropout_keep_ratio=keep)


def all_positive(s: Session, network: Network) -> Parameters:
    """Parameters that make every hidden unit positive and keep every probability away from 0 and 1."""
    values = {}
    for name, shape in network.shapes.items():
        hidden = int(name[1:]) < network.depth
        scale = 0.1 if name[0] == "b" or name == "W1" else 0.003
        values[name] = s.draw.normal(shape, scale=scale, shift=5.0 if name[0] == "b" and hidden else 0.0)
    return values


def layer_input(grads: Parameters, i: int) -> Array:
    """The input of layer i, found from the gradients of one example."""
    upstream = grads[f"b{i}"].ravel()
    return np.asarray(grads[f"W{i}"] @ upstream / (upstream @ upstream))


def masks(s: Session, keep: float, depth: int) -> list[Array]:
    """The masks of the hidden layers of a network, for one example."""
    network = plain(s, keep, depth)
    values = all_positive(s, network)
    x, y = network.batch(s)
    grads = network.gradients(s, network.holding(s, values), (x, y))
    given = [x[0], *(layer_input(grads, i) for i in range(2, network.depth + 1))]
    steps = enumerate(pairwise(given), start=1)
    return [after / (before @ values[f"W{i}"] + values[f"b{i}"]) for i, (before, after) in steps]


def masks_of_examples(s: Session, keep: float) -> Array:
    """The masks of the only hidden layer, a row for each of several examples."""
    network = plain(s, keep, 1, s.draw.integer(4, 8))
    values = all_positive(s, network)
    values["W2"][:] = 0
    x = s.draw.normal((network.count, *network.example))
    y = np.arange(network.count)
    probabilities = np.exp(values["b2"]) / np.exp(values["b2"]).sum()
    dscores = (probabilities - np.eye(network.classes)[y]) / network.count
    grads = network.gradients(s, network.holding(s, values), (x, y))
    given = (grads["W2"] @ np.linalg.pinv(dscores)).T
    return np.asarray(given / (x @ values["W1"] + values["b1"]))


def is_mask(values: Array, keep: float) -> bool:
    """Whether every entry is zero or 1 / keep."""
    return bool((np.isclose(values, 0, atol=1e-6) | np.isclose(values, 1 / keep, rtol=1e-6)).all())


def kept(mask: Array) -> float:
    """The share of units that were kept."""
    return float((abs(mask) > 1e-6).mean())


def near(share: float, keep: float, count: int) -> bool:
    """Whether right code can have this share of ``count`` draws, within 8 standard deviations."""
    return abs(share - keep) < 8 * float(np.sqrt(keep * (1 - keep) / count))
