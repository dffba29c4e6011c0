"""0.99 as default."""

import numpy as np


def sgd_momentum(w, dw, config=None):
    config = {"learning_rate": 1e-2, "momentum": 0.99, "velocity": np.zeros(w.shape, w.dtype)} | (config or {})
    config["velocity"] = config["momentum"] * config["velocity"] - config["learning_rate"] * dw
    return w + config["velocity"], config
