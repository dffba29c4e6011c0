"""Prefers the learning rate of another rule."""

import numpy as np


def sgd_momentum(w, dw, config=None):
    config = config or {}
    lr = config.setdefault("learning_rate", 1e-3)
    mu = config.setdefault("momentum", 0.9)
    config["velocity"] = mu * config.get("velocity", np.zeros_like(w)) - lr * dw
    return w + config["velocity"], config
