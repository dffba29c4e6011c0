"""One loop for all layers."""

import numpy as np

from coursenn.classifiers.fc_net import FullyConnectedNetBasic as _Right
from coursenn.layer_utils import affine_relu_backward, affine_relu_forward
from coursenn.layers import softmax_loss


class FullyConnectedNetBasic(_Right):
    def loss(self, X, y=None):
        a, caches = np.asarray(X, self.dtype), {}
        for i in range(1, self.num_layers + 1):
            a, caches[i] = affine_relu_forward(a, self.params[f"W{i}"], self.params[f"b{i}"])
        if y is None:
            return a
        loss, d = softmax_loss(a, y)
        grads = {}
        for i in sorted(caches, reverse=True):
            d, dW, grads[f"b{i}"] = affine_relu_backward(d, caches[i])
            grads[f"W{i}"] = dW + self.reg * self.params[f"W{i}"]
            loss += self.reg * 0.5 * (self.params[f"W{i}"] ** 2).sum()
        return loss, grads
