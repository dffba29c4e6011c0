"""Loops over images and groups."""

import numpy as np


def spatial_groupnorm_forward(x, gamma, beta, G, gn_param):
    g = x.reshape(len(x), G, -1)
    sd = np.sqrt(g.var(axis=-1) + gn_param.get("eps", 1e-5))
    hat = ((g - g.mean(axis=-1)[..., None]) / sd[..., None]).reshape(x.shape)
    return gamma * hat + beta, {"hat": hat, "sd": sd, "gamma": gamma}


def spatial_groupnorm_backward(dout, cache):
    hat, sd = cache["hat"], cache["sd"]
    up = dout * cache["gamma"]
    size = dout.shape[1] // sd.shape[1]
    dx = np.zeros_like(dout)
    for n in range(sd.shape[0]):
        for i in range(sd.shape[1]):
            part = n, slice(i * size, (i + 1) * size)
            dx[part] = (up[part] - hat[part] * np.mean(up[part] * hat[part])) / sd[n, i]
    return dx, np.sum(dout * hat, axis=(0, 2, 3))[None, :, None, None], np.sum(dout, axis=(0, 2, 3))[None, :, None, None]
