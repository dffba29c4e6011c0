"""Which works have unusual rows in common. Rare rows count more: the weight of a row is ln((works + 1) / works that have it).

All pairs of works are weighed together, function by function, as products of matrices; only the heaviest pairs are then compared row
by row. A class of 300 and a folder of published solutions make about 70,000 pairs.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from autograder.similar.texts import Origin, Work

FEWEST = 4
"""Least number of rows of one function that two works must share for it to count."""
COMMON = 0.25
"""A row in more than this share of all works says nothing about two of them."""
SMALL_CLASS = 4
"""Number of works that may share a row in any class, however small."""


@dataclass
class Pair:
    """Two works, and what they share."""

    one: Work
    other: Work
    shared: dict[str, frozenset[int]] = field(default_factory=dict)
    """Function -> the rows that both have and few others have."""
    weight: float = 0.0
    shares: dict[str, tuple[float, float]] = field(default_factory=dict)
    """Function -> for each of the two, the share of its unusual rows that the other also has."""


@dataclass(frozen=True)
class _Function:
    """One function in all works that have it."""

    own: Mapping[int, frozenset[int]]
    """Number of the work -> its rows, without rows that everybody may have."""
    weights: Mapping[int, float]
    """Row that several, but not too many, works share -> its weight."""


def find_pairs(works: Sequence[Work], given: Collection[int], most: int = 50) -> list[Pair]:
    """Pairs with at least one work of this class; those that share most come first.

    Parameters
    ----------
    works : whose functions are compared.
    given : rows that everybody may have.
    most : how many pairs are wanted.
    """
    everybodys = frozenset(given)
    names = dict.fromkeys(f for work in works for f in work.functions)
    functions = {name: _function(name, works, everybodys) for name in names}
    total = np.zeros((len(works), len(works)))
    for function in functions.values():
        _add_weights(total, function)
    total *= np.triu(_comparable(works), k=1)
    pairs = [_pair(works, functions, i, j) for i, j in _heaviest(total, most)]
    return sorted(pairs, key=lambda p: (-p.weight, p.one.label, p.other.label))[:most]


def _function(name: str, works: Sequence[Work], everybodys: frozenset[int]) -> _Function:
    own = {i: work.functions[name].kept - everybodys for i, work in enumerate(works) if name in work.functions}
    holders = Counter(number for numbers in own.values() for number in numbers)
    limit = max(SMALL_CLASS, COMMON * len(own))
    return _Function(own, {n: math.log((len(own) + 1) / count) for n, count in holders.items() if 1 < count <= limit})


def _add_weights(total: NDArray[np.float64], function: _Function) -> None:
    """Add what the pairs share in one function, if it is enough."""
    column = {number: k for k, number in enumerate(function.weights)}
    has = np.zeros((len(total), len(column)), dtype=np.float32)
    for i, numbers in function.own.items():
        has[i, [column[n] for n in numbers if n in column]] = 1
    count = has @ has.T
    weight = (has * np.array(list(function.weights.values()), dtype=np.float32)) @ has.T
    total += np.where(count >= FEWEST, weight, 0.0)


def _comparable(works: Sequence[Work]) -> NDArray[np.bool_]:
    """Which pairs are of interest: those with somebody from this class, except two who hand in together."""
    ours = np.array([work.origin is Origin.CLASS for work in works], dtype=bool)
    together = np.zeros((len(works), len(works)), dtype=bool)
    for group in {g for work in works for g in work.groups}:
        members = np.array([group in work.groups for work in works])
        together |= np.outer(members, members)
    interesting: NDArray[np.bool_] = (ours[:, None] | ours[None, :]) & ~together
    return interesting


def _heaviest(total: NDArray[np.float64], most: int) -> list[tuple[int, int]]:
    """The heaviest pairs, and those that weigh as much as the last of them."""
    weights = np.sort(total[total > 0])
    if not weights.size:
        return []
    least = weights[-min(most, weights.size)]
    return [(int(i), int(j)) for i, j in np.argwhere((total > 0) & (total >= least * (1 - 1e-6)))]


def _pair(works: Sequence[Work], functions: Mapping[str, _Function], i: int, j: int) -> Pair:
    """What two works share, row by row."""
    pair = Pair(works[i], works[j])
    for name, function in functions.items():
        mine, theirs = function.own.get(i, frozenset()), function.own.get(j, frozenset())
        shared = frozenset(n for n in mine & theirs if n in function.weights)
        if len(shared) >= FEWEST:
            pair.shared[name] = shared
            pair.weight += sum(sorted(function.weights[n] for n in shared))
            pair.shares[name] = len(shared) / len(mine), len(shared) / len(theirs)
    return pair
