"""np.asarray with float."""

import numpy as np

from coursenn.classifiers.fc_net import FullyConnectedNetBasic as _Right
from coursenn.layer_utils import affine_relu_backward, affine_relu_forward
from coursenn.layers import affine_backward, affine_forward, softmax_loss


class FullyConnectedNetBasic(_Right):
    def loss(self, X, y=None):
        h, c, L = np.asarray(X, dtype=float), [], self.num_layers
        for i in range(1, L):
            h, one = affine_relu_forward(h, self.params[f"W{i}"], self.params[f"b{i}"])
            c.append(one)
        s, last = affine_forward(h, self.params[f"W{L}"], self.params[f"b{L}"])
        if y is None:
            return s
        loss, d = softmax_loss(s, y)
        g = {}
        d, g[f"W{L}"], g[f"b{L}"] = affine_backward(d, last)
        for i in range(L - 1, 0, -1):
            d, g[f"W{i}"], g[f"b{i}"] = affine_relu_backward(d, c[i - 1])
        for i in range(1, L + 1):
            loss += 0.5 * self.reg * np.sum(self.params[f"W{i}"] ** 2)
            g[f"W{i}"] = g[f"W{i}"] + self.reg * self.params[f"W{i}"]
        return loss, g
