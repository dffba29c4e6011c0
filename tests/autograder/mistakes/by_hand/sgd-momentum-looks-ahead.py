"""Nesterov, in the form of a well-known course."""

import numpy as np


def sgd_momentum(w, dw, config=None):
    config = {} if config is None else config
    lr, mu = config.setdefault("learning_rate", 1e-2), config.setdefault("momentum", 0.9)
    before = config.get("velocity", np.zeros_like(w))
    after = mu * before - lr * dw
    config["velocity"] = after
    return w - mu * before + (1 + mu) * after, config
