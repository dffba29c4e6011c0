"""Expected values that the notebooks show: computed from the reference, never typed by hand.

``{{expected:NAME}}`` in a notebook source becomes the value of the function registered under NAME, with 8
significant digits. Before each function numpy's global generator is at seed 0; imports of ``coursenn`` give
the reference. Values that a different order of summation changes (long training runs) do not belong here.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograder.generate.evaluate import expected

Array = NDArray[Any]


@expected("affine-forward")
def affine_forward_example() -> Array:
    """The output of `affine_forward` on two 4 x 5 x 6 inputs and three units."""
    from coursenn.layers import affine_forward

    x = np.linspace(-0.1, 0.5, num=2 * 120).reshape(2, 4, 5, 6)
    w = np.linspace(-0.2, 0.3, num=120 * 3).reshape(120, 3)
    out, _ = affine_forward(x, w, np.linspace(-0.3, 0.1, num=3))
    return np.asarray(out)


# ---------------------------------------------------------------- FullyConnectedNets


@expected("fc-relu-forward")
def relu_forward_example() -> Array:
    """The output of `relu_forward` on twelve numbers from -0.5 to 0.5."""
    from coursenn.layers import relu_forward

    return np.asarray(relu_forward(np.linspace(-0.5, 0.5, num=12).reshape(3, 4))[0])


@expected("fc-shares-basic")
def shares_of_the_baseline() -> Array:
    """The shares of right answers that earn the points of the plain network."""
    from autograder.checks.models import THRESHOLDS

    return np.array(THRESHOLDS["best-basic"])


@expected("fc-shares-improved")
def shares_of_the_improved_network() -> Array:
    """The same for the improved network."""
    from autograder.checks.models import THRESHOLDS

    return np.array(THRESHOLDS["best-improved"])


def _tiny_scores() -> tuple[Array, Array]:
    np.random.seed(231)
    return 0.001 * np.random.randn(50, 10), np.random.randint(10, size=50)


@expected("fc-softmax-loss")
def softmax_loss_example() -> float:
    """The loss of fifty examples with tiny scores."""
    from coursenn.layers import softmax_loss

    return softmax_loss(*_tiny_scores())[0]


@expected("fc-svm-loss")
def svm_loss_example() -> float:
    """The hinge loss of the same scores."""
    from coursenn.layers import svm_loss

    return svm_loss(*_tiny_scores())[0]


def _two_layer(reg: float, with_labels: bool = True) -> Any:
    from coursenn.classifiers.fc_net import TwoLayerNet

    model = TwoLayerNet(input_dim=5, hidden_dims=50, num_classes=7, weight_scale=1e-3, reg=reg)
    ramps = {"W1": (-0.7, 0.3, (5, 50)), "b1": (-0.1, 0.9, (50,)), "W2": (-0.3, 0.4, (50, 7)), "b2": (-0.9, 0.1, (7,))}
    for name, (low, high, shape) in ramps.items():
        model.params[name] = np.linspace(low, high, num=int(np.prod(shape))).reshape(shape)
    X = np.linspace(-5.5, 4.5, num=15).reshape(5, 3).T
    return model.loss(X, np.array([0, 5, 1]))[0] if with_labels else model.loss(X)


@expected("fc-two-layer-scores")
def two_layer_scores() -> Array:
    """The scores of a `TwoLayerNet` with parameters set by hand."""
    return np.asarray(_two_layer(0.0, with_labels=False))


@expected("fc-two-layer-loss")
def two_layer_loss() -> float:
    """Its loss without regularization."""
    return float(_two_layer(0.0))


@expected("fc-two-layer-loss-reg")
def two_layer_loss_with_reg() -> float:
    """Its loss with regularization 1."""
    return float(_two_layer(1.0))


def _basic_losses() -> list[float]:
    from coursenn.classifiers.fc_net import FullyConnectedNetBasic

    np.random.seed(231)
    X, y = np.random.randn(2, 15), np.random.randint(10, size=(2,))
    nets = [
        FullyConnectedNetBasic([20, 30], input_dim=15, num_classes=10, reg=reg, weight_scale=5e-2, dtype=np.float64) for reg in (0, 3.14)
    ]
    return [float(net.loss(X, y)[0]) for net in nets]


@expected("fc-basic-loss")
def basic_loss() -> float:
    """The first loss of a three-layer `FullyConnectedNetBasic`."""
    return _basic_losses()[0]


@expected("fc-basic-loss-reg")
def basic_loss_with_reg() -> float:
    """The first loss of the next one, drawn from the same stream, with regularization 3.14."""
    return _basic_losses()[1]


def _ramp(low: float, high: float) -> Array:
    return np.linspace(low, high, num=20).reshape(4, 5)


def _step(rule: str, learning_rate: float, **memory: Any) -> tuple[Array, dict[str, Any]]:
    from coursenn import optim

    next_w, config = getattr(optim, rule)(_ramp(-0.4, 0.6), _ramp(-0.6, 0.4), {"learning_rate": learning_rate, **memory})
    return next_w, config


def _random_step(rule: str, *memory: str, **settings: float) -> float:
    """A step from random numbers, as one number: the page gives no entry away."""
    from coursenn import optim
    from coursenn.checking import weighted_sum

    np.random.seed(231)
    w, dw, *drawn = np.random.randn(2 + len(memory), 6, 2)
    kept = {name: array if name in ("velocity", "m") else array**2 for name, array in zip(memory, drawn, strict=True)}
    return weighted_sum(getattr(optim, rule)(w, dw, {"learning_rate": 0.1, **settings, **kept})[0])


@expected("fc-sgd-momentum-w")
def sgd_momentum_weights() -> Array:
    """The weights after one step of `sgd_momentum`."""
    return _step("sgd_momentum", 1e-3, velocity=_ramp(0.6, 0.9))[0]


@expected("fc-sgd-momentum-velocity")
def sgd_momentum_velocity() -> Array:
    """The velocity after it."""
    return np.asarray(_step("sgd_momentum", 1e-3, velocity=_ramp(0.6, 0.9))[1]["velocity"])


@expected("fc-sgd-momentum-random")
def sgd_momentum_random() -> float:
    """A weighted sum of the weights after a step of `sgd_momentum` from random numbers."""
    return _random_step("sgd_momentum", "velocity", momentum=0.5)


@expected("fc-rmsprop-w")
def rmsprop_weights() -> Array:
    """The weights after one step of `rmsprop`."""
    return _step("rmsprop", 1e-2, cache=_ramp(0.6, 0.9))[0]


@expected("fc-rmsprop-cache")
def rmsprop_cache() -> Array:
    """The running mean of squares after it."""
    return np.asarray(_step("rmsprop", 1e-2, cache=_ramp(0.6, 0.9))[1]["cache"])


@expected("fc-rmsprop-random")
def rmsprop_random() -> float:
    """A weighted sum of the weights after a step of `rmsprop` from random numbers."""
    return _random_step("rmsprop", "cache", decay_rate=0.3, epsilon=0.5)


@expected("fc-adam-w")
def adam_weights() -> Array:
    """The weights after one step of `adam` that begins at t = 5."""
    return _step("adam", 1e-2, m=_ramp(0.6, 0.9), v=_ramp(0.7, 0.5), t=5)[0]


@expected("fc-adam-m")
def adam_first_moment() -> Array:
    """The running mean of gradients after it."""
    return np.asarray(_step("adam", 1e-2, m=_ramp(0.6, 0.9), v=_ramp(0.7, 0.5), t=5)[1]["m"])


@expected("fc-adam-v")
def adam_second_moment() -> Array:
    """The running mean of squared gradients after it."""
    return np.asarray(_step("adam", 1e-2, m=_ramp(0.6, 0.9), v=_ramp(0.7, 0.5), t=5)[1]["v"])


@expected("fc-adam-random")
def adam_random() -> float:
    """A weighted sum of the weights after a step of `adam` from random numbers."""
    return _random_step("adam", "m", "v", beta1=0.4, beta2=0.3, epsilon=0.5, t=2)


# ---------------------------------------------------------------- Dropout


def _dropout_net_losses() -> list[float]:
    """First losses for keep ratios 1 and 0.75, in the stream of the check cell."""
    from coursenn.classifiers.fc_net import FullyConnectedNet

    np.random.seed(493)
    X, y = np.random.randn(2, 15), np.random.randint(10, size=(2,))
    losses = []
    for keep in (1, 0.75):
        net = FullyConnectedNet([20, 30], 15, 10, dropout_keep_ratio=keep, weight_scale=5e-2, dtype=np.float64, seed=123)
        losses.append(float(net.loss(X, y)[0]))
    return losses


@expected("dropout-net-loss-100")
def dropout_net_loss_without() -> float:
    """The first loss of the small network without dropout."""
    return _dropout_net_losses()[0]


@expected("dropout-net-loss-75")
def dropout_net_loss_three_quarters() -> float:
    """The first loss of the small network that keeps three units in four."""
    return _dropout_net_losses()[1]


# ---------------------------------------------------------------- ConvolutionalNetworks


@expected("conv-forward")
def conv_forward_example() -> Array:
    """The output of `conv_forward_naive` on two 4 x 4 images, three filters, stride 2, pad 1."""
    from coursenn.layers import conv_forward_naive

    x = np.linspace(-0.1, 0.5, num=2 * 3 * 4 * 4).reshape(2, 3, 4, 4)
    w = np.linspace(-0.2, 0.3, num=3 * 3 * 4 * 4).reshape(3, 3, 4, 4)
    return np.asarray(conv_forward_naive(x, w, np.linspace(-0.1, 0.2, num=3), {"stride": 2, "pad": 1})[0])


@expected("conv-forward-first")
def conv_forward_first() -> Array:
    """The part of it that belongs to the first image."""
    return np.asarray(conv_forward_example()[0])


@expected("max-pool-forward")
def max_pool_forward_example() -> Array:
    """The output of `max_pool_forward_naive` on two 4 x 4 images, windows of 2 x 2."""
    from coursenn.layers import max_pool_forward_naive

    x = np.linspace(-0.3, 0.4, num=2 * 3 * 4 * 4).reshape(2, 3, 4, 4)
    return np.asarray(max_pool_forward_naive(x, {"pool_width": 2, "pool_height": 2, "stride": 2})[0])


@expected("max-pool-forward-first")
def max_pool_forward_first() -> Array:
    """The part of it that belongs to the first image."""
    return np.asarray(max_pool_forward_example()[0])


def _sandwich_out(forward: str, image: tuple[int, ...], filters: int, *settings: dict[str, Any], normalized: bool = False) -> float:
    """What a sandwich of the convolution gives in the stream of its check cell, as one number: the page gives no entry away."""
    from coursenn import layer_utils
    from coursenn.checking import weighted_sum

    np.random.seed(493)
    arrays = [np.random.randn(*shape) for shape in (image, (filters, image[1], 3, 3), (filters,), *[(filters,)] * (2 * normalized))]
    return weighted_sum(getattr(layer_utils, forward)(*arrays, {"stride": 1, "pad": 1}, *settings)[0])


@expected("conv-relu-out")
def conv_relu_out() -> float:
    """The output of `conv_relu_forward` on two 8 x 8 images."""
    return _sandwich_out("conv_relu_forward", (2, 3, 8, 8), 3)


@expected("conv-relu-pool-out")
def conv_relu_pool_out() -> float:
    """The output of `conv_relu_pool_forward` on two 16 x 16 images."""
    return _sandwich_out("conv_relu_pool_forward", (2, 3, 16, 16), 3, {"pool_height": 2, "pool_width": 2, "stride": 2})


@expected("conv-bn-relu-out")
def conv_bn_relu_out() -> float:
    """The output of `conv_bn_relu_forward` in training mode on two 6 x 6 images."""
    return _sandwich_out("conv_bn_relu_forward", (2, 3, 6, 6), 4, {"mode": "train"}, normalized=True)


@expected("convnet-scores")
def convnet_scores() -> float:
    """The scores of two wide images by a `ThreeLayerConvNet` with filters of 5 x 5 and drawn weights."""
    from coursenn.checking import weighted_sum, with_drawn_weights
    from coursenn.classifiers.cnn import ThreeLayerConvNet

    np.random.seed(473)
    images = np.random.randn(2, 3, 8, 12)
    settings = {"num_filters": 3, "filter_size": 5, "input_dim": (3, 8, 12), "hidden_dim": 7, "dtype": np.float64}
    return weighted_sum(with_drawn_weights(ThreeLayerConvNet, weight_scale=0.3, **settings).loss(images))


@expected("convnet-penalty")
def convnet_penalty() -> float:
    """What L2 with reg 0.5 adds on average to the loss of an untrained `ThreeLayerConvNet`: 0.5 * reg * scale**2 per weight."""
    weights = 32 * 3 * 7 * 7 + 32 * 16 * 16 * 100 + 100 * 10
    return 0.5 * 0.5 * 1e-3**2 * weights


# ---------------------------------------------------------------- BatchNormalization


def _features(examples: int) -> Array:
    """Outputs of a random two-layer network, in the stream of the check cells."""
    np.random.seed(493)
    x, w1, w2 = np.random.randn(examples, 50), np.random.randn(50, 60), np.random.randn(60, 3)
    return np.asarray(np.maximum(0, x @ w1) @ w2)


def _bn_test_output() -> Array:
    """What comes out in test mode after 50 passes in training mode."""
    from coursenn.layers import batchnorm_forward

    np.random.seed(493)
    w1, w2 = np.random.randn(50, 60), np.random.randn(60, 3)
    ones, zeros, bn_param = np.ones(3), np.zeros(3), {"mode": "train"}
    for _ in range(50):
        batchnorm_forward(np.maximum(0, np.random.randn(200, 50) @ w1) @ w2, ones, zeros, bn_param)
    bn_param["mode"] = "test"
    return np.asarray(batchnorm_forward(np.maximum(0, np.random.randn(200, 50) @ w1) @ w2, ones, zeros, bn_param)[0])


@expected("bn-test-means")
def bn_test_means() -> Array:
    """Its means."""
    return np.asarray(_bn_test_output().mean(axis=0))


@expected("bn-test-stds")
def bn_test_stds() -> Array:
    """Its standard deviations."""
    return np.asarray(_bn_test_output().std(axis=0))


@expected("bn-large-eps-stds")
def bn_large_eps_stds() -> Array:
    """The standard deviations in training mode when eps is of the size of the variances."""
    from coursenn.layers import batchnorm_forward

    out, _ = batchnorm_forward(_features(200), np.ones(3), np.zeros(3), {"mode": "train", "eps": 500.0})
    return np.asarray(out.std(axis=0))


def _bn_net_losses() -> list[float]:
    """First losses of two small networks with batch normalization, drawn from one stream."""
    from coursenn.classifiers.fc_net import FullyConnectedNet

    np.random.seed(493)
    X, y = np.random.randn(2, 15), np.random.randint(10, size=(2,))
    settings: dict[str, Any] = {"normalization": "batchnorm", "weight_scale": 5e-2, "dtype": np.float64}
    return [float(FullyConnectedNet([20, 30], 15, 10, reg=reg, **settings).loss(X, y)[0]) for reg in (0, 3.14)]


@expected("bn-net-loss")
def bn_net_loss() -> float:
    """The first of them, without regularization."""
    return _bn_net_losses()[0]


@expected("bn-net-loss-reg")
def bn_net_loss_with_reg() -> float:
    """The second, with regularization 3.14 over the weights of all layers."""
    return _bn_net_losses()[1]


@expected("ln-forward")
def ln_forward_example() -> Array:
    """The output of `layernorm_forward` on four examples, with an eps of the size of the variances."""
    from coursenn.layers import layernorm_forward

    gamma, beta = np.array([1.0, 2.0, 3.0]), np.array([11.0, 12.0, 13.0])
    return np.asarray(layernorm_forward(_features(4), gamma, beta, {"eps": 500.0})[0])
