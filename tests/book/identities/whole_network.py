"""Identities of the chapter on the whole network: a backward pass, its cost, second moments, noise, residual blocks."""

from __future__ import annotations

import itertools

import numpy as np
from numpy.random import Generator

from coursenn.classifiers.fc_net import TwoLayerNet
from coursenn.layer_utils import affine_norm_relu_forward
from coursenn.layers import affine_backward, affine_forward, batchnorm_forward, relu_backward, relu_forward, softmax_loss
from coursenn.optim import adam, sgd
from tests.book.identities.registry import DIFFERENCE, Array, Pairs, identity, numeric_gradient

X = np.array([[1.0, 2.0]])
W1, W2 = np.array([[1.0, -1.0], [0.5, -1.0]]), np.array([[0.5, -0.5], [1.0, -0.5]])
LABEL = np.array([1])


def _network() -> TwoLayerNet:
    """Return the reference's network with the weights of the chapter."""
    net = TwoLayerNet(2, 2, 2)
    net.params |= {"W1": W1, "W2": W2}
    return net


@identity("network-weights", "Scores and loss of `TwoLayerNet` with these weights against the numbers of the text.")
def weights(rng: Generator) -> Pairs:
    z = affine_forward(X, W1, np.zeros(2))[0]
    yield z, np.array([[2.0, -3.0]])
    yield _network().loss(X), np.array([[1.0, -1.0]])
    yield _network().loss(X, LABEL)[0], np.log1p(np.exp(2.0))


@identity("network-backward", "The gradients of the example, step by step, against `TwoLayerNet`.")
def backward(rng: Generator) -> Pairs:
    z = X @ W1
    h = z * (z > 0)
    p = np.exp(h @ W2) / np.exp(h @ W2).sum()
    ds = p - np.array([[0.0, 1.0]])
    dz = (ds @ W2.T) * (z > 0)
    gradients = _network().loss(X, LABEL)[1]
    yield gradients["W2"], h.T @ ds
    yield gradients["W1"], X.T @ dz


@identity("network-backward", "The gradient of the example against difference quotients of the loss.", below=DIFFERENCE)
def backward_of_input(rng: Generator) -> Pairs:
    def loss(x: Array) -> float:
        return float(_network().loss(x, LABEL)[0])

    z, first = affine_forward(X, W1, np.zeros(2))
    h, relu = relu_forward(z)
    s, last = affine_forward(h, W2, np.zeros(2))
    dh = affine_backward(softmax_loss(s, LABEL)[1], last)[0]
    yield affine_backward(relu_backward(dh, relu), first)[0], numeric_gradient(loss, X)


@identity("network-cost", "Multiplications of all products, counted from the shapes of the arrays of a network.")
def cost(rng: Generator) -> Pairs:
    sizes, n = [7, 5, 5, 3], 4
    forward = sum(n * a * b for a, b in itertools.pairwise(sizes))
    to_weights = sum(a * n * b for a, b in itertools.pairwise(sizes))
    to_inputs = sum(n * b * a for a, b in itertools.pairwise(sizes[1:]))
    products = sum(a * b for a, b in itertools.pairwise(sizes))
    yield (forward + to_weights + to_inputs) / forward, 3 - sizes[0] * sizes[1] / products


@identity("second-moments", "The matrix of second moments in two parts, and its largest eigenvalue above the square of the mean.")
def second_moments(rng: Generator) -> Pairs:
    x = rng.standard_normal((30, 4)) + np.arange(4)
    left = affine_backward(x, affine_forward(x, np.zeros((4, 4)), np.zeros(4))[1])[1] / 30
    mean = x.mean(axis=0, keepdims=True)
    yield left, np.cov(x.T, bias=True) + mean.T @ mean
    largest = np.linalg.eigvalsh(left)[-1]
    yield np.minimum(largest, np.sum(mean**2)), np.sum(mean**2)


@identity("noise-floor", "Mean square after a step of `sgd` from either side of the minimum, with noise of either sign.")
def noise_floor(rng: Generator) -> Pairs:
    eta, h, noise = 0.3, 1.7, 0.8
    v = eta * noise**2 / (h * (2 - eta * h))
    w, sign = (np.array(values) for values in zip(*itertools.product((-1.0, 1.0), repeat=2), strict=True))
    w = np.sqrt(v) * w
    moved, _ = sgd(w, h * w + noise * sign, {"learning_rate": eta})
    yield np.mean(moved**2), v


@identity("adam-first-step", "Change of the outputs of an affine layer after the first step of `adam` for one example.", below=1e-9)
def first_step(rng: Generator) -> Pairs:
    x, w, dz = rng.standard_normal((1, 6)), rng.standard_normal((6, 3)), rng.standard_normal((1, 3))
    before, cache = affine_forward(x, w, np.zeros(3))
    moved, _ = adam(w, affine_backward(dz, cache)[1], {"learning_rate": 0.01, "epsilon": 1e-300})
    after = affine_forward(x, moved, np.zeros(3))[0]
    yield (after - before)[0], -0.01 * np.sign(dz[0]) * np.abs(x).sum()


@identity("residual-backward", "The gradient of a block through both paths against difference quotients.", below=DIFFERENCE)
def residual_backward(rng: Generator) -> Pairs:
    h, w, dout = rng.standard_normal((5, 4)), rng.standard_normal((4, 4)), rng.standard_normal((5, 4))
    ones, zeros = np.ones(4), np.zeros(4)

    def branch(a: Array) -> Array:
        return np.asarray(affine_norm_relu_forward(a, w, zeros, ones, zeros, {"mode": "train"}, "layernorm")[0])

    through = numeric_gradient(branch, h, dout, h=1e-4)
    yield dout + through, numeric_gradient(lambda a: a + branch(a), h, dout, h=1e-4)


@identity("residual-growth", "Mean square after a block over all signs of weights and inputs, without and with `batchnorm_forward`.")
def residual_growth(rng: Generator) -> Pairs:
    n, sigma = 3, np.sqrt(2 / 3)
    h = rng.standard_normal((4, n))
    both = np.concatenate([h, -h])
    plain, normalized = [], []
    for signs in itertools.product((-1.0, 1.0), repeat=n):
        w = sigma * np.repeat(np.array(signs)[:, None], n, axis=1)
        branch = affine_forward(relu_forward(both)[0], w, np.zeros(n))[0]
        plain.append(((both + branch) ** 2).mean())
        branch = batchnorm_forward(branch, np.ones(n), np.zeros(n), {"mode": "train", "eps": 1e-30})[0]
        normalized.append(((both + branch) ** 2).mean())
    yield np.mean(plain), 2 * (both**2).mean()
    yield np.mean(normalized), (both**2).mean() + 1
