"""No epsilon."""

import numpy as np


def adam(w, dw, config=None):
    c = {} if config is None else config
    for k, v in dict(learning_rate=1e-3, beta1=0.9, beta2=0.999, epsilon=1e-8, t=0).items():
        c.setdefault(k, v)
    c["t"] += 1
    m = c["m"] = c["beta1"] * c.get("m", 0 * w) + (1 - c["beta1"]) * dw
    v = c["v"] = c["beta2"] * c.get("v", 0 * w) + (1 - c["beta2"]) * dw * dw
    return w - c["learning_rate"] * (m / (1 - c["beta1"] ** c["t"])) / np.sqrt(v / (1 - c["beta2"] ** c["t"])), c
