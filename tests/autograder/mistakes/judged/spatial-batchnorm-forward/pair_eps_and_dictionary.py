"""Makes its own dictionary, and puts the usual eps into it."""

from coursenn.layers import batchnorm_forward


def spatial_batchnorm_forward(x, gamma, beta, bn_param):
    N, C, H, W = x.shape
    param = dict(bn_param)
    param["eps"] = 1e-5
    rows = x.transpose(0, 2, 3, 1).reshape(N * H * W, C)
    out, cache = batchnorm_forward(rows, gamma, beta, param)
    return out.reshape(N, H, W, C).transpose(0, 3, 1, 2), cache
