"""Counts the step afterwards, and adds epsilon under the root."""

import numpy as np


def adam(w, dw, config=None):
    config = config if config is not None else {}
    for key, value in {"learning_rate": 1e-3, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8, "t": 0}.items():
        config.setdefault(key, value)
    b1, b2, t = config["beta1"], config["beta2"], config["t"]
    m = b1 * config.get("m", np.zeros_like(w)) + (1 - b1) * dw
    v = b2 * config.get("v", np.zeros_like(w)) + (1 - b2) * dw * dw
    mh, vh = m / (1 - b1**t), v / (1 - b2**t)
    config.update(m=m, v=v, t=t + 1)
    return w - config["learning_rate"] * mh / np.sqrt(vh + config["epsilon"]), config
