"""Hidden checks of dropout: nothing depends on which generator draws the mask.

No entry of the input is zero, so output divided by input is the mask. What a check asks of
a mask holds for every right implementation: rates are bounded 8 standard deviations wide.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from autograder.checking import Array, Ref, Session, check
from autograder.checks._support import leaves_alone

FORWARD = "layers.dropout_forward"
BACKWARD = "layers.dropout_backward"
KEEP = (0.25, 0.8)


def _train(s: Session, x: Array | Ref, p: float, **given: int) -> tuple[Ref, ...]:
    return s.call(FORWARD, x, {"mode": "train", "p": p, **given}).unpack(2)


def _factor(out: Array, x: Array) -> float:
    """What the entries that are kept are multiplied with."""
    kept = out != 0
    return float(np.median(out[kept] / x[kept])) if out.shape == x.shape and kept.any() else 0.0


def _same(a: Array, b: Array) -> bool:
    return a.shape == b.shape and np.allclose(a, b, rtol=1e-9, atol=1e-12)


@check("dropout-forward", asks="Entries that are kept are divided by p, so that the expected output is x.", weight=1.5)
def kept_entries_are_divided_by_p(s: Session) -> None:
    for p in KEEP:
        x = s.draw.away_from_zero((30, 40))
        out = s.array(_train(s, x, p)[0])
        kept = out != 0
        s.require(out.shape == x.shape, "the output has the shape of x")
        s.require(kept.any(), "in training some entries are kept")
        divided = out.shape == x.shape and _same(out[kept], x[kept] / p)
        s.require(divided, "in training an entry that is kept is divided by p", _factor(out, x))


@check(
    "dropout-forward", asks="In training mode every entry is kept with probability p, on its own, and set to zero otherwise.", weight=1.5
)
def keeps_each_entry_with_probability_p(s: Session) -> None:
    for p in KEEP:
        x = s.draw.away_from_zero((200, 240))
        kept = s.array(_train(s, x, p)[0]).reshape(x.shape) != 0
        deviation = np.sqrt(p * (1 - p))
        near = abs(kept.mean() - p) < 8 * deviation / np.sqrt(x.size)
        s.require(near, "p is the probability of keeping an entry: the share of entries kept is another", kept.mean())
        columns, rows = (float(abs(kept.mean(axis=a) - p).max() * np.sqrt(x.shape[a]) / deviation) for a in (0, 1))
        alone = max(columns, rows) < 8
        s.require(alone, "every entry has a draw of its own: here whole rows or columns share one", float(rows > columns))


@check("dropout-forward", asks="with it the same seed gives the same mask at every call, and without it every call draws a new one.")
def a_seed_repeats_the_mask(s: Session) -> None:
    x = s.draw.away_from_zero((20, 30))
    seed = s.draw.integer(1, 10**6)
    given: tuple[dict[str, int], ...] = ({"seed": seed}, {"seed": seed}, {"seed": seed + 1}, {}, {})
    first, again, other, free, fresh = s.arrays(_train(s, x, 0.5, **options)[0] for options in given)
    s.require(_same(first, again), "two calls with the same seed drop the same entries")
    s.require(not _same(first, other), "two calls with different seeds drop different entries")
    s.require(not _same(free, fresh), "without a seed two calls drop different entries")


@check("dropout-forward", asks="In test mode the output equals the input.")
def test_mode_returns_the_input(s: Session) -> None:
    for p in KEEP:
        x = s.draw.away_from_zero((60, 70))
        trained, tested = _train(s, x, p)[0], s.call(FORWARD, x, {"mode": "test", "p": p})[0]
        in_training, out = s.arrays((trained, tested))
        s.require(not np.array_equal(in_training, x), "training mode must drop and scale, so that test mode differs from it")
        dropped = float((out == 0).mean())
        s.require(dropped == 0, "in test mode no entry is dropped", dropped)
        # Which entries were dropped is random, and comparing them would tell nothing.
        if not dropped:
            s.compare("out in test mode", tested)


@check("dropout-forward", asks="x : inputs of any shape.", weight=0.5)
def works_for_any_shape(s: Session) -> None:
    for shape in ((60,), (2, 3, 4, 5)):
        x = s.draw.away_from_zero(shape)
        out = s.array(_train(s, x, 0.6)[0])
        s.require(out.shape == shape, f"the output of a {len(shape)}-dimensional input has the input's shape")
        s.require((out == 0).any() and (out != 0).any(), f"entries of a {len(shape)}-dimensional input are dropped and kept")


@check("dropout-forward", asks="No argument is written into.", weight=0.5)
def leaves_x_as_it_was(s: Session) -> None:
    leaves_alone(s, "x", s.draw.away_from_zero((6, 7)), lambda x: _train(s, x, 0.5)[0])


def _mask_and_gradient(s: Session, shape: tuple[int, ...], p: float) -> tuple[Array, Array, Array]:
    """The mask a forward call used, a random upstream gradient, and what backward made of it."""
    x = s.draw.away_from_zero(shape, gap=0.5)
    out, cache = _train(s, x, p)
    dout = s.draw.away_from_zero(shape)

    def both() -> Iterator[Ref]:
        yield out
        yield s.call(BACKWARD, dout, cache)

    kept, dx = s.arrays(both())
    return kept.reshape(shape) / x, dout, dx


@check(
    "dropout-backward",
    asks="In training mode the gradient passes through the very mask of the forward pass, scaled as the output was.",
    weight=2,
)
def uses_the_mask_of_the_forward_call(s: Session) -> None:
    for p in KEEP:
        mask, dout, dx = _mask_and_gradient(s, (20, 30), p)
        s.require(mask.any(), "in training some entries are kept")
        s.require(dx.shape == dout.shape, "dx has the shape of dout")
        zeros = dx.shape == dout.shape and bool(np.all((dx != 0) == (mask != 0)))
        s.require(zeros, "dx is zero exactly where forward dropped an entry", (dx != 0).mean())
        s.require(_same(dx, dout * mask), "dx is dout times the mask of the forward call, its factor included", _factor(dx, dout))


@check("dropout-backward", asks="dout : upstream gradient, of any shape.", weight=0.5)
def works_for_images_too(s: Session) -> None:
    mask, dout, dx = _mask_and_gradient(s, (2, 3, 4, 5), 0.6)
    s.require(mask.any(), "in training some entries are kept")
    s.require(_same(dx, dout * mask), "dx of a four-dimensional input is dout times the mask")


@check("dropout-backward", asks="In test mode the gradient passes unchanged.")
def test_mode_passes_the_gradient(s: Session) -> None:
    mask, dout, dx = _mask_and_gradient(s, (6, 7), 0.4)
    s.require((mask == 0).any() and not _same(dx, dout), "training mode must drop and scale, so that test mode differs from it")
    _, cache = s.call(FORWARD, s.draw.away_from_zero((6, 7)), {"mode": "test", "p": 0.4}).unpack(2)
    s.compare("dx in test mode", s.call(BACKWARD, s.draw.normal((6, 7)), cache))


@check("dropout-backward", asks="The upstream gradient is not written into, and the gradient of a float32 array is float32.", weight=0.5)
def leaves_dout_as_it_was(s: Session) -> None:
    _, cache = _train(s, s.draw.away_from_zero((6, 7)), 0.5)
    leaves_alone(s, "dout", s.draw.away_from_zero((6, 7)), lambda dout: s.call(BACKWARD, dout, cache))
