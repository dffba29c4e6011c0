"""A list of steps, and a penalty on all parameters except the biases."""

import numpy as np

from coursenn import layers
from coursenn.classifiers.fc_net import FullyConnectedNet as _Right


class FullyConnectedNet(_Right):
    def loss(self, X, y=None):
        p, kept = self.params, []
        out = X.astype(self.dtype)
        for param in self.bn_params:
            param["mode"] = "train" if y is not None else "test"
        for i in range(1, self.num_layers + 1):
            out, fc = layers.affine_forward(out, p[f"W{i}"], p[f"b{i}"])
            norm = relu = None
            if i < self.num_layers:
                if self.normalization:
                    forward = getattr(layers, self.normalization + "_forward")
                    out, norm = forward(out, p[f"gamma{i}"], p[f"beta{i}"], self.bn_params[i - 1])
                out, relu = layers.relu_forward(out)
            kept.append((i, fc, norm, relu))
        if y is None:
            return out
        loss, d = layers.softmax_loss(out, y)
        grads = {}
        for i, fc, norm, relu in reversed(kept):
            if relu is not None:
                d = layers.relu_backward(d, relu)
            if norm is not None:
                d, grads[f"gamma{i}"], grads[f"beta{i}"] = getattr(layers, self.normalization + "_backward")(d, norm)
            d, grads[f"W{i}"], grads[f"b{i}"] = layers.affine_backward(d, fc)
        for name in p:
            if not name.startswith("b"):
                loss += 0.5 * self.reg * np.sum(p[name] ** 2)
                grads[name] = grads[name] + self.reg * p[name]
        return loss, grads
