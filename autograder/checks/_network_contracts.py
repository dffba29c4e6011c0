"""The contracts and edge cases of every class of networks, checked in one place.

As in `autograder.checks._contracts`, each compares a network with itself, so that a wrong value costs no contract. Sizes are drawn.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from autograder.checking import Array, Kind, Laid, Layout, Ref, Session, check
from autograder.checks._contracts import ANY_LAYOUT, FLOAT32, ON_ITS_OWN, SAME, agree, require_same
from autograder.checks._networks import ALL_ALIKE, Batch, Network, Parameters, varies

SIDE_BY_SIDE = "Two networks may live and learn side by side."
WEIGHT_SCALE = "weight_scale : standard deviation of the weights at the start, at least 0."

Draw = Callable[[Session], Sequence[Network]]
"""Two networks of different sizes, all of them at least 2."""
Register = Callable[[Callable[[Session], None]], Callable[[Session], None]]


def network_contracts(task: str, draw: Draw, *, untouched: str, precision: str, number_type: str) -> None:
    """Register what is asked of every class of networks.

    Parameters
    ----------
    untouched, precision, number_type : the sentences of its docstring about X and params, about dtypes, and about the types of X.
    """
    learns_beside_another(task, draw)

    @contract(task, draw, untouched)
    def leaves_its_arguments_as_they_were(s: Session) -> None:
        for network in draw(s):
            values, batch = network.values(s), network.batch(s)
            net, held = network.holding(s, values), [s.put(value) for value in batch]
            results = s.arrays([s.call(net.attr("loss"), *held)[0], s.call(net.attr("loss"), held[0])])
            s.require(all(value.any() for value in results), "the network must return its loss and its scores")
            for name, before, after in zip(("X", "y"), batch, s.arrays(held), strict=True):
                s.require(np.array_equal(before, after), f"the function changed {name}, which belongs to the caller: work on a copy")
            for name, after in network.fetched(s, net.attr("params")).items():
                s.require(np.array_equal(values[name], after), f"loss must not change params[{name!r}]")

    @contract(task, draw, ON_ITS_OWN)
    def calls_do_not_affect_each_other(s: Session) -> None:
        for network in draw(s):
            values, (x, y) = network.values(s), network.batch(s)
            batches = [(x, y), network.batch(s, network.count + 1), (s.draw.permuted(x), y)]
            alone = [s.later(asked(s, network, network.holding(s, values), batch)) for batch in batches]
            net, order = network.holding(s, values), (1, 0, 2, 0)
            # Looked at after all calls: a result must not change after it was returned.
            later = [s.later(results) for results in [asked(s, network, net, batches[i]) for i in order]]
            s.settle()
            for i, results in zip(order, later, strict=True):
                require_same(s, results(), alone[i](), "changes with the calls before or after it")

    @contract(task, draw, precision)
    def float32_stays_float32(s: Session) -> None:
        for network in draw(s):
            values, batch = rounded(network.values(s)), network.batch(s)
            fresh = network.build(s, dtype=np.float32).attr("params")
            double, net = (network.holding(s, values, dtype=dtype, reg=0.5) for dtype in (np.float64, np.float32))
            single = (
                asked(s, network, net, batch, list(network.shapes))
                | {"scores": s.call(net.attr("loss"), batch[0])}
                | averages(network, net)
            )
            single |= {f"params[{name!r}]": fresh[name] for name in network.shapes}
            got = dict(zip(single, s.arrays(list(single.values())), strict=True))
            for name, value in got.items():
                s.require(name == "loss" or value.dtype == np.float32, f"{name} of a float32 network must be float32")
            # A loss does not jump where a unit crosses zero, as gradients do, so rounding cannot matter.
            want = s.array(asked(s, network, double, batch)["loss"])
            s.require(
                agree(got["loss"], want, FLOAT32),
                "the loss in float32 differs by more than rounding from the loss in float64",
            )

    @contract(task, draw, ANY_LAYOUT, Kind.EDGE)
    def arrays_may_lie_in_memory_in_any_way(s: Session) -> None:
        for network in draw(s)[:1]:
            values, (x, y) = network.values(s), network.batch(s)
            plain, found = s.later(asked(s, network, network.holding(s, values), (x, y))), []
            for layout in Layout:
                net = network.build(s)
                s.fill(net.attr("params"), {name: Laid(value, layout) for name, value in values.items()})
                found.append((layout, s.later(asked(s, network, net, (Laid(x, layout), Laid(y, layout))))))
            s.settle()
            for layout, got in found:
                require_same(s, got(), plain(), f"changes when the arguments are {layout.words}")

    @contract(task, draw, number_type, Kind.EDGE)
    def x_may_have_any_number_type(s: Session) -> None:
        for network in draw(s)[:1]:
            net, (x, _) = network.drawn(s), network.batch(s)
            whole = np.clip(np.round(3 * x), 0, 9)
            given = [whole.astype(dtype) for dtype in (np.float64, np.float32, np.int64, np.uint8)]
            double, *others = s.arrays(s.call(net.attr("loss"), value) for value in given)
            s.require(varies(double), ALL_ALIKE)
            s.require(all(agree(other, double, SAME) for other in others), "scores must not depend on the number type of X")

    @contract(task, draw, WEIGHT_SCALE, Kind.EDGE)
    def weights_may_start_at_zero(s: Session) -> None:
        for network in draw(s):
            params = network.build(s, weight_scale=0.0).attr("params")
            zero = [not value.any() for name, value in network.fetched(s, params).items() if name[0] == "W"]
            s.require(all(zero), "with weight_scale 0 all weights must be zero")


def learns_beside_another(task: str, draw: Draw) -> None:
    """Register that two networks may be trained in turn."""

    @contract(task, draw, SIDE_BY_SIDE)
    def networks_do_not_affect_each_other(s: Session) -> None:
        lives = [Life(s, network) for network in draw(s)]
        alone = [[s.later(results) for results in life.turns()] for life in lives]
        # Looked at after everything has happened.
        turns = list(zip(*(life.turns() for life in lives), strict=True))
        together = [[s.later(results) for results in turn] for turn in turns]
        s.settle()
        for number in range(len(lives)):
            for turn, expected in zip(together, alone[number], strict=True):
                require_same(s, turn[number](), expected(), "changes when another network is trained beside this one")


class Life:
    """What is done with a network: two steps of training, and a look at its scores; the same each time."""

    def __init__(self, s: Session, network: Network) -> None:
        self.s, self.network = s, network
        self.steps: list[tuple[Parameters, Batch]] = [(network.values(s), network.batch(s, network.count + i)) for i in range(2)]

    def turns(self) -> Iterator[dict[str, Ref]]:
        """Build it, and yield its results after each step."""
        net = self.network.build(self.s)
        yield {}
        for values, batch in self.steps:
            self.s.fill(net.attr("params"), values)
            yield asked(self.s, self.network, net, batch)
        yield {"scores": self.s.call(net.attr("loss"), self.steps[0][1][0])}


def raises_errors(task: str, draw: Draw, asks: str, *wrong: tuple[dict[str, Any], Sequence[str]]) -> None:
    """Register that the constructor raises ValueError.

    Parameters
    ----------
    wrong : options that must be refused, each with the words that the message must have.
    """

    @contract(task, draw, asks)
    def raises_the_documented_errors(s: Session) -> None:
        network = draw(s)[0]
        for options, words in wrong:
            s.raises("ValueError", network.target, *network.args, mentions=words, **{**network.options, **options})


def contract(task: str, draw: Draw, asks: str, kind: Kind = Kind.CONTRACT) -> Register:
    """Register one contract of a class, as written in the module that draws its networks."""
    return check(task, asks=asks, kind=kind, module=draw.__module__)


def asked(s: Session, network: Network, net: Ref, batch: Sequence[Any], names: Sequence[str] = ()) -> dict[str, Ref]:
    """The loss of a batch, and the gradients of those parameters; by default of the first, to which all others contribute."""
    loss, grads = s.call(net.attr("loss"), *batch).unpack(2)
    return {"loss": loss} | {f"the gradient of {name}": grads[name] for name in names or ("W1", f"b{network.depth}")}


def averages(network: Network, net: Ref) -> dict[str, Ref]:
    """The running averages of batch normalization, if there are any."""
    if network.options.get("normalization") != "batchnorm":
        return {}
    places = [(i, key) for i in range(network.depth - 1) for key in ("running_mean", "running_var")]
    return {f"{key} of layer {i + 1}": net.attr("bn_params")[i][key] for i, key in places}


def rounded(values: dict[str, Array]) -> dict[str, Array]:
    """Numbers that float32 holds exactly."""
    return {name: value.astype(np.float32).astype(np.float64) for name, value in values.items()}
