"""Counts the steps and does not use them."""

import numpy as np


def adam(w, dw, config=None):
    c = {} if config is None else config
    for k, v in {"learning_rate": 1e-3, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8, "t": 0}.items():
        c.setdefault(k, v)
    c["t"] += 1
    c["m"] = c["beta1"] * c.get("m", 0 * w) + (1 - c["beta1"]) * dw
    c["v"] = c["beta2"] * c.get("v", 0 * w) + (1 - c["beta2"]) * np.square(dw)
    return w - c["learning_rate"] * c["m"] / (np.sqrt(c["v"]) + c["epsilon"]), c
