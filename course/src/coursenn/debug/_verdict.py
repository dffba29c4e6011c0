"""What is said of one node: whether its claimed gradient agrees with the derivative, and what it looks like when it does not."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

import numpy as np

from coursenn._differences import hints, shape_hint
from coursenn._places import axis_names, plural
from coursenn._shape_relations import MAX_SUMMED
from coursenn.debug._derivative import Agreement, Derivative
from coursenn.debug._lens import Lens
from coursenn.debug._nodes import Node
from coursenn.debug._subject import Array, Key, is_floating

MAX_BRANCHES = 4
"""Sums over more branches than these are not tried."""


class Status(Enum):
    """How a claimed gradient compares with the derivative; the value is the word that tables and pictures show."""

    RIGHT = "right"
    KINK = "at a kink"
    BRANCH = "one branch"
    OTHER = "another gradient"
    UNUSED = "not used"
    PART = "something else"
    WRONG = "wrong"
    UNNAMED = "not named"


@dataclass
class Row:
    """One node with what was found.

    Attributes
    ----------
    says : facts, each a sentence.
    """

    node: Node
    status: Status
    claimed_shape: tuple[int, ...] | None = None
    says: tuple[str, ...] = ()


SUSPECT = (Status.WRONG, Status.BRANCH)


class Judge:
    """Compares the nodes of one subject."""

    def __init__(self, lens: Lens, children: Mapping[Key, list[Key]], last: frozenset[Key]) -> None:
        self.lens, self.children, self.last = lens, children, last
        self.derivatives: dict[Key, Derivative] = {}

    def derivative(self, key: Key) -> Derivative:
        """The derivative of one node, taken once."""
        if key not in self.derivatives:
            self.derivatives[key] = Derivative(self.lens, key)
        return self.derivatives[key]

    def row(self, node: Node) -> Row:
        """What is to be said of a node."""
        if node.claim is None and not node.is_returned:
            return Row(node, Status.UNNAMED)
        if node.claim is None:
            return Row(node, Status.WRONG, None, ("No gradient came back for it.",))
        if not is_floating(node.claim) and not _is_number(node.claim):
            return Row(node, Status.WRONG, None, (f"The gradient is a {type(node.claim).__name__} where an array is expected.",))
        claim = np.asarray(node.claim)
        row = self._compared(node, claim)
        if row.status is Status.WRONG and node.alive is not None and np.shape(node.alive) == claim.shape:
            later = self._compared(node, np.asarray(node.alive))
            if later.status is not Status.WRONG:  # it is filled through another name
                return later
        return row

    def _compared(self, node: Node, claim: Array) -> Row:
        shape, found = node.value.shape, claim.shape
        if not np.isfinite(np.asarray(claim, float)).all():
            return Row(node, Status.WRONG, found, ("Some entries are nan or inf: look for a division by 0, log(0) or an overflow in exp.",))
        derivative = self.derivative(node.key)
        if _squeezed(shape) != _squeezed(found):
            return self._misshapen(node, claim)
        claim = np.asarray(claim, float).reshape(shape)
        agreement = derivative.compare(claim)
        if agreement.agrees:
            count = int(agreement.at_kink.sum())
            if count == len(agreement.wrong):
                where = "at every entry" if derivative.by_entry else "in every direction"
                return Row(node, Status.KINK, found, (f"The loss has a kink {where}: move the inputs a little and try again.",))
            kinks = f"{count} of {len(agreement.wrong)} are at a kink, where nothing can be compared."
            return Row(node, Status.RIGHT, found, (kinks,) if count else ())
        if not node.is_input and derivative.vanishes and not self.children[node.key] and node.key not in self.last:
            return Row(node, Status.UNUSED, found, (_unused(node),))
        branch = self._branch(node, claim)
        if branch:
            return Row(node, Status.BRANCH, found, branch)
        if other := self._other(node, claim):
            other.claimed_shape = found
            return other
        said = [*_differences(claim, node.claim, agreement, derivative), *_multiple_of_itself(claim, node, derivative)]
        return Row(node, Status.WRONG, found, tuple(said))

    def _misshapen(self, node: Node, claim: Array) -> Row:
        shape, found = node.value.shape, claim.shape
        said = [f"Its shape is {found}, and {node.label} has shape {shape}."]
        array = self.derivative(node.key).array
        if array is not None and (summed := _sums(np.asarray(claim, float), array, self.derivative(node.key))):
            said.append(summed)
        elif other := self._other(node, np.asarray(claim, float)):
            other.claimed_shape, other.says = found, (*said, *other.says)
            return other
        elif hint := shape_hint(found, shape):
            said.append(hint)
        elif len(found) > len(shape):
            said.append("Is a sum missing, over the axes along which the value was broadcast?")
        return Row(node, Status.WRONG, found, tuple(said))

    def _branch(self, node: Node, claim: Array) -> tuple[str, ...]:
        """Whether the gradient is right for some of the branches that begin at a node, where each of them has a node."""
        children = self.children[node.key]
        if not 2 <= len(children) <= MAX_BRANCHES or node.key in self.last:
            return ()
        through = {child: Derivative(self.lens, node.key, child) for child in children}
        for count in range(1, len(children)):
            for chosen in itertools.combinations(children, count):
                parts = [through[child] for child in chosen]
                if _agrees_with_sum(parts, claim):
                    names = {child: self.lens.nodes[child].label for child in children}
                    here = listed([names[child] for child in chosen])
                    missing = [names[child] for child in children if child not in chosen]
                    ends = "Another branch ends" if len(missing) == 1 else "Other branches end"
                    return (f"It is right for the branch through {here}. {ends} here as well: through {listed(missing)}.",)
        return ()

    def _other(self, node: Node, claim: Array) -> Row | None:
        """What to say when it is the gradient of another node, perhaps with another shape."""
        for other in self.lens.nodes.values():
            if other.key == node.key or other.value.size != claim.size or claim.size < 2:
                continue
            derivative = self.derivative(other.key)
            if derivative.vanishes or not derivative.compare(claim.reshape(other.value.shape)).agrees:
                continue
            if node.is_returned and other.is_input:
                own = np.asarray(other.claim, float) if _is_number(other.claim) else np.zeros(0)
                is_right = own.size == other.value.size and derivative.compare(own.reshape(other.value.shape)).agrees
                question = " as well: what makes the two differ?" if is_right else ": are the gradients in the order of the inputs?"
                return Row(node, Status.WRONG, says=(f"It is the gradient of {other.label}{question}",))
            if claim.shape == other.value.shape and other.key in below(node.key, self.children):
                says = f"It is the gradient of {other.label}: is a step between {other.label} and {node.label} left out?"
                return Row(node, Status.WRONG, says=(says,))
            return Row(node, Status.WRONG if node.is_returned else Status.OTHER, says=(f"It is the gradient of {other.label}.",))
        return None


def below(key: Key, children: Mapping[Key, list[Key]]) -> set[Key]:
    """A node and all that is made from it."""
    found, todo = {key}, [key]
    while todo:
        for child in children[todo.pop()]:
            if child not in found:
                found.add(child)
                todo.append(child)
    return found


def _agrees_with_sum(parts: list[Derivative], claim: Array) -> bool:
    """Whether a gradient is the sum of derivatives through some branches."""
    if any(part.vanishes for part in parts):
        return False
    rest = claim.copy()
    for part in parts[:-1]:
        if part.array is None:
            return False  # along random directions sums are not taken
        rest = rest - part.array
    return parts[-1].compare(rest).agrees


def _sums(claim: Array, array: Array, derivative: Derivative) -> str:
    """Whether a sum is missing in a claimed gradient, or was taken over too much."""
    for axes in _axes(claim.ndim):
        summed = claim.sum(axis=axes)
        if _squeezed(summed.shape) == _squeezed(array.shape) and derivative.compare(summed.reshape(array.shape)).agrees:
            return f"A sum over {_axes_words(axes, claim.ndim)} is missing: with it the gradient is right."
    scale = float(np.max(np.abs(array), initial=0.0)) * array.size
    for axes in _axes(array.ndim):
        summed = array.sum(axis=axes)
        if _squeezed(summed.shape) == _squeezed(claim.shape) and np.allclose(
            summed.reshape(claim.shape), claim, rtol=0, atol=10 * derivative.rtol * scale
        ):
            return f"It is summed over {_axes_words(axes, array.ndim)} as well, and should not be."
    return ""


def _axes(ndim: int) -> Iterator[tuple[int, ...]]:
    if ndim <= MAX_SUMMED:
        for count in range(1, ndim + 1):
            yield from itertools.combinations(range(ndim), count)


def _axes_words(axes: tuple[int, ...], ndim: int) -> str:
    names = axis_names(ndim)
    return listed([f"the {plural(names[axis])} (axis {axis})" for axis in axes])


def _differences(claim: Array, raw: Any, agreement: Agreement, derivative: Derivative) -> Iterator[str]:
    wrong, what = int(agreement.wrong.sum()), "entries" if derivative.by_entry else "random directions"
    of = f"{wrong} of {len(agreement.wrong)} {what} {'is' if wrong == 1 else 'are'} wrong"
    yield f"{of}; the largest error is {_worst(agreement):.1e}, allowed is {agreement.allowed:.1e}."
    array = derivative.array
    if array is not None:
        numeric = np.where(agreement.wrong, agreement.numeric, agreement.claimed).reshape(array.shape)
        yield from hints(claim, numeric, agreement.allowed, np.asarray(raw).dtype).strip().splitlines()
        return
    telling = np.abs(agreement.numeric) > 1e-3 * float(np.max(np.abs(agreement.numeric), initial=0.0))
    ratios = agreement.claimed[telling] / agreement.numeric[telling]
    if not agreement.claimed.any():
        yield "All of it is 0: is it computed, or only allocated?"
    elif telling.sum() > 2 and np.ptp(ratios) <= max(100 * derivative.rtol, 1e-4) * abs(float(np.mean(ratios))):
        yield f"Along every direction it is {float(np.mean(ratios)):.6g} times the derivative: look for a factor or a sign."


def _worst(agreement: Agreement) -> float:
    return float(np.max(np.abs(agreement.claimed - agreement.numeric)[agreement.wrong]))


def _multiple_of_itself(claim: Array, node: Node, derivative: Derivative) -> Iterator[str]:
    """Whether the error is a multiple of the value: the derivative of a penalty on its size."""
    value, array = np.asarray(node.value, float), derivative.array
    if array is None or value.size < 2 or not value.any():
        return
    error = claim - array
    factor = float(np.vdot(error, value) / np.vdot(value, value))
    left = float(np.max(np.abs(error - factor * value)))
    if left <= 1e-4 * float(np.max(np.abs(error))):
        much = "too much" if factor > 0 else "missing"
        yield f"What is {much} is {abs(factor):.6g} times {node.label} itself: look at the penalty on large weights, here and in the loss."


def _unused(node: Node) -> str:
    if node.by_hand:
        return f'The result of watch is not used: write {node.key[0]} = watch("{node.key[0]}", ...) and use that from there on.'
    return "The output does not use this value, so its derivative is 0: is it computed a second time elsewhere?"


def listed(words: list[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def _squeezed(shape: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(n for n in shape if n != 1)


def _is_number(value: Any) -> bool:
    try:
        return np.asarray(value).dtype.kind in "biuf"
    except (TypeError, ValueError):
        return False
