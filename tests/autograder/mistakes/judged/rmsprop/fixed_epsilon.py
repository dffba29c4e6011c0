"""Writes the usual constant into the code."""

import numpy as np


def rmsprop(w, dw, config=None):
    config = {} if config is None else config
    config.setdefault("learning_rate", 1e-2)
    config.setdefault("decay_rate", 0.99)
    config.setdefault("epsilon", 1e-8)
    if "cache" not in config:
        config["cache"] = np.zeros_like(w)
    rate = config["decay_rate"]
    config["cache"] = rate * config["cache"] + (1 - rate) * dw * dw
    return w - config["learning_rate"] * dw / (np.sqrt(config["cache"]) + 1e-8), config
