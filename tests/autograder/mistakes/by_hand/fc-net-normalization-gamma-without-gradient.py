"""Assigns the gradient of gamma to a name that is not used."""

import numpy as np

from coursenn import layers
from coursenn.classifiers.fc_net import FullyConnectedNet as _Right


class FullyConnectedNet(_Right):
    def loss(self, X, y=None):
        p, L, kept = self.params, self.num_layers, {}
        h = X.reshape(len(X), -1).astype(self.dtype)
        for d in self.bn_params + [self.dropout_param]:
            d["mode"] = "train" if y is not None else "test"
        for i in range(1, L):
            h, kept["fc", i] = layers.affine_forward(h, p[f"W{i}"], p[f"b{i}"])
            if self.normalization:
                norm = getattr(layers, self.normalization + "_forward")
                h, kept["norm", i] = norm(h, p[f"gamma{i}"], p[f"beta{i}"], self.bn_params[i - 1])
            h, kept["relu", i] = layers.relu_forward(h)
            if self.use_dropout:
                h, kept["drop", i] = layers.dropout_forward(h, self.dropout_param)
        s, last = layers.affine_forward(h, p[f"W{L}"], p[f"b{L}"])
        if y is None:
            return s
        loss, d = layers.softmax_loss(s, y)
        g = {}
        d, g[f"W{L}"], g[f"b{L}"] = layers.affine_backward(d, last)
        g[f"W{L}"] = g[f"W{L}"] + self.reg * p[f"W{L}"]
        loss += 0.5 * self.reg * np.sum(p[f"W{L}"] ** 2)
        for i in range(L - 1, 0, -1):
            if self.use_dropout:
                d = layers.dropout_backward(d, kept["drop", i])
            d = layers.relu_backward(d, kept["relu", i])
            if self.normalization:
                d, _, g[f"beta{i}"] = getattr(layers, self.normalization + "_backward")(d, kept["norm", i])
            d, dW, g[f"b{i}"] = layers.affine_backward(d, kept["fc", i])
            g[f"W{i}"] = dW + self.reg * p[f"W{i}"]
            loss += 0.5 * self.reg * np.sum(p[f"W{i}"] ** 2)
        return loss, g
