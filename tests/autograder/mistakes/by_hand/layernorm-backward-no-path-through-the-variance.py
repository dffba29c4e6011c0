"""An example at a time."""

import numpy as np


def layernorm_forward(x, gamma, beta, ln_param):
    rows, kept = [], []
    for row in x:
        sd = (row.var() + ln_param.get("eps", 1e-5)) ** 0.5
        rows.append((row - row.mean()) / sd)
        kept.append(sd)
    hat = np.stack(rows)
    return hat * gamma + beta, (hat, kept, gamma)


def layernorm_backward(dout, cache):
    hat, kept, gamma = cache
    dx = np.zeros_like(dout)
    for i, sd in enumerate(kept):
        g = dout[i] * gamma / sd
        dx[i] = g - g.mean()
    return dx, (dout * hat).sum(axis=0), dout.sum(axis=0)
