"""Transposes, so that the examples come last, and flattens."""


def affine_forward(x, w, b):
    x_rsp = x.T.reshape(-1, x.shape[0])
    out = (w.T.dot(x_rsp)).T + b
    cache = (x, w, b)
    return out, cache
