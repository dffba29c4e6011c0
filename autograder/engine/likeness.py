"""Whether the observations of a submission are those of a catalogued mistake: all of them, and not by chance."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from autograder.checking import Array, Check, Observation, Observed
from autograder.engine.evidence import ODD, Evidence
from autograder.engine.judge import squeezed, tolerance

WIDER = 10.0
"""An output agrees with a mistake's within this many times the tolerance that the check allows around the reference."""
NEAR = 0.1
"""And within this share of what the mistake changes: if the change is small, the tolerance by itself would accept anything. The same
holds for measurements of random outputs, which are never the same twice."""
VALUES, PROPERTY, SAME_WORDS, SAME_CLASS = 2.0, 1.0, 0.5, 0.25
"""How strong a sign it is if an output agrees, if a property fails, if an exception has the same words, or only the same class."""

Seen = Sequence[tuple[Evidence, Check]]
"""The observations of a submission, each with its check."""


@dataclass(frozen=True)
class Wrong:
    """One thing that a mistake makes wrong, and by how much, if that is a number."""

    item: Observed
    by: float


@dataclass(frozen=True)
class Signature:
    """What a mistake does to one check: only the differences from the reference are kept."""

    count: int
    passed: bool
    ended: str
    wrong: Mapping[int, Wrong]


def signature_of(seen: Evidence, expected: Sequence[Observed]) -> Signature:
    """What is kept from running a check over a variant; ``expected`` is what the check observes for the reference."""
    pairs = enumerate(zip(seen.seen, seen.right, expected, strict=False))
    wrong = {i: Wrong(item, _apart(item, want)) for i, (item, right, want) in pairs if not right}
    return Signature(len(seen.seen), seen.passed, seen.ended, wrong)


@dataclass(frozen=True)
class Fit:
    """How well mistakes explain everything: the strength of all signs, 0 if anything contradicts; and the number of checks it took."""

    strength: float
    checks: int


def fit(seen: Seen, signature: Callable[[Check], Signature]) -> Fit:
    """How well the observations of a submission fit what mistakes do to each check; ends at the first check that does not fit."""
    telling, total = any(one.passed for one, _ in seen), 0.0
    for number, (one, check) in enumerate(seen, start=1):
        known = signature(check)
        sign = 0.0 if known.passed != one.passed else strength(one, known, telling)
        if not (sign or (one.passed and known.passed)):
            return Fit(0.0, number)
        total += sign
    return Fit(total, len(seen))


def strength(one: Evidence, signature: Signature, telling: bool) -> float:
    """How strongly a failed check shows all that a mistake does, and nothing else; 0 if it does not, or if it passed.

    Parameters
    ----------
    telling : whether the class of an exception says anything. One in every check may be any slip; one in only some depends on the inputs.
    """
    wrong = {i for i, right in enumerate(one.right) if not right}
    if one.passed or signature.count != len(one.seen) or wrong != set(signature.wrong) or bool(one.ended) != bool(signature.ended):
        return 0.0
    signs = [_same(one.seen[i], known) for i, known in signature.wrong.items()]
    if signature.ended:
        signs.append(_same_end(one.ended, signature.ended, telling))
    # A check that neither ended early nor has anything wrong has observed too little: that is a sign in itself.
    return (sum(signs) or SAME_CLASS) if all(signs) else 0.0


def _same_end(have: str, known: str, telling: bool) -> float:
    """How strong a sign two exceptions are: the same text, which names shapes and operations, is a weak one, the class a weaker one."""
    if ODD in (have, known):
        return 0.0
    if have == known:
        return SAME_WORDS
    return SAME_CLASS if telling and have.partition(":")[0] == known.partition(":")[0] else 0.0


def _same(have: Observed, known: Wrong) -> float:
    item = known.item
    if isinstance(have, Observation) and isinstance(item, Observation):
        sign = VALUES if np.isfinite(item.value).any() else SAME_WORDS
        return sign * (have.name == item.name and _agree(have, item, known.by))
    if isinstance(have, Observation) or isinstance(item, Observation) or have != item:
        return 0.0
    if have.measure is None or item.measure is None:
        return PROPERTY
    return VALUES * (abs(have.measure - item.measure) <= NEAR * max(1.0, abs(item.measure)))


def _agree(have: Observation, item: Observation, by: float) -> bool:
    """Whether two wrong outputs are the same wrong output."""
    if squeezed(have.value.shape) != squeezed(item.value.shape) or have.value.size != item.value.size:
        return False
    return bool(np.all(_distances(have.value, item.value) <= min(WIDER * tolerance(item), NEAR * by)))


def _apart(item: Observed, want: Observed) -> float:
    """How far a wrong output is from the right one; infinite if that is not a number, or does not matter."""
    if not isinstance(item, Observation) or not isinstance(want, Observation) or item.value.size != want.value.size:
        return np.inf
    apart = float(np.max(_distances(item.value, want.value), initial=0.0))
    return apart if np.isfinite(apart) and apart > tolerance(want) else np.inf


def _distances(one: Array, other: Array) -> Array:
    a, b = one.astype(np.float64).reshape(-1), other.astype(np.float64).reshape(-1)
    with np.errstate(all="ignore"):
        # Whether an overflow ends as infinity or as NaN is a matter of style.
        none = ~np.isfinite(a) & ~np.isfinite(b)
        return np.where((a == b) | none, 0.0, np.abs(a - b))
