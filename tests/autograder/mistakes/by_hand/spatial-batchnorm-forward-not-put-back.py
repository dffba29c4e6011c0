"""moveaxis on the way in, a plain reshape on the way out."""

import numpy as np

from coursenn.layers import batchnorm_forward


def spatial_batchnorm_forward(x, gamma, beta, bn_param):
    last = np.moveaxis(x, 1, -1)
    out, cache = batchnorm_forward(last.reshape(-1, last.shape[-1]), gamma, beta, bn_param)
    return out.reshape(x.shape), cache
