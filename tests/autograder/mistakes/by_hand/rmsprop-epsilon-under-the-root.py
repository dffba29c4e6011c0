"""Power of minus one half."""

import numpy as np


def rmsprop(w, dw, config=None):
    config = config if config is not None else {}
    lr = config.setdefault("learning_rate", 0.01)
    d = config.setdefault("decay_rate", 0.99)
    e = config.setdefault("epsilon", 1e-8)
    config["cache"] = d * config.get("cache", np.zeros_like(w)) + (1 - d) * np.square(dw)
    return w - lr * dw * np.power(config["cache"] + e, -0.5), config
