"""Uses the rule of another book, where the velocity is subtracted."""

import numpy as np


def sgd_momentum(w, dw, config=None):
    if config is None:
        config = {}
    lr, mu = config.get("learning_rate", 1e-2), config.get("momentum", 0.9)
    v = config.get("velocity")
    if v is None:
        v = np.zeros_like(w)
    v = mu * v + lr * dw
    config["learning_rate"], config["momentum"], config["velocity"] = lr, mu, v
    return w - v, config
