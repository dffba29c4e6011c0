"""A default learning rate that is too small."""

import numpy as np


def rmsprop(w, dw, config=None):
    if config is None:
        config = {}
    defaults = {"learning_rate": 1e-3, "decay_rate": 0.99, "epsilon": 1e-8, "cache": np.zeros_like(w)}
    for key, value in defaults.items():
        config.setdefault(key, value)
    cache = config["decay_rate"] * config["cache"] + (1.0 - config["decay_rate"]) * np.square(dw)
    next_w = w - config["learning_rate"] * dw / (np.sqrt(cache) + config["epsilon"])
    config["cache"] = cache
    return next_w, config
