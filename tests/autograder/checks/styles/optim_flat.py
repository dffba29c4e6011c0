"""Right update rules in another style: flattened arrays, matrix products, logarithms for powers."""

import numpy as np


def _mix(old, new, weight):
    """A running mean as a product of weights with two rows."""
    return np.array([weight, 1 - weight]) @ np.stack([np.ravel(old), np.ravel(new)])


def sgd_momentum(w, dw, config=None):
    config = config if config else {}
    rate, momentum = config.setdefault("learning_rate", 1e-2), config.setdefault("momentum", 0.9)
    old = config.setdefault("velocity", np.zeros_like(w))
    weights = np.array([momentum, -rate])
    config["velocity"] = (weights @ np.stack([old.ravel(), dw.ravel()])).reshape(w.shape).astype(w.dtype)
    return np.add(w, config["velocity"]), config


def rmsprop(w, dw, config=None):
    config = config if config else {}
    for name, value in {"learning_rate": 1e-2, "decay_rate": 0.99, "epsilon": 1e-8}.items():
        config[name] = config.get(name, value)
    squares = dw.ravel() * dw.ravel()
    cache = _mix(config.get("cache", np.zeros_like(w)), squares, config["decay_rate"])
    config["cache"] = cache.reshape(w.shape).astype(w.dtype)
    moved = np.ravel(w) - np.ravel(dw) * (config["learning_rate"] / (np.sqrt(cache) + config["epsilon"]))
    return moved.reshape(w.shape).astype(w.dtype), config


def adam(w, dw, config=None):
    config = config if config else {}
    for name, value in {"learning_rate": 1e-3, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8, "t": 0}.items():
        config[name] = config.get(name, value)
    config["t"] = t = config["t"] + 1
    moments = {}
    for name, beta, value in (("m", config["beta1"], dw), ("v", config["beta2"], dw * dw)):
        mean = _mix(config.get(name, np.zeros_like(w)), value, beta)
        config[name] = mean.reshape(w.shape).astype(w.dtype)
        # 1 - beta**t without the power.
        moments[name] = mean / -np.expm1(t * np.log(beta))
    step = moments["m"] / (np.sqrt(moments["v"]) + config["epsilon"])
    return (w.ravel() - config["learning_rate"] * step).reshape(w.shape).astype(w.dtype), config
