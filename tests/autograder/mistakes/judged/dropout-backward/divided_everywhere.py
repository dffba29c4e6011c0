"""Undoes the scaling and forgets which units were dropped."""


def dropout_backward(dout, cache):
    param, mask = cache
    if param["mode"] == "train":
        return dout / param["p"]
    return dout
