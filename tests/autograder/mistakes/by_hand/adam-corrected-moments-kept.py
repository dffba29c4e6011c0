"""Corrects the stored means in place."""

import numpy as np


def adam(w, dw, config=None):
    c = {} if config is None else config
    c.setdefault("learning_rate", 1e-3)
    c.setdefault("beta1", 0.9)
    c.setdefault("beta2", 0.999)
    c.setdefault("epsilon", 1e-8)
    c["t"] = c.get("t", 0) + 1
    c["m"] = (c["beta1"] * c.get("m", np.zeros_like(w)) + (1 - c["beta1"]) * dw) / (1 - c["beta1"] ** c["t"])
    c["v"] = (c["beta2"] * c.get("v", np.zeros_like(w)) + (1 - c["beta2"]) * dw**2) / (1 - c["beta2"] ** c["t"])
    return w - c["learning_rate"] * c["m"] / (np.sqrt(c["v"]) + c["epsilon"]), c
