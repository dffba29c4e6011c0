"""Hidden checks of spatial batch normalization: it is batch normalization of channels.

N, C, H and W are drawn and all differ, so that exchanged axes show; means and spreads change along each of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from autograder.checking import Array, Kind, Ref, Session, check
from autograder.checks._contracts import ONE_OF_EACH, SAME, Arguments, Layer, agree, backward_contracts, forward_contracts
from autograder.checks._norms import (
    averages,
    far_from_eps,
    gamma_beta,
    momenta,
    narrow,
    observe_beta,
    observe_gamma,
    plain,
    some_eps,
    spread,
    whole_numbers,
)
from autograder.checks._support import LARGE_S, NOT_A_RESULT

FORWARD, BACKWARD = "layers.spatial_batchnorm_forward", "layers.spatial_batchnorm_backward"
GRADIENTS = ("dx", "dgamma", "dbeta")
LARGE: dict[str, tuple[Images, ...]] = {
    "dx": ((5, 20, 10, 10), (10, 300, 10, 10)),
    "dgamma": ((2, 500, 5, 4), (2, 5000, 5, 4)),
    "dbeta": ((2, 500, 5, 4), (2, 5000, 5, 4)),
}
"""The gradient -> shapes of x."""
AXES = (0, 2, 3)
"""The axes over which a channel is normalized."""
AVERAGES = ("running_mean", "running_var")
FAR = 1e6
"""A running variance that is far above eps."""
CHANNELS = (
    "In training mode each channel is normalized with the mean and the uncorrected variance over all images and all positions "
    "(the N, H and W axes)."
)
RUNNING = (
    "running_mean and running_var, one number per channel, are updated as momentum * running + (1 - momentum) * sample in training mode "
    "and written back into bn_param."
)
PARAM = "bn_param : the dictionary that `batchnorm_forward` describes, with running averages of shape (C,)."
TESTING = "In test mode each channel is normalized with its running averages instead."
GAMMA, BETA = "gamma : scales, shape (C,);", "beta : shifts, shape (C,);"
INTEGERS = (f"{GAMMA} integers are allowed.", f"{BETA} integers are allowed.")
SUMS = "The gradients of gamma and beta are sums over all images and all positions."
DX = "dx : gradient of x, shape (N, C, H, W)."
Images = tuple[int, ...]
"""N, C, H and W."""


def _sizes(s: Session) -> Iterator[Images]:
    return s.draw.covering([(2, 5), (2, 5), (101, 120)], [(2, 8), (20, 30), (2, 5)], (2, 6), (2, 7))


def _ones(s: Session) -> Iterator[Images]:
    return s.draw.covering([1, (2, 4), 1], [(2, 4), 1, 1], [1, (2, 4), 1], [(2, 4), 1, 1])


def _drawn(s: Session, mode: str) -> Arguments:
    shape = next(s.draw.covering((2, 4), (2, 5), (2, 4), (2, 5)))
    gamma, beta = gamma_beta(s.draw, (shape[1],))
    param = {"mode": mode, "momentum": s.draw.between(0.1, 0.9), **averages(s.draw, shape[1])}
    return {"x": spread(s.draw, shape, 1.0), "gamma": gamma, "beta": beta, "bn_param": param}


def _in_training(s: Session) -> Arguments:
    return _drawn(s, "train")


def _in_test_mode(s: Session) -> Arguments:
    return _drawn(s, "test")


forward_contracts("spatial-batchnorm-forward", Layer(FORWARD, _in_training, also=(_in_test_mode,), updated=AVERAGES))
backward_contracts("spatial-batchnorm-backward", Layer(FORWARD, _in_training, BACKWARD, gradients=GRADIENTS))


def _out(s: Session, x: Array, gamma_and_beta: tuple[Array, Array], mode: str = "train", **given: Any) -> Ref:
    return s.call(FORWARD, x, *gamma_and_beta, {"mode": mode, **given})[0]


@check("spatial-batchnorm-forward", asks=CHANNELS, weight=1.5)
def normalizes_each_channel_over_images_and_positions(s: Session) -> None:
    for shape in _sizes(s):
        s.compare("out", _out(s, spread(s.draw, shape), plain(shape[1:2])))


def _in_either_mode(s: Session) -> Iterator[tuple[Array, dict[str, object]]]:
    """Images and a dictionary, for each mode."""
    for shape in _sizes(s):
        for mode in ("train", "test"):
            yield spread(s.draw, shape), {"mode": mode, **averages(s.draw, shape[1], FAR)}


@check("spatial-batchnorm-forward", asks=GAMMA)
def multiplies_each_channel_by_gamma(s: Session) -> None:
    for x, param in _in_either_mode(s):
        gamma, _ = gamma_beta(s.draw, x.shape[1:2])
        observe_gamma(s, gamma, lambda g, b: s.call(FORWARD, x, g, b, param)[0], AXES)  # noqa: B023


@check("spatial-batchnorm-forward", asks=BETA, weight=0.5)
def adds_beta_to_each_channel(s: Session) -> None:
    for x, param in _in_either_mode(s):
        _, beta = gamma_beta(s.draw, x.shape[1:2])
        observe_beta(s, beta, lambda g, b: s.call(FORWARD, x, g, b, param)[0])  # noqa: B023


@check("spatial-batchnorm-forward", asks=INTEGERS[0], also=INTEGERS[1:], weight=0.5)
def gamma_and_beta_may_be_integers(s: Session) -> None:
    for shape in _sizes(s):
        x, integers = spread(s.draw, shape), whole_numbers(s.draw, shape[1:2])
        floats = np.asarray(integers[0], np.float64), np.asarray(integers[1], np.float64)
        out, expected = s.arrays(_out(s, x, given) for given in (integers, floats))
        s.require(expected.shape == x.shape and bool((expected != x).any()), NOT_A_RESULT)
        s.require(agree(out, expected, SAME), "out changes when gamma and beta are integers")


@check("spatial-batchnorm-forward", asks=RUNNING)
def keeps_a_running_average_per_channel(s: Session) -> None:
    for shape, momentum in zip(_sizes(s), momenta(s.draw), strict=True):
        param = s.put({"mode": "train", "momentum": momentum, **averages(s.draw, shape[1])})
        for _ in range(2):
            s.call(FORWARD, spread(s.draw, shape, 3.0), *plain(shape[1:2]), param)
        for key in AVERAGES:
            s.compare(key, param[key])


@check("spatial-batchnorm-forward", asks=TESTING)
def test_mode_uses_the_running_averages(s: Session) -> None:
    for shape in _sizes(s):
        for images in (shape[0], 1):
            x = spread(s.draw, (images, *shape[1:]))
            s.compare("out in test mode", _out(s, x, plain(shape[1:2]), "test", **averages(s.draw, shape[1], FAR)))


@check("spatial-batchnorm-forward", asks=PARAM, weight=0.5)
def adds_eps_to_the_variance(s: Session) -> None:
    for shape, (eps, given) in zip(_sizes(s), some_eps(s.draw), strict=True):
        name, x = "given" if given else "default", narrow(s.draw, shape, 1, eps)
        s.compare(f"out with the {name} eps", _out(s, x, plain(shape[1:2]), **given))
        in_test_mode = _out(s, x, plain(shape[1:2]), "test", **averages(s.draw, shape[1], eps), **given)
        s.compare(f"out in test mode with the {name} eps", in_test_mode)


@check("spatial-batchnorm-forward", asks=ONE_OF_EACH, kind=Kind.EDGE)
def sizes_may_be_one(s: Session) -> None:
    for shape in _ones(s):
        s.compare("out", _out(s, spread(s.draw, shape, 3.0), gamma_beta(s.draw, shape[1:2])))


@check("spatial-batchnorm-forward", asks=PARAM, kind=Kind.EDGE)
def starts_without_running_averages(s: Session) -> None:
    for shape, mode in zip(_sizes(s), ("train", "test", "test"), strict=True):
        param = s.put({"mode": mode})
        s.compare(f"out in {mode} mode", s.call(FORWARD, spread(s.draw, shape, 1.0), *gamma_beta(s.draw, shape[1:2]), param)[0])
        for key in AVERAGES:
            s.compare(key, param[key])


@check(
    "spatial-batchnorm-forward",
    asks='A mode other than "train" and "test" is a ValueError that names the two.',
    kind=Kind.CONTRACT,
)
def refuses_other_modes(s: Session) -> None:
    arguments = _in_training(s)
    s.require(s.array(s.call(FORWARD, *arguments.values())[0]).any(), NOT_A_RESULT)
    for mode in ("validation", "Train"):
        s.raises("ValueError", FORWARD, *{**arguments, "bn_param": {"mode": mode}}.values(), mentions=("train", "test"))


def _gradients(s: Session, x: Array, gamma_and_beta: tuple[Array, Array], scale: float = 1.0, **given: float) -> tuple[Ref, ...]:
    _, cache = s.call(FORWARD, x, *gamma_and_beta, {"mode": "train", **given}).unpack(2)
    return s.call(BACKWARD, s.draw.normal(x.shape, scale), cache).unpack(3)


def _large_gradients(s: Session, shape: Images) -> tuple[Ref, ...]:
    _, cache = s.call(FORWARD, far_from_eps(s.draw, shape), *gamma_beta(s.draw, shape[1:2]), {"mode": "train"}).unpack(2)
    return s.call(BACKWARD, far_from_eps(s.draw, shape), cache).unpack(3)


def _compare_gradient(s: Session, name: str) -> None:
    number = GRADIENTS.index(name)
    for shape in _sizes(s):
        # Large images for which eps does not count, and upstream gradients that make up for them.
        gradients = _gradients(s, spread(s.draw, shape), gamma_beta(s.draw, shape[1:2]), 1e3 if name == "dx" else 1.0)
        s.compare(name, gradients[number])
    s.growing(LARGE_S, LARGE[name], lambda shape: s.compare(f"{name} of a large input", _large_gradients(s, shape)[number]))


@check("spatial-batchnorm-backward", asks=DX)
def gradient_of_x(s: Session) -> None:
    _compare_gradient(s, "dx")


@check("spatial-batchnorm-backward", asks=SUMS)
def gradient_of_gamma(s: Session) -> None:
    _compare_gradient(s, "dgamma")


@check("spatial-batchnorm-backward", asks=SUMS, weight=0.5)
def gradient_of_beta(s: Session) -> None:
    _compare_gradient(s, "dbeta")


@check("spatial-batchnorm-backward", asks=DX, weight=0.5)
def gradient_of_x_for_integer_gamma_and_a_variance_near_eps(s: Session) -> None:
    for shape, (eps, given) in zip(_sizes(s), some_eps(s.draw), strict=True):
        dx = _gradients(s, narrow(s.draw, shape, 1, eps), whole_numbers(s.draw, shape[1:2]), **given)[0]
        s.compare(f"dx with the {'given' if given else 'default'} eps", dx)


@check("spatial-batchnorm-backward", asks=ONE_OF_EACH, kind=Kind.EDGE)
def gradients_where_sizes_are_one(s: Session) -> None:
    for shape in _ones(s):
        for name, gradient in zip(GRADIENTS, _gradients(s, s.draw.normal(shape), gamma_beta(s.draw, shape[1:2])), strict=True):
            s.compare(name, gradient)
