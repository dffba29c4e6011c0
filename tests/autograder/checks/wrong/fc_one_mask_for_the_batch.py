"""Drops the same units for all examples of a batch. task: fc-net-dropout"""

import numpy as np


def dropout_forward(x, dropout_param):
    if dropout_param["mode"] == "test":
        return x, np.ones_like(x)
    if "seed" in dropout_param:
        np.random.seed(dropout_param["seed"])
    mask = (np.random.rand(1, x.shape[1]) < dropout_param["p"]) / dropout_param["p"]
    return x * mask, mask


def dropout_backward(dout, cache):
    return dout * cache


class FullyConnectedNet(FullyConnectedNet):  # noqa: F821
    pass
