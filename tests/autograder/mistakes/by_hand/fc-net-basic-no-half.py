"""Penalty without one half."""

import numpy as np

from coursenn.classifiers.fc_net import FullyConnectedNetBasic as _Right
from coursenn.layer_utils import affine_relu_backward, affine_relu_forward
from coursenn.layers import affine_backward, affine_forward, softmax_loss


class FullyConnectedNetBasic(_Right):
    def loss(self, X, y=None):
        L, h, c = self.num_layers, X.astype(self.dtype), {}
        for i in range(1, L):
            h, c[i] = affine_relu_forward(h, self.params[f"W{i}"], self.params[f"b{i}"])
        s, c[L] = affine_forward(h, self.params[f"W{L}"], self.params[f"b{L}"])
        if y is None:
            return s
        loss, d = softmax_loss(s, y)
        g = {}
        for i in range(L, 0, -1):
            backward = affine_backward if i == L else affine_relu_backward
            d, g[f"W{i}"], g[f"b{i}"] = backward(d, c[i])
            g[f"W{i}"] = g[f"W{i}"] + self.reg * self.params[f"W{i}"]
        return loss + self.reg * sum(np.linalg.norm(self.params[f"W{i}"]) ** 2 for i in range(1, L + 1)), g
