"""Identities of the chapter on affine layers, ReLU and losses."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from coursenn.classifiers.fc_net import FullyConnectedNetBasic, TwoLayerNet
from coursenn.layer_utils import affine_relu_backward, affine_relu_forward
from coursenn.layers import affine_backward, affine_forward, relu_backward, relu_forward, softmax_loss, svm_loss
from tests.book.identities.registry import DIFFERENCE, Array, Pairs, away_from_zero, identity, jacobian, numeric_gradient

N, D, M, C = 6, 4, 5, 3


def _labels(rng: Generator) -> Array:
    labels: Array = rng.integers(C, size=N)
    return labels


def _softmax(s: Array) -> Array:
    """Return probabilities computed from the gradient of the reference's loss, which is (p - onehot) / N for any labels."""
    labels = np.zeros(len(s), int)
    p: Array = len(s) * softmax_loss(s, labels)[1] + np.eye(s.shape[1])[labels]
    return p


@identity("vjp", "Gradient of an affine-ReLU layer against the transposed Jacobian of difference quotients.", below=DIFFERENCE)
def vjp(rng: Generator) -> Pairs:
    x, w, b, dout = away_from_zero(rng, (1, D)), rng.standard_normal((D, M)), rng.standard_normal(M), rng.standard_normal((1, M))
    _, cache = affine_relu_forward(x, w, b)
    matrix = jacobian(lambda a: affine_relu_forward(a, w, b)[0], x, h=1e-4)
    yield affine_relu_backward(dout, cache)[0].ravel(), matrix.T @ dout.ravel()


@identity("chain", "Gradient through two affine layers, from the right, against the product of the two Jacobians.", below=DIFFERENCE)
def chain(rng: Generator) -> Pairs:
    x, w, v, dout = rng.standard_normal((1, D)), rng.standard_normal((D, M)), rng.standard_normal((M, C)), rng.standard_normal((1, C))
    hidden, first = affine_forward(x, w, np.zeros(M))
    _, second = affine_forward(hidden, v, np.zeros(C))
    outer = jacobian(lambda a: affine_forward(a, v, np.zeros(C))[0], hidden)
    inner = jacobian(lambda a: affine_forward(a, w, np.zeros(M))[0], x)
    yield affine_backward(affine_backward(dout, second)[0], first)[0].ravel(), (outer @ inner).T @ dout.ravel()


@identity("affine", "The sum over d, entry by entry, against `affine_forward`, also for images with two axes.")
def affine(rng: Generator) -> Pairs:
    x, w, b = rng.standard_normal((N, 2, 2)), rng.standard_normal((D, M)), rng.standard_normal(M)
    yield affine_forward(x, w, b)[0], np.einsum("nd,dm->nm", x.reshape(N, D), w) + b


@identity("affine-backward", "Three sums over indices against `affine_backward`.")
def affine_sums(rng: Generator) -> Pairs:
    x, w, b, dout = rng.standard_normal((N, D)), rng.standard_normal((D, M)), rng.standard_normal(M), rng.standard_normal((N, M))
    dx, dw, db = affine_backward(dout, affine_forward(x, w, b)[1])
    yield dw, np.einsum("nd,nm->dm", x, dout)
    yield dx, np.einsum("nm,dm->nd", dout, w)
    yield db, np.einsum("nm->m", dout)


@identity("affine-backward", "`affine_backward` against difference quotients of `affine_forward`.", below=DIFFERENCE)
def affine_numeric(rng: Generator) -> Pairs:
    x, w, b, dout = rng.standard_normal((N, D)), rng.standard_normal((D, M)), rng.standard_normal(M), rng.standard_normal((N, M))
    dx, dw, db = affine_backward(dout, affine_forward(x, w, b)[1])
    yield dx, numeric_gradient(lambda a: affine_forward(a, w, b)[0], x, dout)
    yield dw, numeric_gradient(lambda a: affine_forward(x, a, b)[0], w, dout)
    yield db, numeric_gradient(lambda a: affine_forward(x, w, a)[0], b, dout)


@identity("affine-adjoint", "Two scalar products, one of them with `affine_backward`.")
def adjoint(rng: Generator) -> Pairs:
    x, w, dout = rng.standard_normal((N, D)), rng.standard_normal((D, M)), rng.standard_normal((N, M))
    out, cache = affine_forward(x, w, np.zeros(M))
    yield np.sum(dout * out), np.sum(affine_backward(dout, cache)[0] * x)


@identity(
    "relu", "Output of `relu_forward`, and gradient of `relu_backward` against difference quotients, away from the kink.", below=DIFFERENCE
)
def relu(rng: Generator) -> Pairs:
    x, dout = away_from_zero(rng, (N, D)), rng.standard_normal((N, D))
    out, cache = relu_forward(x)
    yield out, (x + np.abs(x)) / 2
    yield relu_backward(dout, cache), numeric_gradient(lambda a: relu_forward(a)[0], x, dout)


@identity("relu-network", "Scores of a network without biases against the product of matrices, and for twice the input.")
def relu_network(rng: Generator) -> Pairs:
    np.random.seed(0)
    net = FullyConnectedNetBasic([M, M], input_dim=D, num_classes=C, weight_scale=1.0, dtype=np.float64)
    x = rng.standard_normal((1, D))
    product, hidden = np.eye(D), x
    for layer in (1, 2):
        product, hidden = product @ net.params[f"W{layer}"], hidden @ net.params[f"W{layer}"]
        product, hidden = product * (hidden > 0), relu_forward(hidden)[0]
    yield net.loss(x), x @ product @ net.params["W3"]
    yield net.loss(2 * x), 2 * net.loss(x)


@identity("softmax", "The formula with exponentials, for small scores, against `softmax_loss`.")
def softmax(rng: Generator) -> Pairs:
    s, y = rng.standard_normal((N, C)), _labels(rng)
    p = np.exp(s) / np.exp(s).sum(axis=1, keepdims=True)
    yield softmax_loss(s, y)[0], -np.mean(np.log(p[np.arange(N), y]))
    yield _softmax(s), p


@identity("log-softmax", "Derivatives of the logarithms of probabilities against difference quotients.", below=DIFFERENCE)
def log_softmax(rng: Generator) -> Pairs:
    s = rng.standard_normal((1, C))
    yield np.eye(C) - _softmax(s), jacobian(lambda a: np.array([-softmax_loss(a, np.array([c]))[0] for c in range(C)]), s)


@identity("softmax-gradient", "Gradient of `softmax_loss` against difference quotients of its loss; sums of its rows.", below=DIFFERENCE)
def softmax_gradient(rng: Generator) -> Pairs:
    s, y = rng.standard_normal((N, C)), _labels(rng)
    _, gradient = softmax_loss(s, y)
    yield gradient, numeric_gradient(lambda a: softmax_loss(a, y)[0], s)
    yield gradient.sum(axis=1), np.zeros(N)


@identity("softmax-shift", "Loss and gradient of `softmax_loss` if a number is added to the scores of each example.")
def softmax_shift(rng: Generator) -> Pairs:
    s, y = rng.standard_normal((N, C)), _labels(rng)
    shifted = s + 100 * rng.standard_normal((N, 1))
    yield from zip(softmax_loss(shifted, y), softmax_loss(s, y), strict=True)


@identity(
    "log-sum-exp", "Logarithms of probabilities from the shifted sum against `softmax_loss`, for small scores and scores up to thousands."
)
def log_sum_exp(rng: Generator) -> Pairs:
    for size in (1, 1000):
        s = size * rng.standard_normal((N, C))
        shifted = s - s.max(axis=1, keepdims=True)
        logs = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
        for c in range(C):
            yield -softmax_loss(s, np.full(N, c))[0], logs[:, c].mean()


@identity("softmax-hessian", "Second derivatives against difference quotients of the gradient, and the variance.", below=DIFFERENCE)
def softmax_hessian(rng: Generator) -> Pairs:
    s, a = rng.standard_normal((1, C)), rng.standard_normal(C)
    p = _softmax(s)[0]
    hessian = np.diag(p) - np.outer(p, p)
    yield hessian, jacobian(lambda t: softmax_loss(t, np.array([1]))[1], s)
    yield a @ hessian @ a, p @ (a - p @ a) ** 2


@identity("chance", "Loss of `softmax_loss` for equal scores.")
def chance(rng: Generator) -> Pairs:
    for value in (0.0, 7.0):
        yield softmax_loss(np.full((N, 10), value), rng.integers(10, size=N))[0], np.log(10)


@identity("hinge", "The double sum, example by example, against `svm_loss`.")
def hinge(rng: Generator) -> Pairs:
    s, y = rng.standard_normal((N, C)), _labels(rng)
    yield svm_loss(s, y)[0], sum(max(0.0, s[n, c] - s[n, y[n]] + 1) for n in range(N) for c in range(C) if c != y[n]) / N


@identity("hinge", "The loss with a margin of 2, as in the paper, against twice `svm_loss` of halved scores.")
def hinge_of_the_paper(rng: Generator) -> Pairs:
    s, y = 3 * rng.standard_normal((N, C)), _labels(rng)
    of_paper = sum(max(0.0, s[n, c] - s[n, y[n]] + 2) for n in range(N) for c in range(C) if c != y[n]) / N
    yield 2 * svm_loss(s / 2, y)[0], of_paper


@identity("hinge-gradient", "Gradient of `svm_loss` against violated margins counted one by one; sums of its rows.")
def hinge_gradient(rng: Generator) -> Pairs:
    s, y = rng.standard_normal((N, C)), _labels(rng)
    _, gradient = svm_loss(s, y)
    counted = np.zeros((N, C))
    for n in range(N):
        for c in range(C):
            if c != y[n] and s[n, c] - s[n, y[n]] + 1 > 0:
                counted[n, c] += 1 / N
                counted[n, y[n]] -= 1 / N
    yield gradient, counted
    yield gradient.sum(axis=1), np.zeros(N)


@identity("l2", "Loss and gradients of `TwoLayerNet` with regularization minus those without.")
def l2(rng: Generator) -> Pairs:
    np.random.seed(0)
    net = TwoLayerNet(D, M, C, weight_scale=1.0)
    x, y = rng.standard_normal((N, D)), _labels(rng)
    bare, bare_gradients = net.loss(x, y)
    net.reg = 0.7
    loss, gradients = net.loss(x, y)
    yield loss - bare, 0.35 * sum(np.sum(net.params[f"W{i}"] ** 2) for i in (1, 2))
    yield gradients["W1"] - bare_gradients["W1"], 0.7 * net.params["W1"]
    yield gradients["b1"] - bare_gradients["b1"], np.zeros(M)
