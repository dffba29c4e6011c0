"""An image at a time."""

import numpy as np

from coursenn.layers import batchnorm_forward


def spatial_batchnorm_forward(x, gamma, beta, bn_param):
    outs = []
    for image in x:
        c, h, w = image.shape
        flat, cache = batchnorm_forward(image.reshape(c, -1).T, gamma, beta, bn_param)
        outs.append(flat.T.reshape(c, h, w))
    return np.stack(outs), cache
