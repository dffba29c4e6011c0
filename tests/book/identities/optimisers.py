"""Identities of the chapter on update rules: the reference's rules against closed forms."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
from numpy.random import Generator

from coursenn.optim import adam, rmsprop, sgd, sgd_momentum
from tests.book.identities.registry import Array, Pairs, identity

SHAPE = (3, 2)
TINY = 1e-30


def _run(rule: Any, w: Array, gradients: Any, config: dict[str, Any]) -> tuple[Array, dict[str, Any]]:
    """Return the weight and the config after a sequence of gradients, or of functions that give the gradient at a weight."""
    for g in gradients:
        w, config = rule(w, g(w) if callable(g) else g, config)
    return w, config


@identity("sgd", "One step of `sgd`.")
def plain(rng: Generator) -> Pairs:
    w, g = rng.standard_normal(SHAPE), rng.standard_normal(SHAPE)
    yield sgd(w, g, {"learning_rate": 0.3})[0], w - 0.3 * g


@identity("sgd-quadratic", "Ten steps of `sgd` on parabolas of three curvatures against the power.")
def quadratic(rng: Generator) -> Pairs:
    h, w = np.array([0.1, 1.0, 3.0]), rng.standard_normal(3)
    yield _run(sgd, w, [lambda a: h * a] * 10, {"learning_rate": 0.4})[0], (1 - 0.4 * h) ** 10 * w


@identity("sgd-rate", "The factor of `sgd` at the best rate, for 30 curvatures, which none of a thousand other rates improves.")
def rate(rng: Generator) -> Pairs:
    h = np.linspace(0.5, 8.0, 30)
    kappa = h.max() / h.min()
    best = 2 / (h.min() + h.max())
    yield np.abs(sgd(np.ones(30), h, {"learning_rate": best})[0]).max(), (kappa - 1) / (kappa + 1)
    rates = np.append(np.linspace(0, 4 * best, 1000), best)
    yield np.abs(1 - np.outer(rates, h)).max(axis=1).min(), (kappa - 1) / (kappa + 1)


@identity("momentum", "One step of `sgd_momentum` with a given velocity.")
def momentum(rng: Generator) -> Pairs:
    w, g, v = rng.standard_normal((3, *SHAPE))
    moved, config = sgd_momentum(w, g, {"learning_rate": 0.3, "momentum": 0.8, "velocity": v})
    yield config["velocity"], 0.8 * v - 0.3 * g
    yield moved - w, 0.8 * v - 0.3 * g


@identity("momentum-sum", "Velocity of `sgd_momentum` after seven gradients against the geometric sum.")
def momentum_sum(rng: Generator) -> Pairs:
    g = rng.standard_normal((7, *SHAPE))
    _, config = _run(sgd_momentum, np.zeros(SHAPE), g, {"learning_rate": 0.3, "momentum": 0.8})
    yield config["velocity"], -0.3 * np.tensordot(0.8 ** np.arange(6, -1, -1), g, axes=1)


@identity("momentum-extremes", "Velocity after 400 constant and 400 alternating gradients.")
def extremes(rng: Generator) -> Pairs:
    g = rng.standard_normal(SHAPE)
    settings = {"learning_rate": 0.3, "momentum": 0.8}
    yield _run(sgd_momentum, np.zeros(SHAPE), [g] * 400, {**settings})[1]["velocity"], -0.3 / 0.2 * g
    yield np.abs(_run(sgd_momentum, np.zeros(SHAPE), [g, -g] * 200, {**settings})[1]["velocity"]), 0.3 / 1.8 * np.abs(g)


@identity("momentum-matrix", "Steps of `sgd_momentum` on a parabola against powers of the matrix, and its eigenvalues.")
def momentum_matrix(rng: Generator) -> Pairs:
    eta, mu = 0.3, 0.8
    for h in (0.1, 2.0, 11.0):
        matrix = np.array([[1 - eta * h, mu], [-eta * h, mu]])
        start = rng.standard_normal(2)
        w, config = _run(sgd_momentum, start[:1], [lambda a, h=h: h * a] * 6, {"learning_rate": eta, "momentum": mu, "velocity": start[1:]})
        yield np.append(w, config["velocity"]), np.linalg.matrix_power(matrix, 6) @ start
        yield np.abs(np.linalg.eigvals(matrix)), np.full(2, np.sqrt(mu))


@identity("rmsprop", "Two steps of `rmsprop` from a cache, against the formula.")
def rms(rng: Generator) -> Pairs:
    w, g, h = rng.standard_normal((3, *SHAPE))
    moved, config = _run(rmsprop, w, [g, h], {"learning_rate": 0.3, "decay_rate": 0.9, "epsilon": 0.01, "cache": np.ones(SHAPE)})
    first = 0.9 + 0.1 * g**2
    second = 0.9 * first + 0.1 * h**2
    yield config["cache"], second
    yield moved, w - 0.3 * g / (np.sqrt(first) + 0.01) - 0.3 * h / (np.sqrt(second) + 0.01)


@identity("rmsprop-scale", "Path and cache of `rmsprop` if all gradients are a thousand times as large.")
def rms_scale(rng: Generator) -> Pairs:
    g = rng.standard_normal((5, *SHAPE))
    settings = {"learning_rate": 0.3, "epsilon": TINY}
    path, config = _run(rmsprop, np.zeros(SHAPE), g, {**settings})
    scaled, scaled_config = _run(rmsprop, np.zeros(SHAPE), 1000 * g, {**settings})
    yield scaled, path
    yield scaled_config["cache"] / 1e6, config["cache"]


@identity("rmsprop-start", "The fifth step of `rmsprop` for a constant gradient.")
def rms_start(rng: Generator) -> Pairs:
    g = rng.standard_normal(SHAPE)
    settings = {"learning_rate": 1.0, "decay_rate": 0.9, "epsilon": TINY}
    before, config = _run(rmsprop, np.zeros(SHAPE), [g] * 4, settings)
    yield before - rmsprop(before, g, config)[0], np.sign(g) / np.sqrt(1 - 0.9**5)


@identity("adam", "Three steps of `adam` and both memories against the formula.")
def adam_steps(rng: Generator) -> Pairs:
    gradients, w = rng.standard_normal((3, *SHAPE)), rng.standard_normal(SHAPE)
    settings = {"learning_rate": 0.3, "beta1": 0.8, "beta2": 0.95, "epsilon": 0.01}
    m, v, expected = np.zeros(SHAPE), np.zeros(SHAPE), w
    for t, g in enumerate(gradients, start=1):
        m, v = 0.8 * m + 0.2 * g, 0.95 * v + 0.05 * g**2
        expected = expected - 0.3 * (m / (1 - 0.8**t)) / (np.sqrt(v / (1 - 0.95**t)) + 0.01)
    moved, config = _run(adam, w, gradients, settings)
    yield moved, expected
    yield config["m"], m
    yield config["v"], v


@identity("adam-unrolled", "First memory of `adam` after seven gradients against the weighted sum.")
def unrolled(rng: Generator) -> Pairs:
    g = rng.standard_normal((7, *SHAPE))
    _, config = _run(adam, np.zeros(SHAPE), g, {"beta1": 0.8})
    yield config["m"], 0.2 * np.tensordot(0.8 ** np.arange(6, -1, -1), g, axes=1)


@identity("adam-weights", "Sum of the weights, and both memories of `adam` for a constant gradient of 1.")
def weights(rng: Generator) -> Pairs:
    for t in (1, 5, 50):
        _, config = _run(adam, np.zeros(1), [np.ones(1)] * t, {"beta1": 0.8, "beta2": 0.95})
        yield config["m"][0], 1 - 0.8**t
        yield config["v"][0], 0.05 * sum(0.95 ** (t - i) for i in range(1, t + 1))


@identity("adam-unbiased", "Means of both memories of `adam` over all sequences of four gradients out of three values.")
def unbiased(rng: Generator) -> Pairs:
    values, t = rng.standard_normal(3), 4
    # Every sequence is one entry of the weight, so that one run of the rule includes all of them.
    sequences = np.array(list(itertools.product(values, repeat=t))).T
    _, config = _run(adam, np.zeros(sequences.shape[1]), sequences, {"beta1": 0.8, "beta2": 0.95})
    yield config["m"].mean(), (1 - 0.8**t) * values.mean()
    yield config["m"].mean() / (1 - 0.8**t), values.mean()
    yield config["v"].mean() / (1 - 0.95**t), np.mean(values**2)


@identity("adam-bound", "The largest step of `adam`, for the sequence of gradients that reaches the bound.")
def bound(rng: Generator) -> Pairs:
    beta1, beta2, t = 0.9, 0.999, 12
    # Cauchy-Schwarz holds with equality if the gradients are proportional to the ratio of the two weights.
    g = (beta1 / beta2) ** np.arange(t - 1, -1, -1.0)
    start, config = _run(adam, np.zeros(1), g[:-1, None], {"learning_rate": 1.0, "epsilon": TINY})
    step = np.abs(adam(start, g[-1:], config)[0] - start)[0]
    series = sum((beta1**2 / beta2) ** (t - i) for i in range(1, t + 1))
    yield step, np.sqrt((1 - beta2**t) / (1 - beta1**t) ** 2 * (1 - beta1) ** 2 / (1 - beta2) * series)


@identity("adam-lone", "The sum of all steps of `adam` after a single gradient late in a run against the series.")
def lone(rng: Generator) -> Pairs:
    beta1, beta2 = 0.9, 0.999
    late = {"learning_rate": 1.0, "epsilon": TINY, "t": 10**6, "m": np.zeros(1), "v": np.zeros(1)}
    end, _ = _run(adam, np.zeros(1), np.r_[1.0, np.zeros(500)][:, None], late)
    yield -end[0], (1 - beta1) / np.sqrt(1 - beta2) / (1 - beta1 / np.sqrt(beta2))
