"""Casts to float64 whatever dtype says, and forgets the half."""

import numpy as np

from coursenn.classifiers.fc_net import FullyConnectedNetBasic as _Right
from coursenn.layer_utils import affine_relu_backward, affine_relu_forward
from coursenn.layers import affine_backward, affine_forward, softmax_loss


class FullyConnectedNetBasic(_Right):
    def loss(self, X, y=None):
        out, L, stack = X.astype(np.float64), self.num_layers, []
        for i in range(1, L):
            out, cache = affine_relu_forward(out, self.params[f"W{i}"], self.params[f"b{i}"])
            stack.append(cache)
        scores, cache = affine_forward(out, self.params[f"W{L}"], self.params[f"b{L}"])
        if y is None:
            return scores
        loss, dout = softmax_loss(scores, y)
        grads = {}
        dout, grads[f"W{L}"], grads[f"b{L}"] = affine_backward(dout, cache)
        for i in reversed(range(1, L)):
            dout, grads[f"W{i}"], grads[f"b{i}"] = affine_relu_backward(dout, stack[i - 1])
        for i in range(1, L + 1):
            grads[f"W{i}"] += self.reg * self.params[f"W{i}"]
            loss += self.reg * np.sum(self.params[f"W{i}"] ** 2)
        return loss, grads
