"""Moves one value of a forward pass and looks at what the loss and the other values do."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from coursenn.debug._nodes import Node
from coursenn.debug._subject import Array, Counted, Key, Recording, Subject

NUDGE = 1e-3
"""By which share of its size a value moves to see what depends on it."""


@dataclass(frozen=True)
class Sides:
    """The loss on both sides of a value, minus the loss at it, over the step."""

    above: float
    below: float

    @property
    def slope(self) -> float:
        """The centred difference."""
        return (self.above + self.below) / 2

    @property
    def jump(self) -> float:
        """By how much the slopes to the two sides differ: it falls with the step, unless there is a kink."""
        return abs(self.above - self.below)


class Lens:
    """The forward pass of a subject as a function of one of its nodes."""

    def __init__(self, subject: Subject, recording: Recording, nodes: Iterable[Node]) -> None:
        self.subject, self.recording = subject, recording
        self.nodes = {node.key: node for node in nodes}
        self.by_hand = frozenset(node.key[0] for node in self.nodes.values() if node.by_hand)
        floats = [recording.dtype, *(node.value.dtype for node in self.nodes.values())]
        self.eps = max(float(np.finfo(dtype).eps) for dtype in floats)
        self.size = float(np.max(np.abs(recording.out * np.asarray(subject.dout, float)), initial=0.0))

    def out(self, key: Key, moved: Array, held: Collection[Key] = (), seen: dict[Key, Array] | None = None) -> Array:
        """The output with one node at another value, and some others held at the values they had."""
        counted = Counted(self.subject.inputs, self.by_hand)

        def see(name: str, value: Any, line: int, continues: bool, by_hand: bool) -> Any:
            if not isinstance(value, float | np.floating | np.ndarray) or np.asarray(value).dtype.kind != "f" or not np.size(value):
                return value
            here = counted.key(name, by_hand)
            if here is None:
                return value
            if seen is not None and here in self.nodes:
                seen[here] = np.array(value, copy=True, order="K")
            if here == key:
                return _like(moved, value)
            return _like(self.nodes[here].value, value) if here in held else value

        is_input = self.nodes[key].is_input
        return self.subject.output(see, key[0], moved) if is_input else self.subject.output(see)

    def sides(self, key: Key, step: Array, through: Key | None = None) -> Sides:
        """Slopes of the loss along a step, to both sides, per unit of the step; only what goes through one value, if one is named."""
        value, dout = self.nodes[key].value, np.asarray(self.subject.dout, float)
        halves = []
        for sign in (1, -1):
            moved = np.asarray(value + sign * step, value.dtype)
            # What the number format makes of the step.
            real = np.asarray(moved, float) - np.asarray(value, float)
            length = float(np.vdot(real, step) / np.vdot(step, step))
            out = self.out(key, moved) if through is None else self._out_through(through, key, moved)
            change = float(np.sum((out - self.recording.out) * dout))
            halves.append(change / length if length else np.nan)
        return Sides(*halves)

    def _out_through(self, through: Key, key: Key, moved: Array) -> Array:
        """The output when one value sees a node moved, and all others see it where it was."""
        seen: dict[Key, Array] = {}
        self.out(key, moved, set(self.nodes) - {key}, seen)
        return self.out(through, seen.get(through, self.nodes[through].value))

    def children(self, key: Key, rng: np.random.Generator) -> tuple[list[Key], bool]:
        """Nodes that are made directly from this one, and whether the output is."""
        value = self.nodes[key].value
        scale = max(float(np.max(np.abs(value), initial=0.0)), 1e-3)
        moved = np.asarray(value + NUDGE * scale * rng.uniform(0.5, 1.0, value.shape) * rng.choice([-1, 1], value.shape), value.dtype)
        seen: dict[Key, Array] = {}
        others = set(self.nodes) - {key}
        out = self.out(key, moved, others, seen)
        changed = [other for other in self.nodes if other != key and other in seen and _differs(seen[other], self.nodes[other].value)]
        return changed, _differs(out, self.recording.out)


def edges(lens: Lens) -> tuple[Mapping[Key, list[Key]], frozenset[Key]]:
    """For each node those that are made directly from it, and the nodes from which the output is."""
    rng = np.random.default_rng(0)
    found, last = {}, set()
    for key in lens.nodes:
        found[key], ends = lens.children(key, rng)
        if ends:
            last.add(key)
    return found, frozenset(last)


def _like(moved: Array, value: Any) -> Any:
    """A copy of an array as the code expects it: an array, a numpy number or a Python number."""
    if isinstance(value, np.ndarray):
        return np.array(moved, copy=True, order="K") if moved.shape == value.shape else value
    return type(value)(moved) if np.ndim(moved) == 0 else value


def _differs(one: Array, other: Array) -> bool:
    if one.shape != other.shape:
        return True
    rounding = 64 * float(np.finfo(other.dtype).eps if other.dtype.kind == "f" else 0) * float(np.max(np.abs(other), initial=0.0))
    return bool(np.any(~(np.abs(one - other) <= rounding)))
