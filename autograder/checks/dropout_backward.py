"""Hidden checks of the backward pass of dropout: the mask is that of the forward pass, whichever generator drew it."""

from __future__ import annotations

import numpy as np

from autograder.checking import Array, Kind, Ref, Session, check
from autograder.checks._contracts import ONE_OF_EACH, Arguments, Layer, backward_contracts
from autograder.checks._dropout import FORWARD, drawn, factor, matrix, probabilities, same, shapes, train
from autograder.checks._support import LARGE_S, observe

BACKWARD = "layers.dropout_backward"
LARGE = ((100, 100), (1000, 300))
VERY_MASK = "In training mode the gradient passes through the very mask of the forward pass, scaled as the output was."


def _drawn(s: Session) -> Arguments:
    return drawn(s)


backward_contracts("dropout-backward", Layer(FORWARD, _drawn, BACKWARD, gradients="dx"))


def _mask(s: Session, x: Array, p: float) -> tuple[Ref, Array]:
    """The cache of a forward call, and the factor that it gave each entry."""
    out, cache = train(s, x, p)
    mask = s.array(out).reshape(x.shape) / x
    s.require(mask.any(), "in training some entries must be kept")
    return cache, mask


@check("dropout-backward", asks=VERY_MASK)
def passes_where_forward_kept_an_entry(s: Session) -> None:
    for p in probabilities(s):
        x = matrix(s, 20, 30)
        cache, mask = _mask(s, x, p)
        dx = s.array(s.call(BACKWARD, s.draw.away_from_zero(x.shape), cache))
        s.require(dx.shape == x.shape, "dx must have the shape of dout")
        zeros = dx.shape == x.shape and bool(np.all((dx != 0) == (mask != 0)))
        s.require(zeros, "dx must be zero where the forward pass dropped an entry, and only there", (dx != 0).mean())
    s.growing(LARGE_S, LARGE, lambda shape: _observe_large_gradient(s, shape))


def _observe_large_gradient(s: Session, shape: tuple[int, ...]) -> None:
    x, dout = s.draw.large(shape), s.draw.large(shape)
    out, cache = train(s, x, s.draw.between(0.3, 0.7))
    kept, dx = s.arrays((out, s.call(BACKWARD, dout, cache)))
    observe(
        s,
        "the number of entries of a large input that backward and forward treat differently",
        ((dx != 0) != (kept != 0)).sum(),
        large=True,
    )


@check("dropout-backward", asks=VERY_MASK)
def scales_as_forward_did(s: Session) -> None:
    for p in probabilities(s):
        x = matrix(s, 20, 30)
        cache, mask = _mask(s, x, p)
        dout = s.draw.away_from_zero(x.shape)
        scale = factor(s.array(s.call(BACKWARD, dout, cache)), dout)
        s.require(
            np.isclose(scale, mask.max(), rtol=1e-9),
            "an entry of dx must be zero, or dout times the factor of the forward call",
            scale,
        )


@check("dropout-backward", asks=VERY_MASK, weight=0.5)
def every_cache_has_its_own_mask(s: Session) -> None:
    inputs = [matrix(s, 20, 30), matrix(s, 5, 10), matrix(s, 20, 30)]
    inputs.append(s.draw.away_from_zero(inputs[0].shape))
    p = s.draw.between(0.3, 0.7)
    kept = [_mask(s, x, p) for x in inputs]
    for cache, mask in (kept[i] for i in (2, 0, 3, 1, 0)):
        dx = s.array(s.call(BACKWARD, s.draw.away_from_zero(mask.shape), cache))
        s.require(
            dx.shape == mask.shape and bool(((dx != 0) == (mask != 0)).all()),
            "a backward call must use the mask of its own forward call",
        )


@check("dropout-backward", asks="dout : upstream gradient, of any shape.", weight=0.5)
def works_for_any_shape(s: Session) -> None:
    for shape in shapes(s):
        cache, _ = _mask(s, s.draw.away_from_zero(shape), s.draw.between(0.3, 0.7))
        dx = s.array(s.call(BACKWARD, s.draw.away_from_zero(shape), cache))
        s.require(dx.shape == shape and dx.any(), f"dx of a {len(shape)}-dimensional input must have its shape, and must not be zero")


@check("dropout-backward", asks="In test mode the gradient passes unchanged.")
def test_mode_passes_the_gradient(s: Session) -> None:
    for p in probabilities(s):
        x = matrix(s, 20, 30)
        dout = s.draw.away_from_zero(x.shape)
        cache, mask = _mask(s, x, p)
        dx = s.array(s.call(BACKWARD, dout, cache))
        s.require((mask == 0).any() and not same(dx, dout), "training mode must drop and scale, so that test mode differs from it")
        _, cache = s.call(FORWARD, x, {"mode": "test", "p": p}).unpack(2)
        s.compare("dx in test mode", s.call(BACKWARD, dout, cache))


@check("dropout-backward", asks=VERY_MASK, kind=Kind.EDGE)
def p_may_be_near_0_or_1(s: Session) -> None:
    # Not so extreme that a forward pass that confuses the two keeps nothing: that costs its own task.
    for p in (s.draw.magnitude(2e-2, 5e-2), 1 - s.draw.magnitude(2e-2, 5e-2)):
        x = matrix(s, 40, 30)
        cache, mask = _mask(s, x, p)
        dout = s.draw.away_from_zero(x.shape)
        s.require(same(s.array(s.call(BACKWARD, dout, cache)), dout * mask), "dx must be dout times the mask of the forward call")


@check("dropout-backward", asks=ONE_OF_EACH, kind=Kind.EDGE)
def gradients_where_sizes_are_one(s: Session) -> None:
    for shape in ((1,), (1, 1), (1, 1, 1, 1)):
        out, cache = train(s, s.draw.away_from_zero(shape), s.draw.between(0.3, 0.7))
        dx = s.array(s.call(BACKWARD, s.draw.away_from_zero(shape), cache))
        s.require(dx.shape == shape and dx.any() == s.array(out).any(), "a single gradient must pass if its entry was kept, and only then")
