"""A penalty on all parameters except gamma."""

import numpy as np

from coursenn import layers
from coursenn.classifiers.fc_net import FullyConnectedNet as _Right


class FullyConnectedNet(_Right):
    def loss(self, X, y=None):
        p, h, L, c = self.params, X.astype(self.dtype), self.num_layers, []
        for i in range(1, L + 1):
            h, fc = layers.affine_forward(h, p[f"W{i}"], p[f"b{i}"])
            norm = relu = drop = None
            if i < L:
                if self.normalization:
                    self.bn_params[i - 1]["mode"] = "train" if y is not None else "test"
                    h, norm = getattr(layers, f"{self.normalization}_forward")(h, p[f"gamma{i}"], p[f"beta{i}"], self.bn_params[i - 1])
                h, relu = layers.relu_forward(h)
                if self.use_dropout:
                    self.dropout_param["mode"] = "train" if y is not None else "test"
                    h, drop = layers.dropout_forward(h, self.dropout_param)
            c.append((fc, norm, relu, drop))
        if y is None:
            return h
        loss, d = layers.softmax_loss(h, y)
        g = {}
        for i in range(L, 0, -1):
            fc, norm, relu, drop = c.pop()
            d = d if drop is None else layers.dropout_backward(d, drop)
            d = d if relu is None else layers.relu_backward(d, relu)
            if norm is not None:
                d, g[f"gamma{i}"], g[f"beta{i}"] = getattr(layers, f"{self.normalization}_backward")(d, norm)
            d, g[f"W{i}"], g[f"b{i}"] = layers.affine_backward(d, fc)
        for name in p:
            if name[0] in "Wb":
                loss += 0.5 * self.reg * np.sum(p[name] ** 2)
                g[name] = g[name] + self.reg * p[name]
        return loss, g
