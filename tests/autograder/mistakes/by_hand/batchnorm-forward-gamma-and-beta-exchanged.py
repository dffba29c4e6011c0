"""A scale named beta."""

import numpy as np


def batchnorm_forward(x, gamma, beta, bn_param):
    eps, momentum = bn_param.get("eps", 1e-5), bn_param.get("momentum", 0.9)
    state = [bn_param.get("running_mean", np.zeros(x.shape[1], x.dtype)), bn_param.get("running_var", np.zeros(x.shape[1], x.dtype))]
    use = state
    if bn_param["mode"] == "train":
        use = [x.mean(axis=0), x.var(axis=0)]
        state = [momentum * old + (1 - momentum) * new for old, new in zip(state, use, strict=True)]
    bn_param["running_mean"], bn_param["running_var"] = state
    hat = (x - use[0]) / np.sqrt(use[1] + eps)
    return beta * hat + gamma, hat
