"""Right update rules in another style: a new config on every call, other algebra."""

import math

import numpy as np


def sgd_momentum(w, dw, config=None):
    new = {"learning_rate": 1e-2, "momentum": 0.9, **(config or {})}
    step = new["learning_rate"] * dw - new["momentum"] * new.get("velocity", 0.0)
    new["velocity"] = -step
    return w - step, new


def rmsprop(w, dw, config=None):
    new = {"learning_rate": 1e-2, "decay_rate": 0.99, "epsilon": 1e-8, "cache": np.zeros(w.shape, w.dtype), **(config or {})}
    new["cache"] = new["cache"] + (1 - new["decay_rate"]) * (np.square(dw) - new["cache"])
    direction = dw / (new["cache"] ** 0.5 + new["epsilon"])
    return w - new["learning_rate"] * direction, new


def adam(w, dw, config=None):
    new = {"learning_rate": 1e-3, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8, "m": 0 * w, "v": 0 * w, "t": 0, **(config or {})}
    new["t"] = new["t"] + 1
    new["m"] = new["m"] + (1 - new["beta1"]) * (dw - new["m"])
    new["v"] = new["v"] + (1 - new["beta2"]) * (dw * dw - new["v"])
    # One factor in place of two corrections; epsilon is scaled with it.
    root = math.sqrt(1 - new["beta2"] ** new["t"])
    rate = new["learning_rate"] * root / (1 - new["beta1"] ** new["t"])
    return w - rate * new["m"] / (np.sqrt(new["v"]) + root * new["epsilon"]), new
