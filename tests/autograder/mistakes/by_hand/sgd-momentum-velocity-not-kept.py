"""A local velocity."""

import numpy as np


def sgd_momentum(w, dw, config=None):
    config = {"learning_rate": 1e-2, "momentum": 0.9, **(config or {})}
    v = config.get("velocity", np.zeros_like(w))
    config["velocity"] = v
    v = config["momentum"] * v - config["learning_rate"] * dw
    return w + v, config
