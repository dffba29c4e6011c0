"""Starts with new means at every call."""

import numpy as np


def adam(w, dw, config=None):
    c = {} if config is None else config
    for k, default in dict(learning_rate=1e-3, beta1=0.9, beta2=0.999, epsilon=1e-8, t=0).items():
        c.setdefault(k, default)
    c["m"], c["v"] = np.zeros_like(w), np.zeros_like(w)
    c["t"] += 1
    c["m"] = c["beta1"] * c["m"] + (1 - c["beta1"]) * dw
    c["v"] = c["beta2"] * c["v"] + (1 - c["beta2"]) * dw**2
    first, second = c["m"] / (1 - c["beta1"] ** c["t"]), c["v"] / (1 - c["beta2"] ** c["t"])
    return w - c["learning_rate"] * first / (np.sqrt(second) + c["epsilon"]), c
