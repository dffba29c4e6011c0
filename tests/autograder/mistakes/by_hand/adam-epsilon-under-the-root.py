"""The efficient form: one corrected rate, eps under the root."""

import numpy as np


def adam(w, dw, config=None):
    config = config or {}
    config = {"learning_rate": 1e-3, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8, "t": 0, "m": np.zeros_like(w),
              "v": np.zeros_like(w)} | config  # fmt: skip
    t = config["t"] = config["t"] + 1
    m = config["m"] = config["m"] - (1 - config["beta1"]) * (config["m"] - dw)
    v = config["v"] = config["v"] - (1 - config["beta2"]) * (config["v"] - dw**2)
    first, second = m / (1 - config["beta1"] ** t), v / (1 - config["beta2"] ** t)
    return w - config["learning_rate"] * first * (second + config["epsilon"]) ** -0.5, config
