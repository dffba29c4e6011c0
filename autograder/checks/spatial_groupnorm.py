"""Hidden checks of spatial group normalization: each group of each image by itself.

N, C, H, W and the number of groups are drawn; means and spreads change along each axis. One group of all channels and one
group for each channel are the extremes.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from autograder.checking import Array, Kind, Ref, Session, check
from autograder.checks._contracts import ONE_OF_EACH, SAME, Arguments, Layer, agree, backward_contracts, forward_contracts
from autograder.checks._norms import (
    averages,
    far_from_eps,
    gamma_beta,
    narrow,
    observe_beta,
    observe_gamma,
    plain,
    some_eps,
    spread,
    whole_numbers,
)
from autograder.checks._support import LARGE_S, NOT_A_RESULT

FORWARD, BACKWARD = "layers.spatial_groupnorm_forward", "layers.spatial_groupnorm_backward"
GRADIENTS = ("dx", "dgamma", "dbeta")
Sizes = tuple[tuple[int, ...], int]
"""Shape of x, and the number of groups."""
LARGE: dict[str, tuple[Sizes, ...]] = {
    "dx": (((5, 20, 10, 10), 4), ((10, 300, 10, 10), 30)),
    "dgamma": (((2, 500, 5, 4), 50), ((2, 5000, 5, 4), 50)),
    "dbeta": (((2, 500, 5, 4), 50), ((2, 5000, 5, 4), 50)),
}
AXES = (0, 2, 3)
"""The axes along which gamma is the same."""
SPLIT = "The C channels of an image are split into G groups of C / G neighbouring channels."
GROUPS = "Each group of each image is normalized with the mean and the uncorrected variance of its own entries."
NO_MODES = "Training and test time are the same: there are no running averages, and other keys of gn_param, such as a mode, are ignored."
EPS = "a dictionary with the key ``eps``: added to the variance under the root, above 0; default 1e-5."
INTEGER_GAMMA = "gamma : scales, one per channel, shape (1, C, 1, 1); integers are allowed."
INTEGER_BETA = "beta : shifts, one per channel, shape (1, C, 1, 1); integers are allowed."
ON_CHANNELS = "gamma and beta act on each channel, after the groups are normalized."
SUMS = "The gradients of gamma and beta have the shape (1, C, 1, 1) and are sums over all images and all positions."
DX = "dx : gradient of x, shape (N, C, H, W)."


def _sizes(s: Session) -> Iterator[Sizes]:
    """Two groups or more, of two channels or more."""
    ranges = [(2, 5), (2, 5), (101, 120)], [(2, 4), (5, 8), (2, 3)], [(2, 4), (2, 4), (5, 8)], (2, 6), (2, 7)
    for N, G, members, H, W in s.draw.covering(*ranges):
        yield (N, G * members, H, W), G


def _ends(s: Session) -> Iterator[Sizes]:
    """One group of all channels, and one group for each."""
    for N, C, H, W in s.draw.covering([(2, 5), 1], (2, 7), (2, 6), (2, 7)):
        yield (N, C, H, W), 1
        yield (N, C, H, W), C


def _ones(s: Session) -> Iterator[Sizes]:
    for N, G, members, H, W in s.draw.covering([1, (2, 4), 1], [(2, 3), 1, 1], [1, (2, 3), 1], [(2, 4), 1, 1], [1, (2, 4), 1]):
        yield (N, G * members, H, W), G


def _per_channel(shape: tuple[int, ...]) -> tuple[int, ...]:
    return (1, shape[1], 1, 1)


def _drawn(s: Session) -> Arguments:
    N, G, members, H, W = next(s.draw.covering((2, 4), (2, 3), (2, 3), (2, 5), (2, 5)))
    gamma, beta = gamma_beta(s.draw, (1, G * members, 1, 1))
    x = spread(s.draw, (N, G * members, H, W), 1.0)
    return {"x": x, "gamma": gamma, "beta": beta, "G": G, "gn_param": {"eps": s.draw.magnitude(1e-4, 1e-1)}}


GROUPNORM = Layer(FORWARD, _drawn, BACKWARD, gradients=GRADIENTS)
forward_contracts("spatial-groupnorm-forward", GROUPNORM)
backward_contracts("spatial-groupnorm-backward", GROUPNORM)


def _out(s: Session, x: Array, gamma_and_beta: tuple[Array, Array], groups: int, **given: object) -> Ref:
    return s.call(FORWARD, x, *gamma_and_beta, groups, given)[0]


def _near_eps(s: Session, shape: tuple[int, ...], groups: int, eps: float) -> Array:
    return narrow(s.draw, (shape[0] * groups, shape[1] // groups * shape[2] * shape[3]), 0, eps).reshape(shape)


@check("spatial-groupnorm-forward", asks=GROUPS, also=[SPLIT], weight=2)
def normalizes_each_group_of_each_image(s: Session) -> None:
    for shape, groups in _sizes(s):
        s.compare("out", _out(s, spread(s.draw, shape), plain(_per_channel(shape)), groups))


@check("spatial-groupnorm-forward", asks=ON_CHANNELS)
def multiplies_each_channel_by_gamma(s: Session) -> None:
    for shape, groups in _sizes(s):
        x, (gamma, _) = spread(s.draw, shape), gamma_beta(s.draw, _per_channel(shape))
        observe_gamma(s, gamma, lambda g, b: _out(s, x, (g, b), groups), AXES)  # noqa: B023


@check("spatial-groupnorm-forward", asks=ON_CHANNELS, weight=0.5)
def adds_beta_to_each_channel(s: Session) -> None:
    for shape, groups in _sizes(s):
        x, (_, beta) = spread(s.draw, shape), gamma_beta(s.draw, _per_channel(shape))
        observe_beta(s, beta, lambda g, b: _out(s, x, (g, b), groups))  # noqa: B023


@check("spatial-groupnorm-forward", asks=INTEGER_GAMMA, also=[INTEGER_BETA], weight=0.5)
def gamma_and_beta_may_be_integers(s: Session) -> None:
    for shape, groups in _sizes(s):
        x, integers = spread(s.draw, shape), whole_numbers(s.draw, _per_channel(shape))
        floats = np.asarray(integers[0], np.float64), np.asarray(integers[1], np.float64)
        out, expected = s.arrays(_out(s, x, given, groups) for given in (integers, floats))
        s.require(expected.shape == x.shape and bool((expected != x).any()), NOT_A_RESULT)
        s.require(agree(out, expected, SAME), "out changes when gamma and beta are integers")


@check("spatial-groupnorm-forward", asks=EPS, weight=0.5)
def adds_eps_to_the_variance(s: Session) -> None:
    for (shape, groups), (eps, given) in zip(_sizes(s), some_eps(s.draw), strict=True):
        out = _out(s, _near_eps(s, shape, groups, eps), plain(_per_channel(shape)), groups, **given)
        s.compare(f"out with the {'given' if given else 'default'} eps", out)


@check("spatial-groupnorm-forward", asks=NO_MODES)
def other_keys_change_nothing(s: Session) -> None:
    for shape, groups in _sizes(s):
        x, gamma_and_beta = spread(s.draw, shape, 1.0), gamma_beta(s.draw, _per_channel(shape))
        known = {"momentum": s.draw.between(0.1, 0.9), **averages(s.draw, shape[1])}
        asked: tuple[dict[str, object], ...] = ({}, {"mode": "test"}, {"mode": "test", **known})
        alone, *others = s.arrays(_out(s, x, gamma_and_beta, groups, **given) for given in asked)
        s.require(alone.shape == x.shape and bool((alone != x).any()), NOT_A_RESULT)
        for out in others:
            s.require(agree(out, alone, SAME), "out changes with a mode or with running averages in gn_param")


@check("spatial-groupnorm-forward", asks=SPLIT, kind=Kind.EDGE)
def one_group_of_all_channels_or_one_for_each(s: Session) -> None:
    for shape, groups in _ends(s):
        s.compare("out", _out(s, spread(s.draw, shape), plain(_per_channel(shape)), groups))


@check("spatial-groupnorm-forward", asks=ONE_OF_EACH, kind=Kind.EDGE)
def sizes_may_be_one(s: Session) -> None:
    for shape, groups in _ones(s):
        s.compare("out", _out(s, spread(s.draw, shape, 3.0), gamma_beta(s.draw, _per_channel(shape)), groups))


@check("spatial-groupnorm-forward", asks="A G that does not divide the number of channels is a ValueError.", kind=Kind.CONTRACT)
def refuses_groups_that_do_not_divide_the_channels(s: Session) -> None:
    arguments = _drawn(s)
    s.require(s.array(s.call(FORWARD, *arguments.values())[0]).any(), NOT_A_RESULT)
    channels = arguments["x"].shape[1]
    for groups in (channels - 1, channels + 1, 2 * channels):
        s.raises("ValueError", FORWARD, *{**arguments, "G": groups}.values())


def _gradients(
    s: Session, x: Array, gamma_and_beta: tuple[Array, Array], groups: int, scale: float = 1.0, **given: float
) -> tuple[Ref, ...]:
    _, cache = s.call(FORWARD, x, *gamma_and_beta, groups, given).unpack(2)
    return s.call(BACKWARD, s.draw.normal(x.shape, scale), cache).unpack(3)


def _large_gradients(s: Session, shape: tuple[int, ...], groups: int) -> tuple[Ref, ...]:
    _, cache = s.call(FORWARD, far_from_eps(s.draw, shape), *gamma_beta(s.draw, _per_channel(shape)), groups, {}).unpack(2)
    return s.call(BACKWARD, far_from_eps(s.draw, shape), cache).unpack(3)


def _compare_gradient(s: Session, name: str) -> None:
    number = GRADIENTS.index(name)
    for shape, groups in _sizes(s):
        # Images with entries so large that eps does not count, and upstream gradients that make up for their size.
        gradients = _gradients(s, spread(s.draw, shape), gamma_beta(s.draw, _per_channel(shape)), groups, 1e3 if name == "dx" else 1.0)
        s.compare(name, gradients[number])
    s.growing(LARGE_S, LARGE[name], lambda sizes: s.compare(f"{name} of a large input", _large_gradients(s, *sizes)[number]))


@check("spatial-groupnorm-backward", asks=DX)
def gradient_of_x(s: Session) -> None:
    _compare_gradient(s, "dx")


@check("spatial-groupnorm-backward", asks=SUMS)
def gradient_of_gamma(s: Session) -> None:
    _compare_gradient(s, "dgamma")


@check("spatial-groupnorm-backward", asks=SUMS, weight=0.5)
def gradient_of_beta(s: Session) -> None:
    _compare_gradient(s, "dbeta")


@check("spatial-groupnorm-backward", asks=DX, weight=0.5)
def gradient_of_x_for_a_variance_near_eps(s: Session) -> None:
    for (shape, groups), (eps, given) in zip(_sizes(s), some_eps(s.draw), strict=True):
        dx = _gradients(s, _near_eps(s, shape, groups, eps), plain(_per_channel(shape)), groups, **given)[0]
        s.compare(f"dx with the {'given' if given else 'default'} eps", dx)


@check("spatial-groupnorm-backward", asks=DX, kind=Kind.EDGE)
def gradient_of_x_for_one_group_or_one_for_each_channel(s: Session) -> None:
    for shape, groups in _ends(s):
        s.compare("dx", _gradients(s, s.draw.normal(shape), gamma_beta(s.draw, _per_channel(shape)), groups)[0])


@check("spatial-groupnorm-backward", asks=ONE_OF_EACH, kind=Kind.EDGE)
def gradients_where_sizes_are_one(s: Session) -> None:
    for shape, groups in _ones(s):
        gradients = _gradients(s, s.draw.normal(shape), gamma_beta(s.draw, _per_channel(shape)), groups)
        for name, gradient in zip(GRADIENTS, gradients, strict=True):
            s.compare(name, gradient)
