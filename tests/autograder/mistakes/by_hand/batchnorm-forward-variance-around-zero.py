"""Uses the mean of the squares as the variance."""

import numpy as np


def batchnorm_forward(x, gamma, beta, bn_param):
    eps, momentum = bn_param.get("eps", 1e-5), bn_param.get("momentum", 0.9)
    state = {k: bn_param.get(k, np.zeros(x.shape[1], x.dtype)) for k in ("running_mean", "running_var")}
    if bn_param["mode"] == "train":
        first = np.average(x, axis=0)
        second = np.average(x * x, axis=0)
        for key, value in zip(state, (first, second), strict=True):
            state[key] = momentum * state[key] + (1 - momentum) * value
        normed = (x - first) * (1 / np.sqrt(second + eps))
    else:
        normed = (x - state["running_mean"]) * (1 / np.sqrt(state["running_var"] + eps))
    bn_param.update(state)
    return np.multiply(normed, gamma) + beta, normed
