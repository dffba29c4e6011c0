"""What is asked of every network, whatever its layers: parameters, scores, loss, gradients, L2 term.

Nothing here depends on the generator that draws the first weights: only their statistics are checked, and everything else is checked
with parameters that the check draws and sets. Each function checks one behaviour and, where the mathematics allows it, nothing else:
the loss must be that of the network's own scores, the L2 term is measured by the difference that it makes, and images are compared with
the same examples in rows.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np

from autograder.checking import Array, Ref, Session
from autograder.checks._support import LARGE_S, observe

ALL_ALIKE = "all scores are the same number: they must depend on X and on the parameters"
Shapes = dict[str, tuple[int, ...]]
Parameters = dict[str, Array]
Batch = tuple[Array, Array]
MANY = (101, 140)
"""More examples, or units, than most cases in the notebooks have."""
REPEATED = 10_000
"""Arrays with more entries than this are filled with repeating numbers."""


@dataclass(frozen=True)
class Network:
    """A network of known sizes, and the size of its batches.

    Parameters
    ----------
    target : the class, such as ``"classifiers.cnn.ThreeLayerConvNet"``.
    args, options : what it is built with.
    shapes : name and shape of every parameter.
    example : shape of one example.
    count : examples in a batch.
    """

    target: str
    args: tuple[Any, ...]
    shapes: Shapes
    example: tuple[int, ...]
    classes: int
    count: int
    options: dict[str, Any] = field(default_factory=dict)

    @property
    def depth(self) -> int:
        """The number of layers with weights."""
        return sum(name[0] == "W" for name in self.shapes)

    def build(self, s: Session, **options: Any) -> Ref:
        """The network as its constructor returns it."""
        return s.call(self.target, *self.args, **{**self.options, **options})

    def values(self, s: Session) -> Parameters:
        """Parameters: scales of either sign, biases and shifts wide enough to matter, weights that keep the scores of order one.

        Biases and shifts of hidden layers are positive, since a layer without any unit above zero would hide the layers before it.
        """
        found = {name: _entries(s, name, shape) for name, shape in self.shapes.items()}
        return {name: np.abs(value) if name[0] == "b" and name != f"b{self.depth}" else value for name, value in found.items()}

    def holding(self, s: Session, values: Parameters, **options: Any) -> Ref:
        """The network with these parameters, in its own dtype."""
        net = self.build(s, **options)
        dtype = {**self.options, **options}.get("dtype", np.float64)
        s.fill(net.attr("params"), {name: value.astype(dtype, copy=False) for name, value in values.items()})
        return net

    def drawn(self, s: Session, **options: Any) -> Ref:
        """The network with parameters drawn by the check."""
        return self.holding(s, self.values(s), **options)

    def batch(self, s: Session, count: int | None = None) -> Batch:
        """Examples and labels."""
        count = count or self.count
        return s.draw.normal((count, *self.example)), s.draw.labels(count, self.classes)

    def gradients(self, s: Session, net: Ref, batch: Batch) -> Parameters:
        """The gradient of every parameter."""
        return self.fetched(s, s.call(net.attr("loss"), *batch)[1])

    def fetched(self, s: Session, ref: Ref) -> Parameters:
        """The arrays of a dict that has one for each parameter."""
        return dict(zip(self.shapes, s.arrays([ref[name] for name in self.shapes]), strict=True))


def _entries(s: Session, name: str, shape: tuple[int, ...]) -> Array:
    if name.startswith("gamma"):
        return s.draw.away_from_zero(shape, gap=0.5)
    scale = 1 / math.sqrt(shape[0] if len(shape) == 2 else math.prod(shape[1:]))
    return scale * s.draw.large(shape) if math.prod(shape) > REPEATED else s.draw.normal(shape, scale=scale)


def fully_connected_shapes(features: int, hidden_dims: tuple[int, ...], classes: int, normalized: bool = False) -> Shapes:
    """Name and shape of every parameter of a fully connected network."""
    sizes = [features, *hidden_dims, classes]
    shapes: Shapes = {}
    for i, (fan_in, fan_out) in enumerate(pairwise(sizes), start=1):
        shapes |= {f"W{i}": (fan_in, fan_out), f"b{i}": (fan_out,)}
        if normalized and i <= len(hidden_dims):
            shapes |= {f"gamma{i}": (fan_out,), f"beta{i}": (fan_out,)}
    return shapes


def fully_connected(kind: str, example: tuple[int, ...], hidden: tuple[int, ...], classes: int, count: int, **options: Any) -> Network:
    """A network of any depth, built with keywords as in the notebooks; ``normalization`` is one of the options."""
    features = math.prod(example)
    shapes = fully_connected_shapes(features, hidden, classes, normalized="normalization" in options)
    options = {"input_dim": features, "num_classes": classes, "dtype": np.float64, **options}
    return Network(f"classifiers.fc_net.{kind}", (list(hidden),), shapes, example, classes, count, options)


def require_parameters(s: Session, networks: Iterable[Network]) -> None:
    """Require the documented parameters and no others, in the shapes that follow from the sizes of the layers."""
    for network in networks:
        params = network.build(s).attr("params")
        require_names(s, "params", params, network)
        for name, value in network.fetched(s, params).items():
            shape = network.shapes[name]
            s.require(value.shape == shape, f"params[{name!r}] has shape {value.shape}, but the sizes of the layers require {shape}")


def require_names(s: Session, what: str, ref: Ref, network: Network) -> None:
    """Require that a dict has an entry for every parameter and no others."""
    names = list(network.shapes)
    present, others = s.keys(ref, names)
    s.require(len(present) == len(names), f"{what} must have an entry for each of {', '.join(names)}")
    s.require(others == 0, f"{what} has an entry that is none of {', '.join(names)}")


def require_initial_values(s: Session, networks: Iterable[Network]) -> None:
    """Require the properties of draws from N(0, weight_scale), within 7 standard errors; zeros and ones must be exact.

    No weight array may have fewer than 700 entries: fewer normal numbers may all lie within two standard deviations.
    """
    for network in networks:
        scale = s.draw.magnitude(1e-3, 1)
        params = network.build(s, weight_scale=scale).attr("params")
        for name, value in network.fetched(s, params).items():
            if name[0] == "W":
                count = value.size
                s.require(
                    abs(value.std() / scale - 1) < 7 / np.sqrt(2 * count),
                    f"the standard deviation of the entries of {name} must be weight_scale at the start",
                )
                s.require(
                    abs(value.mean()) < 7 * scale / np.sqrt(count), f"the mean of the entries of {name} must be near zero at the start"
                )
                s.require(
                    abs(value).max() > 2 * scale,
                    f"{name} must be drawn from a normal distribution, but none of its entries is as far from zero as such draws go",
                )
            elif name.startswith("gamma"):
                s.require((value == 1).all(), f"every entry of {name} must be one at the start")
            else:
                s.require((value == 0).all(), f"every entry of {name} must be zero at the start")


def compare_scores(s: Session, networks: Iterable[Network]) -> None:
    """Look at the scores of two batches of the same size."""
    for network in networks:
        net = network.drawn(s)
        for _ in range(2):
            s.compare("scores", s.call(net.attr("loss"), network.batch(s)[0]))


def require_loss_of_own_scores(s: Session, networks: Iterable[Network]) -> None:
    """Require that the loss without the L2 term is the softmax loss of the network's own scores."""
    for network in networks:
        net, (x, y) = network.drawn(s, reg=0.0), network.batch(s)
        scores, loss = s.arrays(result for result in (s.call(net.attr("loss"), x), s.call(net.attr("loss"), x, y)[0]))
        s.require(varies(scores), ALL_ALIKE)
        own = softmax_loss(scores, y)
        s.require(np.allclose(loss, own, rtol=1e-7, atol=0), "the loss must be the softmax loss of the scores", float(loss) / own)


def varies(scores: Array) -> bool:
    """Whether the scores are not all the same number."""
    return bool(np.ptp(scores))


def softmax_loss(scores: Array, y: Array) -> float:
    """The mean over all examples of -log(softmax(scores)[y])."""
    shifted = scores - scores.max(axis=1, keepdims=True)
    return float(np.mean(np.log(np.exp(shifted).sum(axis=1)) - shifted[np.arange(len(y)), y]))


def compare_loss(s: Session, networks: Iterable[Network]) -> None:
    """Look at the loss without the L2 term, of networks whose scores in training differ from those that they return."""
    for network in networks:
        net = network.drawn(s, reg=0.0)
        s.compare("loss", s.call(net.attr("loss"), *network.batch(s))[0])


def compare_gradients(s: Session, networks: Iterable[Network], wanted: Callable[[str, Network], bool] = lambda name, network: True) -> None:
    """Look at the gradients of the wanted parameters, without the L2 term, for two batches of the same size."""
    for network in networks:
        net = network.drawn(s, reg=0.0)
        for _ in range(2):
            grads = s.call(net.attr("loss"), *network.batch(s))[1]
            for name in network.shapes:
                if wanted(name, network):
                    s.compare(f"gradient of {name}", grads[name])


def compare_large_gradient(s: Session, networks: Iterable[Network], name: str) -> None:
    """Look at one gradient of networks that grow until it has too many entries to be found by numeric differences."""

    def look(network: Network) -> None:
        net = network.drawn(s, reg=0.0)
        s.compare(f"gradient of a large {name}", s.call(net.attr("loss"), *network.batch(s))[1][name])

    s.growing(LARGE_S, networks, look)


def of_the_last_layer(name: str, network: Network) -> bool:
    """Whether a parameter belongs to the layer that gives the scores."""
    return name[1:] == str(network.depth) and name[0] in "Wb"


def of_a_hidden_layer(name: str, network: Network) -> bool:
    """Whether a parameter belongs to any layer before the last."""
    return not of_the_last_layer(name, network)


def require_gradient_names(s: Session, networks: Iterable[Network]) -> None:
    """Require gradients under the names of the parameters."""
    for network in networks:
        net = network.drawn(s)
        require_names(s, "grads", s.call(net.attr("loss"), *network.batch(s))[1], network)


def _with_and_without(s: Session, network: Network) -> tuple[Ref, Ref, Batch]:
    """Two networks that differ only in the strength of the L2 term, which one of them lacks, and a batch."""
    values = network.values(s)
    return network.holding(s, values, reg=0.0), network.holding(s, values, reg=s.draw.magnitude(0.05, 5)), network.batch(s)


def compare_penalty(s: Session, networks: Iterable[Network]) -> None:
    """Look at what the L2 term adds to the loss."""
    for network in networks:
        *both, batch = _with_and_without(s, network)
        without, with_term = s.arrays(s.call(net.attr("loss"), *batch)[0] for net in both)
        observe(s, "what the L2 term adds to the loss", with_term - without)


def compare_penalty_gradients(s: Session, networks: Iterable[Network]) -> None:
    """Look at what the L2 term adds to each gradient: nothing, if the parameter is not a weight."""
    for network in networks:
        *both, batch = _with_and_without(s, network)
        without, with_term = (network.gradients(s, net, batch) for net in both)
        for name, gradient in with_term.items():
            observe(s, f"what the L2 term adds to the gradient of {name}", gradient - without[name])


def require_images(s: Session, networks: Iterable[Network]) -> None:
    """Require that images give the scores and the first gradient of the same examples in rows."""
    for network in networks:
        net, (x, y) = network.drawn(s), network.batch(s)

        def asked(given: Array, net: Ref = net, y: Array = y) -> Iterator[Ref]:
            yield s.call(net.attr("loss"), given)
            yield s.call(net.attr("loss"), given, y)[1]["W1"]

        scores, dw, of_rows, dw_of_rows = s.arrays(ref for given in (x, x.reshape(len(x), -1)) for ref in asked(given))
        s.require(varies(scores), ALL_ALIKE)
        same = scores.shape == of_rows.shape and dw.shape == dw_of_rows.shape
        same = same and np.allclose(scores, of_rows) and np.allclose(dw, dw_of_rows)
        s.require(same, "scores or gradients change when images are given instead of rows with the same numbers")
