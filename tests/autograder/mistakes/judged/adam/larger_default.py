"""Uses the learning rate of the rule above."""

import numpy as np


def adam(w, dw, config=None):
    config = {} if config is None else config
    for k, d in dict(learning_rate=1e-2, beta1=0.9, beta2=0.999, epsilon=1e-8, m=np.zeros_like(w), v=np.zeros_like(w), t=0).items():
        config[k] = config.get(k, d)
    config["t"] += 1
    config["m"] = config["beta1"] * config["m"] + (1 - config["beta1"]) * dw
    config["v"] = config["beta2"] * config["v"] + (1 - config["beta2"]) * dw * dw
    correction = np.sqrt(1 - config["beta2"] ** config["t"]) / (1 - config["beta1"] ** config["t"])
    eps = config["epsilon"] * np.sqrt(1 - config["beta2"] ** config["t"])
    return w - config["learning_rate"] * correction * config["m"] / (np.sqrt(config["v"]) + eps), config
