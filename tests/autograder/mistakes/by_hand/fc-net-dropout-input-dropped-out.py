"""Also drops pixels."""

import numpy as np

from coursenn import layers
from coursenn.classifiers.fc_net import FullyConnectedNet as _Right


class FullyConnectedNet(_Right):
    def loss(self, X, y=None):
        p, mode = self.params, "test" if y is None else "train"
        a, steps = np.reshape(X, (len(X), -1)).astype(self.dtype), []
        if self.use_dropout:
            a, _ = layers.dropout_forward(a, {**self.dropout_param, "mode": mode})
        for i in range(1, self.num_layers + 1):
            a, fc = layers.affine_forward(a, p[f"W{i}"], p[f"b{i}"])
            step = {"i": i, "fc": fc}
            if i < self.num_layers:
                if self.normalization:
                    param = self.bn_params[i - 1]
                    param["mode"] = mode
                    forward = layers.batchnorm_forward if self.normalization == "batchnorm" else layers.layernorm_forward
                    a, step["norm"] = forward(a, p[f"gamma{i}"], p[f"beta{i}"], param)
                step["mask"] = a > 0
                a = np.where(step["mask"], a, 0)
                if self.use_dropout:
                    a, step["drop"] = layers.dropout_forward(a, {**self.dropout_param, "mode": mode})
            steps.append(step)
        if y is None:
            return a
        loss, d = layers.softmax_loss(a, y)
        grads = {}
        for step in reversed(steps):
            i = step["i"]
            if "drop" in step:
                d = layers.dropout_backward(d, step["drop"])
            if "mask" in step:
                d = np.where(step["mask"], d, 0)
            if "norm" in step:
                backward = layers.batchnorm_backward if self.normalization == "batchnorm" else layers.layernorm_backward
                d, grads[f"gamma{i}"], grads[f"beta{i}"] = backward(d, step["norm"])
            d, dW, grads[f"b{i}"] = layers.affine_backward(d, step["fc"])
            grads[f"W{i}"] = dW + self.reg * p[f"W{i}"]
            loss += 0.5 * self.reg * np.sum(p[f"W{i}"] ** 2)
        return loss, grads
