"""Corrects the means only in the first hundred steps. task: adam"""

import numpy as np


def adam(w, dw, config=None):
    config = {} if config is None else config
    for key, default in (("learning_rate", 1e-3), ("beta1", 0.9), ("beta2", 0.999), ("epsilon", 1e-8), ("t", 0)):
        config.setdefault(key, default)
    config["t"] += 1
    corrected = []
    for name, beta, value in (("m", config["beta1"], dw), ("v", config["beta2"], dw**2)):
        config[name] = beta * config.get(name, np.zeros_like(w)) + (1 - beta) * value
        corrected.append(config[name] / (1 - beta ** config["t"]) if config["t"] <= 100 else config[name])
    return w - config["learning_rate"] * corrected[0] / (np.sqrt(corrected[1]) + config["epsilon"]), config
