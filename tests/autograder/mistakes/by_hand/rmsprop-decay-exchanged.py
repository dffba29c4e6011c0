"""Gives the squared gradient the large weight."""

import numpy as np


def rmsprop(w, dw, config=None):
    defaults = {"learning_rate": 1e-2, "decay_rate": 0.99, "epsilon": 1e-8, "cache": np.zeros_like(w)}
    config = defaults if config is None else {**defaults, **config}
    rate = config["decay_rate"]
    config["cache"] = config["cache"] + rate * (dw * dw - config["cache"])
    step = dw / (config["cache"] ** 0.5 + config["epsilon"])
    return w - step * config["learning_rate"], config
