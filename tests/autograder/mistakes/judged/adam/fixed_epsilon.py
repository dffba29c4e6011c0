"""Sets a default epsilon and never uses it."""

import numpy as np


def adam(w, dw, config=None):
    config = {} if config is None else config
    config.setdefault("learning_rate", 1e-3)
    config.setdefault("beta1", 0.9)
    config.setdefault("beta2", 0.999)
    config.setdefault("epsilon", 1e-8)
    t = config.get("t", 0) + 1
    m = config["beta1"] * config.get("m", 0.0) + (1 - config["beta1"]) * dw
    v = config["beta2"] * config.get("v", 0.0) + (1 - config["beta2"]) * np.power(dw, 2)
    config["t"], config["m"], config["v"] = t, m, v
    m_hat = m / (1 - config["beta1"] ** t)
    v_hat = v / (1 - config["beta2"] ** t)
    return w - config["learning_rate"] * m_hat / (v_hat**0.5 + 1e-8), config
