"""Does not keep the caches of the dropout layers."""

import numpy as np

from coursenn.classifiers.fc_net import FullyConnectedNet as _Right
from coursenn.layer_utils import affine_norm_relu_backward, affine_norm_relu_forward, affine_relu_backward, affine_relu_forward
from coursenn.layers import affine_backward, affine_forward, dropout_forward, softmax_loss


class FullyConnectedNet(_Right):
    def loss(self, X, y=None):
        mode = "train" if y is not None else "test"
        for param in self.bn_params + ([self.dropout_param] if self.use_dropout else []):
            param["mode"] = mode
        h, L, norm, caches = X.astype(self.dtype), self.num_layers, self.normalization, []
        for i in range(1, L):
            W, b = self.params[f"W{i}"], self.params[f"b{i}"]
            if norm:
                scale, shift = self.params[f"gamma{i}"], self.params[f"beta{i}"]
                h, cache = affine_norm_relu_forward(h, W, b, scale, shift, self.bn_params[i - 1], norm)
            else:
                h, cache = affine_relu_forward(h, W, b)
            if self.use_dropout:
                h, _ = dropout_forward(h, self.dropout_param)
            caches.append(cache)
        scores, cache = affine_forward(h, self.params[f"W{L}"], self.params[f"b{L}"])
        if y is None:
            return scores
        loss, d = softmax_loss(scores, y)
        g = {}
        d, g[f"W{L}"], g[f"b{L}"] = affine_backward(d, cache)
        for i in range(L - 1, 0, -1):
            if norm:
                d, g[f"W{i}"], g[f"b{i}"], g[f"gamma{i}"], g[f"beta{i}"] = affine_norm_relu_backward(d, caches[i - 1])
            else:
                d, g[f"W{i}"], g[f"b{i}"] = affine_relu_backward(d, caches[i - 1])
        for i in range(1, L + 1):
            loss += self.reg / 2 * np.sum(self.params[f"W{i}"] ** 2)
            g[f"W{i}"] = g[f"W{i}"] + self.reg * self.params[f"W{i}"]
        return loss, g
