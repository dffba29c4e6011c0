"""The two factors are exchanged, and epsilon is under the root."""

import numpy as np


def rmsprop(w, dw, config=None):
    config = config if config is not None else {}
    lr, d = config.setdefault("learning_rate", 1e-2), config.setdefault("decay_rate", 0.99)
    eps = config.setdefault("epsilon", 1e-8)
    cache = config.get("cache", np.zeros_like(w))
    cache = (1 - d) * cache + d * dw**2
    config["cache"] = cache
    return w - lr * dw / np.sqrt(cache + eps), config
