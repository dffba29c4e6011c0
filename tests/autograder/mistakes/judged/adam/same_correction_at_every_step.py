"""Drops the exponent of the correction."""

import numpy as np


def adam(w, dw, config=None):
    if config is None:
        config = {}
    lr, b1 = config.setdefault("learning_rate", 1e-3), config.setdefault("beta1", 0.9)
    b2, eps = config.setdefault("beta2", 0.999), config.setdefault("epsilon", 1e-8)
    m, v = config.get("m", np.zeros_like(w)), config.get("v", np.zeros_like(w))
    config["t"] = config.get("t", 0) + 1
    config["m"] = b1 * m + (1 - b1) * dw
    config["v"] = b2 * v + (1 - b2) * (dw**2)
    mt = config["m"] / (1 - b1)
    vt = config["v"] / (1 - b2)
    return w - lr * mt / (np.sqrt(vt) + eps), config
