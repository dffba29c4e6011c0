"""The parameters exist; the forward pass does not use them."""

import numpy as np

from coursenn.classifiers.fc_net import FullyConnectedNet as _Right
from coursenn.layer_utils import affine_relu_backward, affine_relu_forward
from coursenn.layers import affine_backward, affine_forward, softmax_loss


class FullyConnectedNet(_Right):
    def loss(self, X, y=None):
        p, L, h, c = self.params, self.num_layers, X.astype(self.dtype), {}
        for i in range(1, L):
            h, c[i] = affine_relu_forward(h, p[f"W{i}"], p[f"b{i}"])
        s, c[L] = affine_forward(h, p[f"W{L}"], p[f"b{L}"])
        if y is None:
            return s
        loss, d = softmax_loss(s, y)
        g = {}
        for i in range(L, 0, -1):
            d, g[f"W{i}"], g[f"b{i}"] = (affine_backward if i == L else affine_relu_backward)(d, c[i])
            g[f"W{i}"] = g[f"W{i}"] + self.reg * p[f"W{i}"]
            loss += 0.5 * self.reg * np.sum(p[f"W{i}"] ** 2)
        return loss, g
