"""Hidden checks of the forward pass of dropout: none depends on which generator draws the mask.

What a check asks of a mask holds for every right implementation: the bounds are those of `autograder.checks._chance`.
"""

from __future__ import annotations

import numpy as np

from autograder.checking import Array, Kind, Session, check
from autograder.checks._chance import masks_alike, most_alike, too_even, too_far
from autograder.checks._contracts import ONE_OF_EACH, Arguments, Layer, forward_contracts
from autograder.checks._dropout import FORWARD, drawn, factor, matrix, probabilities, same, shapes, train
from autograder.checks._support import NOT_A_RESULT

CALLS = 16
KEPT = "In training mode every entry is kept with probability p, on its own, and set to zero otherwise."
DIVIDED = "Entries that are kept are divided by p, so that the expected output is x."
RANGE_OF_P = "``p``: probability of keeping an entry, above 0 and at most 1; required;"
SEED = "with it the same seed gives the same mask at every call, and without it every call draws a new one."
REFUSED = 'A mode other than "train" and "test" is a ValueError that names the two. A p outside of 0 < p <= 1 is one as well.'


def _drawn(s: Session) -> Arguments:
    return drawn(s)


forward_contracts("dropout-forward", Layer(FORWARD, _drawn))


def _require_division(s: Session, out: Array, x: Array, p: float) -> None:
    kept = out != 0
    s.require(out.shape == x.shape, "the output must have the shape of x")
    s.require(kept.any(), "in training some entries must be kept")
    divided = out.shape == x.shape and same(out[kept], x[kept] / p)
    s.require(divided, "in training an entry that is kept must be divided by p", factor(out, x))


def _require_share(s: Session, out: Array, x: Array, p: float) -> None:
    kept = out.reshape(x.shape) != 0
    s.require(not too_far(kept, p), "p is the probability of keeping an entry, and another share of the entries was kept", kept.mean())


@check("dropout-forward", asks=DIVIDED, weight=1.5)
def kept_entries_are_divided_by_p(s: Session) -> None:
    for p in probabilities(s):
        x = matrix(s, 100, 120)
        _require_division(s, s.array(train(s, x, p)[0]), x, p)


@check("dropout-forward", asks=KEPT, weight=1.5)
def keeps_entries_with_probability_p(s: Session) -> None:
    for p in probabilities(s):
        # Long and narrow: rows that share a draw are another check's mistake, and must leave the number near its expectation.
        x = s.draw.away_from_zero((s.draw.integer(2500, 3000), s.draw.integer(4, 5)))
        _require_share(s, s.array(train(s, x, p)[0]), x, p)


@check("dropout-forward", asks=KEPT)
def keeps_each_entry_on_its_own(s: Session) -> None:
    for p in probabilities(s):
        x = matrix(s, 100, 60)
        kept = s.array(train(s, x, p)[0]).reshape(x.shape) != 0
        s.require(kept.any() and not kept.all(), "in training some entries must be kept and some dropped", kept.mean())
        distance = most_alike(kept)
        in_columns = distance % x.shape[1] == 0
        s.require(not distance, "every entry must have its own draw, but here whole rows or columns share one", float(in_columns))
        even = any(too_even(kept.sum(axis), x.shape[axis]) for axis in (0, 1))
        s.require(not even, "every entry must have its own draw, but here each row or column keeps the same number of entries")
    masks = _masks(s, s.draw.between(0.1, 0.9))
    fixed = (masks != masks[0]).any() and too_even(masks.sum(axis=1), masks.shape[1])
    s.require(not fixed, "every entry must have its own draw, but here every call keeps the same number of entries")


def _masks(s: Session, p: float) -> Array:
    """The masks of many calls, one in each row."""
    x = s.draw.away_from_zero((s.draw.integer(900, 1100),))
    held = s.put(x)
    return np.stack([out.reshape(x.shape) != 0 for out in s.arrays(train(s, held, p)[0] for _ in range(CALLS))])


@check("dropout-forward", asks=SEED, kind=Kind.RELATION)
def every_call_draws_a_new_mask(s: Session) -> None:
    masks = _masks(s, s.draw.between(0.35, 0.65))
    s.require(masks.any(), "in training some entries must be kept")
    s.require((masks != masks[0]).any(), "without a seed two calls must drop different entries")
    s.require(not masks_alike(masks), "without a seed the masks of two calls must have nothing to do with each other")


@check("dropout-forward", asks=SEED, kind=Kind.RELATION)
def a_seed_repeats_the_mask(s: Session) -> None:
    x = matrix(s, 20, 30)
    seed = s.draw.integer(1, 10**6)
    p = s.draw.between(0.3, 0.7)
    given: tuple[dict[str, int], ...] = ({"seed": seed}, {}, {"seed": seed + 1}, {"seed": seed})
    first, _, other, again = s.arrays(train(s, x, p, **options)[0] for options in given)
    s.require(same(first, again), "two calls with the same seed must drop the same entries")
    s.require(not same(first, other), "two calls with different seeds must drop different entries")


@check("dropout-forward", asks="In test mode the output equals the input.")
def test_mode_returns_the_input(s: Session) -> None:
    for p in probabilities(s):
        x = matrix(s, 20, 30)
        trained, tested = train(s, x, p)[0], s.call(FORWARD, x, {"mode": "test", "p": p})[0]
        in_training, out = s.arrays((trained, tested))
        s.require(not np.array_equal(in_training, x), "training mode must drop and scale, so that test mode differs from it")
        dropped = float((out == 0).mean())
        s.require(dropped == 0, "in test mode no entry may be dropped", dropped)
        # Which entries were dropped is random, so comparing them would say nothing.
        if not dropped:
            s.compare("out in test mode", tested)


@check("dropout-forward", asks="x : inputs of any shape.", weight=0.5)
def works_for_any_shape(s: Session) -> None:
    for shape in shapes(s):
        out = s.array(train(s, s.draw.away_from_zero(shape), s.draw.between(0.3, 0.7))[0])
        s.require(out.shape == shape, f"the output of a {len(shape)}-dimensional input must have the input's shape")
        s.require((out == 0).any() and (out != 0).any(), f"some entries of a {len(shape)}-dimensional input must be dropped, and some kept")
        s.require(not most_alike(out != 0), f"every entry of a {len(shape)}-dimensional input must have its own draw")


@check("dropout-forward", asks=RANGE_OF_P, kind=Kind.EDGE)
def p_may_be_near_0_or_1(s: Session) -> None:
    for p in (s.draw.magnitude(1e-3, 1e-2), 1 - s.draw.magnitude(1e-3, 1e-2), 1, 1.0):
        x = matrix(s, 100, 120)
        out = s.array(train(s, x, p)[0])
        _require_division(s, out, x, p)
        _require_share(s, out, x, p)


@check("dropout-forward", asks=ONE_OF_EACH, kind=Kind.EDGE)
def sizes_may_be_one(s: Session) -> None:
    for shape in ((1,), (1, 1), (1, 1, 1, 1)):
        x, p = s.draw.away_from_zero(shape), s.draw.between(0.3, 0.7)
        outputs = s.arrays(train(s, x, p)[0] for _ in range(4))
        right = all(out.shape == shape and (same(out, x / p) or not out.any()) for out in outputs)
        s.require(right, "a single entry must be dropped, or kept and divided by p")
        s.compare("out for a p of 1", train(s, x, 1)[0])


@check("dropout-forward", asks=SEED, kind=Kind.EDGE)
def the_seed_may_be_0(s: Session) -> None:
    x, p = matrix(s, 20, 30), s.draw.between(0.3, 0.7)
    first, again = s.arrays(train(s, x, p, seed=0)[0] for _ in range(2))
    s.require(first.any() and not first.all() and same(first, again), "two calls with the seed 0 must drop the same entries")


@check("dropout-forward", asks=REFUSED, kind=Kind.CONTRACT)
def refuses_other_modes_and_other_p(s: Session) -> None:
    x = matrix(s, 5, 5)
    s.require(s.array(train(s, x, 0.5)[0]).any(), NOT_A_RESULT)
    s.raises("ValueError", FORWARD, x, {"mode": "validation", "p": 0.5}, mentions=("train", "test"))
    for p in (0.0, -s.draw.between(0.1, 1.0), s.draw.between(1.1, 2.0)):
        s.raises("ValueError", FORWARD, x, {"mode": s.draw.one_of("train", "test"), "p": p})
