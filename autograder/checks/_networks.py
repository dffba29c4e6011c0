"""What is asked of every network, whatever its layers: parameters, scores, loss, gradients, L2 term, dtype.

Nothing here depends on the generator that draws the first weights: their statistics are
bounded, and everything else is looked at with parameters that the check has drawn and set.
The L2 term is looked at as the difference it makes, so that a mistake elsewhere does not hide it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np

from autograder.checking import Array, Ref, Session
from autograder.checks._support import observe

Shapes = dict[str, tuple[int, ...]]
REG = 0.7


@dataclass(frozen=True)
class Network:
    """A network of known sizes.

    Parameters
    ----------
    target : the class, such as ``"classifiers.cnn.ThreeLayerConvNet"``.
    args, options : what it is built with.
    shapes : name and shape of every parameter.
    example : shape of one example.
    """

    target: str
    args: tuple[Any, ...]
    shapes: Shapes
    example: tuple[int, ...]
    classes: int
    options: dict[str, Any] = field(default_factory=dict)

    def build(self, s: Session, **options: Any) -> Ref:
        """The network as its constructor leaves it."""
        return s.call(self.target, *self.args, **{**self.options, **options})

    def drawn(self, s: Session, **options: Any) -> Ref:
        """The network with parameters drawn by the check."""
        net = self.build(s, **options)
        dtype = {**self.options, **options}.get("dtype", np.float64)
        for name, shape in self.shapes.items():
            # Scales of either sign, biases and shifts wide enough to matter, weights that keep the scores of order one.
            scale = 1 / np.sqrt(np.prod(shape) / shape[-1] if name[0] == "W" and len(shape) == 2 else np.prod(shape[1:]))
            value = s.draw.away_from_zero(shape, gap=0.5) if name.startswith("gamma") else s.draw.normal(shape, scale=scale)
            s.set(net.attr("params")[name], value.astype(dtype))
        return net

    def batch(self, s: Session, count: int = 6) -> tuple[Array, Array]:
        """Examples and labels."""
        return s.draw.normal((count, *self.example)), s.draw.labels(count, self.classes)

    def gradients(self, s: Session, net: Ref, batch: tuple[Array, Array]) -> dict[str, Array]:
        """The gradient of every parameter."""
        return self.fetched(s, s.call(net.attr("loss"), *batch)[1])

    def fetched(self, s: Session, ref: Ref) -> dict[str, Array]:
        """The arrays of a dict that has one for each parameter."""
        return dict(zip(self.shapes, s.arrays(ref[name] for name in self.shapes), strict=True))


def fully_connected_shapes(features: int, hidden_dims: tuple[int, ...], classes: int, normalized: bool = False) -> Shapes:
    """Name and shape of every parameter of a fully connected network."""
    sizes = [features, *hidden_dims, classes]
    shapes: Shapes = {}
    for i, (fan_in, fan_out) in enumerate(pairwise(sizes), start=1):
        shapes |= {f"W{i}": (fan_in, fan_out), f"b{i}": (fan_out,)}
        if normalized and i <= len(hidden_dims):
            shapes |= {f"gamma{i}": (fan_out,), f"beta{i}": (fan_out,)}
    return shapes


def require_parameters(s: Session, network: Network) -> None:
    """Require the documented parameters, no others, in shapes that follow from the sizes of the layers."""
    params = network.build(s).attr("params")
    require_names(s, "params", params, network)
    for name, value in network.fetched(s, params).items():
        s.require(value.shape == network.shapes[name], f"params[{name!r}] has a shape that does not follow from the sizes of the layers")


def require_names(s: Session, what: str, ref: Ref, network: Network) -> None:
    """Require that a dict has an entry for every parameter and no others."""
    names = list(network.shapes)
    present, others = s.keys(ref, names)
    s.require(len(present) == len(names), f"{what} must have an entry for each of {', '.join(names)}")
    s.require(others == 0, f"{what} must have no entries but {', '.join(names)}")


def require_initial_values(s: Session, network: Network, weight_scale: float = 0.03) -> None:
    """Require what every draw of N(0, weight_scale) shows, 7 standard errors wide; zeros and ones are exact."""
    params = network.build(s, weight_scale=weight_scale).attr("params")
    for name, value in network.fetched(s, params).items():
        if name[0] == "W":
            count = value.size
            s.require(abs(value.mean()) < 7 * weight_scale / np.sqrt(count), f"{name} must have mean zero")
            s.require(abs(value.std() / weight_scale - 1) < 7 / np.sqrt(2 * count), f"{name} must have the standard deviation weight_scale")
            s.require(abs(value).max() > 2 * weight_scale, f"{name} must be drawn from a normal distribution")
        elif name.startswith("gamma"):
            s.require((value == 1).all(), f"{name} must be one at the start")
        else:
            s.require((value == 0).all(), f"{name} must be zero at the start")


def compare_scores(s: Session, network: Network) -> None:
    """Look at the scores."""
    net = network.drawn(s)
    s.compare("scores", s.call(net.attr("loss"), network.batch(s)[0]))


def compare_loss(s: Session, network: Network) -> None:
    """Look at the loss without the L2 term."""
    net = network.drawn(s, reg=0.0)
    s.compare("loss", s.call(net.attr("loss"), *network.batch(s))[0])


def compare_gradients(s: Session, network: Network) -> None:
    """Look at the gradient of every parameter, without the L2 term."""
    net = network.drawn(s, reg=0.0)
    grads = s.call(net.attr("loss"), *network.batch(s))[1]
    for name in network.shapes:
        s.compare(f"gradient of {name}", grads[name])


def require_gradient_names(s: Session, network: Network) -> None:
    """Require gradients under the names of the parameters."""
    net = network.drawn(s)
    require_names(s, "grads", s.call(net.attr("loss"), *network.batch(s))[1], network)


def compare_penalty(s: Session, network: Network) -> None:
    """Look at what the L2 term adds to the loss."""
    net, batch = network.drawn(s, reg=0.0), network.batch(s)

    def losses() -> Iterator[Ref]:
        yield s.call(net.attr("loss"), *batch)[0]
        s.set(net.attr("reg"), REG)
        yield s.call(net.attr("loss"), *batch)[0]

    without, with_term = s.arrays(losses())
    observe(s, "what the L2 term adds to the loss", with_term - without)


def compare_penalty_gradients(s: Session, network: Network) -> None:
    """Look at what the L2 term adds to each gradient: nothing, where the parameter is no weight."""
    net, batch = network.drawn(s, reg=0.0), network.batch(s)
    without = network.gradients(s, net, batch)
    s.set(net.attr("reg"), REG)
    for name, gradient in network.gradients(s, net, batch).items():
        observe(s, f"what the L2 term adds to the gradient of {name}", gradient - without[name])


def require_float32(s: Session, network: Network, averages: Callable[[Ref], list[Ref]] = lambda net: []) -> None:
    """Require that a float32 network has float32 parameters, scores, gradients and averages, whatever the type of its input."""
    fresh = network.build(s, dtype=np.float32)
    net = network.drawn(s, dtype=np.float32, reg=0.5)
    batch = network.batch(s)
    grads = s.call(net.attr("loss"), *batch)[1]
    scores = s.call(net.attr("loss"), batch[0])
    looked_at = [(name, fresh.attr("params")[name]) for name in network.shapes]
    looked_at += [(f"the gradient of {name}", grads[name]) for name in network.shapes]
    looked_at += [("the scores", scores), *(("the running averages", ref) for ref in averages(net))]
    for (what, _), value in zip(looked_at, s.arrays(ref for _, ref in looked_at), strict=True):
        s.require(value.dtype == np.float32, f"{what} of a float32 network must be float32")
