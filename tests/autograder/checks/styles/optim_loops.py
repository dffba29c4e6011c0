"""Right update rules in another style: entry by entry, with plain numbers."""

import numpy as np


def _defaults(config, **values):
    config = {} if config is None else config
    for name, value in values.items():
        if name not in config:
            config[name] = value
    return config


def _each(w, rule):
    """Apply a rule to the index of every entry; the results are arrays with the shape and dtype of w."""
    rows = [rule(i) for i in np.ndindex(w.shape)]
    return [np.array(column, dtype=w.dtype).reshape(w.shape) for column in zip(*rows, strict=True)]


def sgd_momentum(w, dw, config=None):
    config = _defaults(config, learning_rate=0.01, momentum=0.9, velocity=np.zeros(w.shape))
    old = config["velocity"]

    def rule(i):
        v = config["momentum"] * float(old[i]) - config["learning_rate"] * float(dw[i])
        return float(w[i]) + v, v

    next_w, config["velocity"] = _each(w, rule)
    return next_w, config


def rmsprop(w, dw, config=None):
    config = _defaults(config, learning_rate=0.01, decay_rate=0.99, epsilon=1e-8, cache=np.zeros(w.shape))
    old = config["cache"]

    def rule(i):
        c = config["decay_rate"] * float(old[i]) + (1 - config["decay_rate"]) * float(dw[i]) ** 2
        return float(w[i]) - config["learning_rate"] * float(dw[i]) / (c**0.5 + config["epsilon"]), c

    next_w, config["cache"] = _each(w, rule)
    return next_w, config


def adam(w, dw, config=None):
    zeros = np.zeros(w.shape)
    config = _defaults(config, learning_rate=0.001, beta1=0.9, beta2=0.999, epsilon=1e-8, m=zeros, v=zeros, t=0)
    config["t"] += 1
    m, v, b1, b2, t = (config[k] for k in ("m", "v", "beta1", "beta2", "t"))

    def rule(i):
        first, second = b1 * float(m[i]) + (1 - b1) * float(dw[i]), b2 * float(v[i]) + (1 - b2) * float(dw[i]) ** 2
        step = first / (1 - b1**t) / ((second / (1 - b2**t)) ** 0.5 + config["epsilon"])
        return float(w[i]) - config["learning_rate"] * step, first, second

    next_w, config["m"], config["v"] = _each(w, rule)
    return next_w, config
