"""t is in the dictionary from the start and is never raised."""

import numpy as np


def adam(w, dw, config=None):
    config = {} if config is None else config
    for key, value in dict(learning_rate=1e-3, beta1=0.9, beta2=0.999, epsilon=1e-8, t=1).items():
        config.setdefault(key, value)
    m = config["m"] = config["beta1"] * config.get("m", np.zeros_like(w)) + (1 - config["beta1"]) * dw
    v = config["v"] = config["beta2"] * config.get("v", np.zeros_like(w)) + (1 - config["beta2"]) * dw**2
    rate = config["learning_rate"] * np.sqrt(1 - config["beta2"] ** config["t"]) / (1 - config["beta1"] ** config["t"])
    eps = config["epsilon"] * np.sqrt(1 - config["beta2"] ** config["t"])
    return w - rate * m / (np.sqrt(v) + eps), config
