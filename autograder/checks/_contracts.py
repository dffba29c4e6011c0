"""The contracts of every function of the package, checked in one place.

The sentences are those of the package's docstring. A function whose contract fails loses that contract's share, once.
Each compares a function with itself, so that a wrong value costs the check of that value and no contract. Sizes are drawn;
where there is a kink the functions that draw keep away from it, so that float32 finds the same side.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograder.checking import Array, Kind, Laid, Layout, Ref, Session, check
from autograder.checks._support import NOT_A_RESULT

UNTOUCHED = "No argument is written into, nor an array inside one."
ON_ITS_OWN = "Each call is on its own: what it gives depends on its arguments, not on calls before or after it."
ANY_ORDER = "Several forward passes may come before the first backward pass, in any order, and a backward pass may be asked for twice."
PRECISION = "float32 in gives float32 out."
ONE_OF_EACH = "Every size is at least 1: one example, one feature, one filter and one channel are allowed, and none is never asked for."
ANY_LAYOUT = "An array may lie in memory in any way: transposed, reversed, or every second entry of another."

IN_BACKWARD = " in the backward pass"
"""The ending of the names of a backward function's contracts, if its task also has the forward function."""
SAME = 1e-9
FLOAT32 = 1e-3
"""How far two results of the same function may differ, relative to the largest entry, since sums may be taken in any order."""

Arguments = dict[str, Any]
"""Name of an argument -> its value, in the order of the signature."""


@dataclass(frozen=True)
class Layer:
    """A forward function, and possibly its backward function, as their contracts see them.

    Parameters
    ----------
    forward, backward : such as ``"layers.affine_forward"``.
    draw : arguments of the forward function, of sizes that differ from draw to draw and are all at least 2, so that every layout
        shows. Whatever may be float32 is a float64 array.
    outputs : what the forward function returns before its cache, each an array; one name if the result is not a tuple.
    gradients : what the backward function returns; one name if the result is not a tuple.
    upstream : shape of the upstream gradient, from the arguments; by default that of the first argument.
    numbers : outputs that are numbers and have no precision to keep.
    also : draws of arguments of the forward function in another mode, from which no gradient is asked.
    state : a dictionary among the arguments whose numbers the forward function may exchange, as update rules do.
    updated : keys of the forward function's last argument, a dictionary, under which it leaves arrays.
    """

    forward: str
    draw: Callable[[Session], Arguments]
    backward: str = ""
    outputs: tuple[str, ...] | str = ("out",)
    gradients: tuple[str, ...] | str = ()
    upstream: Callable[[Arguments], tuple[int, ...]] = lambda arguments: next(iter(arguments.values())).shape
    numbers: tuple[str, ...] = ()
    also: tuple[Callable[[Session], Arguments], ...] = ()
    state: str = ""
    updated: tuple[str, ...] = ()

    def results(self, s: Session, arguments: Arguments) -> dict[str, Ref]:
        """Call the forward function for all its results, including entries of its dictionary."""
        if not self.updated:
            return named(self.call(s, arguments), self.outputs)
        *_, last = arguments
        param = s.put(arguments[last])
        return named(self.call(s, {**arguments, last: param}), self.outputs) | {key: param[key] for key in self.updated}

    def call(self, s: Session, arguments: Arguments) -> Ref:
        """Call the forward function."""
        return s.call(self.forward, *arguments.values())

    def cache(self, s: Session, arguments: Arguments) -> Ref:
        """Call the forward function for the input of the backward function."""
        return self.call(s, arguments)[len(self.outputs)]

    def dout(self, s: Session, arguments: Arguments) -> Array:
        """An upstream gradient."""
        return s.draw.away_from_zero(self.upstream(arguments))


def named(ref: Ref, names: tuple[str, ...] | str) -> dict[str, Ref]:
    """Each of the names, and where its value is in a result."""
    return {names: ref} if isinstance(names, str) else dict(zip(names, ref.unpack(len(names)), strict=True))


def changed(value: Any, change: Callable[[Array], Any]) -> Any:
    """A value with every array of floating-point numbers in it changed, also in dictionaries."""
    if isinstance(value, dict):
        return {key: changed(inner, change) for key, inner in value.items()}
    return change(value) if isinstance(value, np.ndarray) and value.dtype.kind == "f" else value


def forward_contracts(task: str, layer: Layer) -> None:
    """Register what is asked of every forward function."""
    draws = (layer.draw, *layer.also)

    @contract(task, layer, UNTOUCHED)
    def leaves_its_arguments_as_they_were(s: Session) -> None:
        for draw in draws:
            arguments = draw(s)
            held = Held(s, arguments, layer.state)
            results = s.later(layer.results(s, held.refs))
            held.require_unchanged()
            returns_something(s, results(), arguments)

    @contract(task, layer, ON_ITS_OWN)
    def calls_do_not_affect_each_other(s: Session) -> None:
        asked: list[Arguments] = []
        order: list[int] = []
        for draw in draws:
            order += [len(asked) + i for i in (1, 0, 0)]
            one = draw(s)
            # Of the same sizes, in case the function remembers something for each size.
            asked += [one, changed(one, s.draw.permuted)]
        alone = [s.later(layer.results(s, arguments)) for arguments in asked]
        # Looked at after all calls: a result must not change after it was returned.
        again = [s.later(results) for results in [layer.results(s, asked[i]) for i in order]]
        s.settle()
        # Those that were drawn, since their results are not zero.
        for arguments, results in zip(asked[::2], alone[::2], strict=True):
            returns_something(s, results(), arguments)
        for i, results in zip(order, again, strict=True):
            require_same(s, results(), alone[i](), "changes with the calls before or after it")

    @contract(task, layer, PRECISION)
    def float32_stays_float32(s: Session) -> None:
        for draw in draws:
            arguments = draw(s)
            double, single = (s.later(layer.results(s, given)) for given in (arguments, changed(arguments, as_float32)))
            s.settle()
            returns_something(s, double(), arguments)
            require_single(s, single(), double(), layer.numbers)

    @contract(task, layer, ANY_LAYOUT, Kind.EDGE)
    def arrays_may_lie_in_memory_in_any_way(s: Session) -> None:
        for draw in draws:
            arguments = draw(s)
            plain = s.later(layer.results(s, arguments))
            others = [s.later(layer.results(s, laid(arguments, layout))) for layout in Layout]
            s.settle()
            returns_something(s, plain(), arguments)
            for layout, results in zip(Layout, others, strict=True):
                require_same(s, results(), plain(), f"changes when the arguments are {layout.words}")


def backward_contracts(task: str, layer: Layer, words: str = "") -> None:
    """Register what is asked of every backward function; ``words`` end the names if the task also has the forward function."""

    def gradients(s: Session, dout: Any, cache: Ref) -> dict[str, Ref]:
        return named(s.call(layer.backward, dout, cache), layer.gradients)

    @contract(task, layer, UNTOUCHED, words=words)
    def leaves_its_arguments_as_they_were(s: Session) -> None:
        arguments = layer.draw(s)
        given = {"dout": layer.dout(s, arguments)}
        held = Held(s, given)
        results = s.later(gradients(s, held.refs["dout"], layer.cache(s, arguments)))
        held.require_unchanged()
        returns_something(s, results(), given)

    @contract(task, layer, ON_ITS_OWN, words=words, also=[ANY_ORDER])
    def calls_do_not_affect_each_other(s: Session) -> None:
        one = layer.draw(s)
        # Of the same sizes, in case the function remembers something for each size.
        asked = [(arguments, layer.dout(s, arguments)) for arguments in (one, changed(one, s.draw.permuted))]
        alone = [s.later(gradients(s, dout, layer.cache(s, arguments))) for arguments, dout in asked]
        # Both forward passes before any backward pass; the second backward pass first, and each twice.
        caches = [layer.cache(s, arguments) for arguments, _ in asked]
        order = (1, 0, 0, 1)
        again = [s.later(results) for results in [gradients(s, asked[i][1], caches[i]) for i in order]]
        s.settle()
        for i, results in zip(order, again, strict=True):
            require_same(s, results(), alone[i](), "changes with the calls before or after it")

    @contract(task, layer, PRECISION, words=words)
    def float32_stays_float32(s: Session) -> None:
        arguments = layer.draw(s)
        dout = layer.dout(s, arguments)
        double = s.later(gradients(s, dout, layer.cache(s, arguments)))
        single = s.later(gradients(s, as_float32(dout), layer.cache(s, changed(arguments, as_float32))))
        s.settle()
        require_single(s, single(), double(), layer.numbers)

    @contract(task, layer, ANY_LAYOUT, Kind.EDGE, words)
    def arrays_may_lie_in_memory_in_any_way(s: Session) -> None:
        arguments = layer.draw(s)
        dout = layer.dout(s, arguments)
        plain = s.later(gradients(s, dout, layer.cache(s, arguments)))
        others = [s.later(gradients(s, Laid(dout, layout), layer.cache(s, laid(arguments, layout)))) for layout in Layout]
        s.settle()
        for layout, results in zip(Layout, others, strict=True):
            require_same(s, results(), plain(), f"changes when the arguments are {layout.words}")


def contract(
    task: str, layer: Layer, asks: str, kind: Kind = Kind.CONTRACT, words: str = "", also: Sequence[str] = ()
) -> Callable[[Callable[[Session], None]], Callable[[Session], None]]:
    """Register one contract of a layer's task, as written in the module that describes the layer; ``words`` end its name."""

    def register(function: Callable[[Session], None]) -> Callable[[Session], None]:
        function.__name__ += words
        return check(task, asks=asks, also=also, kind=kind, module=layer.draw.__module__)(function)

    return register


class Held:
    """Arguments that are stored on the other side, to look at them after a call."""

    def __init__(self, s: Session, arguments: Arguments, state: str = "") -> None:
        self.s, self.state = s, state
        self.put: list[tuple[str, Ref, Array]] = []
        self.refs = {name: self._store(name, value) for name, value in arguments.items()}
        """The same arguments, for the call."""

    def _store(self, name: str, value: Any) -> Any:
        if isinstance(value, dict):
            ref = self.s.put({key: self._store(f"{name}[{key!r}]", inner) for key, inner in value.items()})
            numbers = {key: np.asarray(inner) for key, inner in value.items() if isinstance(inner, int | float) and name != self.state}
            self.put += [(f"{name}[{key!r}]", ref[key], number) for key, number in numbers.items()]
            return ref
        if not isinstance(value, np.ndarray):
            return value
        ref = self.s.put(value)
        self.put.append((name, ref, value))
        return ref

    def require_unchanged(self) -> None:
        """Require that every array is unchanged, and that every number in a dictionary is still there."""
        after = self.s.arrays([ref for _, ref, _ in self.put])
        for (name, _, before), value in zip(self.put, after, strict=True):
            self.s.require(np.array_equal(value, before), f"the function changed {name}, which belongs to the caller: work on a copy")


def returns_something(s: Session, results: dict[str, Array], arguments: Arguments) -> None:
    """Require a result that is not one of the arguments; otherwise a function that does nothing would meet every contract."""
    inner = [value for held in arguments.values() if isinstance(held, dict) for value in held.values()]
    given = [value for value in (*arguments.values(), *inner) if isinstance(value, np.ndarray)]
    new = [value for value in results.values() if value.any() and not any(np.array_equal(value, one) for one in given)]
    s.require(bool(new), NOT_A_RESULT)


def require_same(s: Session, got: dict[str, Array], want: dict[str, Array], words: str) -> None:
    """Require that two calls gave the same; neither is compared with the reference, whose values other checks ask for."""
    for name, value in want.items():
        s.require(agree(got[name], value, SAME), f"{name} {words}")


def require_single(s: Session, single: dict[str, Array], double: dict[str, Array], numbers: Collection[str] = ()) -> None:
    """Require float32, with float64's values up to rounding; ``numbers`` may have any type."""
    for name, value in double.items():
        if name not in numbers:
            s.require(single[name].dtype == np.float32, f"{name} of float32 arrays must be float32")
        s.require(agree(single[name], value, FLOAT32), f"{name} in float32 differs by more than rounding from that in float64")


def agree(one: Array, other: Array, tolerance: float) -> bool:
    """Whether two arrays differ by no more than a share of the largest entry; NaN must be in the same places."""
    if one.shape != other.shape:
        return False
    if np.array_equal(one, other):
        return True
    scale = np.max(np.abs(other), initial=1.0, where=np.isfinite(other))
    return bool(np.allclose(one, other, rtol=0, atol=tolerance * scale, equal_nan=True))


def laid(arguments: Arguments, layout: Layout) -> Arguments:
    """The same arguments in another memory layout."""
    return {name: changed(value, lambda array: Laid(array, layout)) for name, value in arguments.items()}


def as_float32(value: Array) -> Array:
    """The same in single precision."""
    return np.asarray(value, np.float32)
