"""Hidden checks of the normalizations of images: spatial batch norm and spatial group norm.

N, C, H and W all differ, so that exchanged axes show. Images have large spreads except where eps
is looked at. Groups run from one group of all channels to one group per channel.
"""

from __future__ import annotations

import numpy as np

from autograder.checking import Array, Ref, Session, check
from autograder.checks._support import leaves_alone

BN_FORWARD, BN_BACKWARD = "layers.spatial_batchnorm_forward", "layers.spatial_batchnorm_backward"
GN_FORWARD, GN_BACKWARD = "layers.spatial_groupnorm_forward", "layers.spatial_groupnorm_backward"
SHAPE = (2, 6, 3, 5)
C = SHAPE[1]
PER_CHANNEL = (C,)
BROADCAST = (1, C, 1, 1)
CHANNELS = (
    "In training mode each channel is normalised with the mean and the uncorrected variance over all images and all positions "
    "(the N, H and W axes)."
)
RUNNING = (
    "running_mean and running_var, one number per channel, are updated as momentum * running + (1 - momentum) * sample in training mode "
    "and written back into bn_param."
)
GROUPS = "Each group of each image is normalised with the mean and the uncorrected variance of its own entries."
NO_MODES = "Training and test time are the same: there are no running averages, and other keys of gn_param, such as a mode, are ignored."
GN_SUMS = "The gradients of gamma and beta have the shape (1, C, 1, 1) and are sums over all images and all positions."


def _images(s: Session, shape: tuple[int, ...] = ()) -> Array:
    """Images whose channels differ in mean and spread, and whose pixels differ in mean; variances far above eps."""
    shape = shape or SHAPE
    _, channels, height, width = shape
    slope = np.arange(height * width).reshape(height, width)
    spread = np.linspace(20, 50, channels)[:, None, None]
    return s.draw.normal(shape) * spread + np.linspace(-70, 90, channels)[:, None, None] + slope


def _narrow(s: Session) -> Array:
    """Images with variances near the default eps."""
    return s.draw.normal(SHAPE) * np.sqrt(np.geomspace(1e-6, 1e-4, C))[:, None, None]


def _moderate(s: Session) -> Array:
    return s.draw.normal(SHAPE, scale=2.0, shift=12.0)


def _gamma_beta(s: Session, shape: tuple[int, ...]) -> tuple[Array, Array]:
    return s.draw.away_from_zero(shape, gap=0.5), s.draw.normal(shape)


def _whole_numbers(shape: tuple[int, ...]) -> tuple[Array, Array]:
    return np.arange(3, 3 + C).reshape(shape), np.arange(-2, C - 2).reshape(shape)


def _plain(shape: tuple[int, ...]) -> tuple[Array, Array]:
    return np.ones(shape), np.zeros(shape)


# ---------------------------------------------------------------- batch norm


@check("spatial-batchnorm-forward", asks=CHANNELS, weight=2)
def normalizes_each_channel_over_images_and_positions(s: Session) -> None:
    s.compare("out", s.call(BN_FORWARD, _images(s), *_plain(PER_CHANNEL), {"mode": "train"})[0])


@check("spatial-batchnorm-forward", asks="gamma : scales, shape (C,); integers are allowed.")
def one_gamma_and_beta_per_channel(s: Session) -> None:
    s.compare("out", s.call(BN_FORWARD, _images(s), *_gamma_beta(s, PER_CHANNEL), {"mode": "train"})[0])


@check("spatial-batchnorm-forward", asks="gamma : scales, shape (C,); integers are allowed.", weight=0.5)
def gamma_and_beta_may_be_integers(s: Session) -> None:
    s.compare("out", s.call(BN_FORWARD, _images(s), *_whole_numbers(PER_CHANNEL), {"mode": "train"})[0])


@check("spatial-batchnorm-forward", asks=RUNNING)
def keeps_a_running_average_per_channel(s: Session) -> None:
    param = s.put(
        {"mode": "train", "momentum": 0.6, "eps": 0.1, "running_mean": s.draw.normal((C,)), "running_var": 1.0 + s.draw.rng.random(C)}
    )
    for _ in range(2):
        s.call(BN_FORWARD, _images(s), *_plain(PER_CHANNEL), param)
    for key in ("running_mean", "running_var"):
        s.compare(key, param[key])


@check("spatial-batchnorm-forward", asks="In test mode each channel is normalised with its running averages instead.")
def test_mode_uses_the_running_averages(s: Session) -> None:
    averages = {"running_mean": s.draw.normal((C,), scale=5.0), "running_var": 2.0 + 10.0 * s.draw.rng.random(C)}
    for images in (2, 1):
        out = s.call(BN_FORWARD, _images(s, (images, *SHAPE[1:])), *_gamma_beta(s, PER_CHANNEL), {"mode": "test", **averages})[0]
        s.compare("out in test mode", out)


@check(
    "spatial-batchnorm-forward",
    asks="bn_param : the dictionary that `batchnorm_forward` describes, with running averages of shape (C,).",
    weight=0.5,
)
def adds_eps_to_the_variance(s: Session) -> None:
    for given in ({}, {"eps": 1e-3}):
        s.compare("out", s.call(BN_FORWARD, _narrow(s), *_plain(PER_CHANNEL), {"mode": "train", **given})[0])


def _bn_gradients(s: Session, x: Array) -> tuple[Ref, ...]:
    _, cache = s.call(BN_FORWARD, x, *_gamma_beta(s, PER_CHANNEL), {"mode": "train"}).unpack(2)
    return s.call(BN_BACKWARD, s.draw.normal(SHAPE), cache).unpack(3)


@check("spatial-batchnorm-backward", asks="dx : gradient of x, shape (N, C, H, W).", weight=2)
def bn_gradient_of_x(s: Session) -> None:
    s.compare("dx", _bn_gradients(s, _moderate(s))[0])


@check("spatial-batchnorm-backward", asks="The gradients of gamma and beta are sums over all images and all positions.")
def bn_gradient_of_gamma(s: Session) -> None:
    s.compare("dgamma", _bn_gradients(s, _moderate(s))[1])


@check("spatial-batchnorm-backward", asks="The gradients of gamma and beta are sums over all images and all positions.", weight=0.5)
def bn_gradient_of_beta(s: Session) -> None:
    s.compare("dbeta", _bn_gradients(s, _moderate(s))[2])


@check("spatial-batchnorm-backward", asks="dx : gradient of x, shape (N, C, H, W).", weight=0.5)
def bn_gradient_for_integer_gamma_and_a_variance_near_eps(s: Session) -> None:
    _, cache = s.call(BN_FORWARD, _narrow(s), *_whole_numbers(PER_CHANNEL), {"mode": "train"}).unpack(2)
    s.compare("dx", s.call(BN_BACKWARD, s.draw.normal(SHAPE), cache)[0])


@check("spatial-batchnorm-backward", asks="The upstream gradient is not written into.", weight=0.5)
def bn_leaves_dout_as_it_was(s: Session) -> None:
    _, cache = s.call(BN_FORWARD, _moderate(s), *_gamma_beta(s, PER_CHANNEL), {"mode": "train"}).unpack(2)
    leaves_alone(s, "dout", s.draw.normal(SHAPE), lambda dout: s.call(BN_BACKWARD, dout, cache)[0])


# ---------------------------------------------------------------- group norm


def _gn_out(s: Session, x: Array, gamma_beta: tuple[Array, Array], groups: int, **param: float | str) -> Ref:
    return s.call(GN_FORWARD, x, *gamma_beta, groups, param)[0]


@check("spatial-groupnorm-forward", asks=GROUPS, weight=2)
def normalizes_each_group_of_each_image(s: Session) -> None:
    for groups in (2, 3):
        s.compare(f"out for {groups} groups", _gn_out(s, _images(s), _plain(BROADCAST), groups))


@check("spatial-groupnorm-forward", asks="The C channels of an image are split into G groups of C / G neighbouring channels.", weight=0.5)
def one_group_of_all_channels(s: Session) -> None:
    s.compare("out for one group", _gn_out(s, _images(s), _plain(BROADCAST), 1))


@check("spatial-groupnorm-forward", asks="The C channels of an image are split into G groups of C / G neighbouring channels.", weight=0.5)
def one_group_per_channel(s: Session) -> None:
    s.compare("out for a group per channel", _gn_out(s, _images(s), _plain(BROADCAST), C))


@check("spatial-groupnorm-forward", asks="gamma and beta act on each channel, after the groups are normalised.")
def gamma_and_beta_act_on_channels(s: Session) -> None:
    s.compare("out", _gn_out(s, _images(s), _gamma_beta(s, BROADCAST), 2))


@check("spatial-groupnorm-forward", asks="gamma : scales, one per channel, shape (1, C, 1, 1); integers are allowed.", weight=0.5)
def group_norm_takes_integer_gamma_and_beta(s: Session) -> None:
    s.compare("out", _gn_out(s, _images(s), _whole_numbers(BROADCAST), 3))


@check(
    "spatial-groupnorm-forward",
    asks="a dictionary with the key ``eps``: added to the variance under the root, above 0; default 1e-5.",
    weight=0.5,
)
def group_norm_adds_eps_to_the_variance(s: Session) -> None:
    s.compare("out with the default eps", _gn_out(s, _narrow(s), _plain(BROADCAST), 3))
    s.compare("out with a given eps", _gn_out(s, _narrow(s), _plain(BROADCAST), 3, eps=1e-3))


@check("spatial-groupnorm-forward", asks=NO_MODES, weight=0.5)
def group_norm_has_no_test_mode(s: Session) -> None:
    s.compare("out", _gn_out(s, _images(s), _gamma_beta(s, BROADCAST), 2, mode="test"))


@check("spatial-groupnorm-forward", asks="No argument is written into.", weight=0.5)
def group_norm_leaves_x_as_it_was(s: Session) -> None:
    gamma, beta = _gamma_beta(s, BROADCAST)
    leaves_alone(s, "x", _images(s), lambda x: s.call(GN_FORWARD, x, gamma, beta, 2, {})[0])


def _gn_gradients(s: Session, x: Array, groups: int, **param: float) -> tuple[Ref, ...]:
    _, cache = s.call(GN_FORWARD, x, *_gamma_beta(s, BROADCAST), groups, param).unpack(2)
    return s.call(GN_BACKWARD, s.draw.normal(SHAPE), cache).unpack(3)


@check("spatial-groupnorm-backward", asks="dx : gradient of x, shape (N, C, H, W).", weight=2)
def gn_gradient_of_x(s: Session) -> None:
    for groups in (2, 3):
        s.compare(f"dx for {groups} groups", _gn_gradients(s, _moderate(s), groups)[0])


@check("spatial-groupnorm-backward", asks=GN_SUMS)
def gn_gradient_of_gamma(s: Session) -> None:
    s.compare("dgamma", _gn_gradients(s, _moderate(s), 2)[1])


@check("spatial-groupnorm-backward", asks=GN_SUMS, weight=0.5)
def gn_gradient_of_beta(s: Session) -> None:
    s.compare("dbeta", _gn_gradients(s, _moderate(s), 2)[2])


@check("spatial-groupnorm-backward", asks="dx : gradient of x, shape (N, C, H, W).")
def gn_gradient_of_x_at_both_ends(s: Session) -> None:
    s.compare("dx for one group", _gn_gradients(s, _moderate(s), 1)[0])
    s.compare("dx for a group per channel", _gn_gradients(s, _moderate(s), C)[0])


@check("spatial-groupnorm-backward", asks="dx : gradient of x, shape (N, C, H, W).", weight=0.5)
def gn_gradient_for_a_variance_near_eps(s: Session) -> None:
    s.compare("dx with the default eps", _gn_gradients(s, _narrow(s), 3)[0])
    s.compare("dx with a given eps", _gn_gradients(s, _narrow(s), 3, eps=1e-3)[0])


@check("spatial-groupnorm-backward", asks="The upstream gradient is not written into.", weight=0.5)
def gn_leaves_dout_as_it_was(s: Session) -> None:
    _, cache = s.call(GN_FORWARD, _moderate(s), *_gamma_beta(s, BROADCAST), 2, {}).unpack(2)
    leaves_alone(s, "dout", s.draw.normal(SHAPE), lambda dout: s.call(GN_BACKWARD, dout, cache)[0])
