"""Counts in a local t."""

import numpy as np


def adam(w, dw, config=None):
    c = {} if config is None else config
    for k, default in (("learning_rate", 1e-3), ("beta1", 0.9), ("beta2", 0.999), ("epsilon", 1e-8), ("t", 0)):
        c.setdefault(k, default)
    t = c["t"] + 1
    c["m"] = c.get("m", np.zeros_like(w)) * c["beta1"] + dw * (1 - c["beta1"])
    c["v"] = c.get("v", np.zeros_like(w)) * c["beta2"] + np.power(dw, 2) * (1 - c["beta2"])
    m = c["m"] / (1 - np.power(c["beta1"], t))
    v = c["v"] / (1 - np.power(c["beta2"], t))
    return w - c["learning_rate"] * m / (np.sqrt(v) + c["epsilon"]), c
