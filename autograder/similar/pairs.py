"""Which works have unusual rows in common. Rare rows count for more: the weight of a row is ln(works / works that have it)."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from itertools import combinations

from autograder.similar.texts import Origin, Work

FEWEST = 4
"""Rows of one function that two works share before anything is said of it."""
COMMON = 0.25
"""A row that more than this share of all works has says nothing about two of them."""
SMALL_CLASS = 4
"""Works that may share a row however few there are."""


@dataclass
class Pair:
    """Two works, and what they share."""

    one: Work
    other: Work
    shared: dict[str, frozenset[int]] = field(default_factory=dict)
    """Function -> the rows that both have and few others."""
    weight: float = 0.0
    shares: dict[str, tuple[float, float]] = field(default_factory=dict)
    """Function -> which share of the rows that are not everybody's the two have in common, seen from each side."""


def find_pairs(works: Sequence[Work], given: Collection[int], most: int = 50) -> list[Pair]:
    """Pairs with at least one work of this class, those that share most first.

    Parameters
    ----------
    works : whose functions are compared.
    given : rows that everybody may have.
    most : how many pairs are wanted.
    """
    pairs: dict[tuple[int, int], Pair] = {}
    everybodys = frozenset(given)
    functions = dict.fromkeys(f for work in works for f in work.functions)
    for function in functions:
        own = {i: work.functions[function].kept - everybodys for i, work in enumerate(works) if function in work.functions}
        holders: defaultdict[int, list[int]] = defaultdict(list)
        for i, numbers in own.items():
            for number in numbers:
                holders[number].append(i)
        limit = max(SMALL_CLASS, COMMON * len(own))
        together: defaultdict[tuple[int, int], list[int]] = defaultdict(list)
        for number, having in holders.items():
            if 1 < len(having) <= limit:
                for i, j in combinations(having, 2):
                    if _comparable(works[i], works[j]):
                        together[i, j].append(number)
        for (i, j), shared in together.items():
            if len(shared) >= FEWEST:
                pair = pairs.setdefault((i, j), Pair(works[i], works[j]))
                pair.shared[function] = frozenset(shared)
                pair.weight += sum(math.log(max(len(own), 3) / len(holders[n])) for n in shared)
                pair.shares[function] = len(shared) / len(own[i]), len(shared) / len(own[j])
    return sorted(pairs.values(), key=lambda p: (-p.weight, p.one.label, p.other.label))[:most]


def _comparable(one: Work, other: Work) -> bool:
    """Whether a pair is of interest: somebody of this class, and not two who hand in together."""
    return Origin.CLASS in (one.origin, other.origin) and not (one.groups & other.groups)
