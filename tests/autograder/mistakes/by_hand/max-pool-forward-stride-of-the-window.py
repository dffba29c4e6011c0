"""Steps of the size of the window."""

import numpy as np


def max_pool_forward_naive(x, pool_param):
    ph, pw, s = (pool_param[k] for k in ("pool_height", "pool_width", "stride"))
    N, C, H, W = x.shape
    out = np.zeros((N, C, (H - ph) // s + 1, (W - pw) // s + 1), x.dtype)
    for n, c, i, j in np.ndindex(*out.shape):
        out[n, c, i, j] = np.max(x[n, c, i * ph : (i + 1) * ph, j * pw : (j + 1) * pw])
    return out, (x, pool_param)
