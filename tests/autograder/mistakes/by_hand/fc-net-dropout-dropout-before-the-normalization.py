"""A tape of backward functions; dropout directly after the affine layer."""

import numpy as np

from coursenn import layers
from coursenn.classifiers.fc_net import FullyConnectedNet as _Right


class FullyConnectedNet(_Right):
    def loss(self, X, y=None):
        p, L = self.params, self.num_layers
        mode = "train" if y is not None else "test"
        for d in self.bn_params:
            d["mode"] = mode
        self.dropout_param["mode"] = mode
        a, back = X.astype(self.dtype), []
        for i in range(1, L):
            a, c = layers.affine_forward(a, p[f"W{i}"], p[f"b{i}"])
            back.append((layers.affine_backward, c, (f"W{i}", f"b{i}")))
            if self.use_dropout:
                a, c = layers.dropout_forward(a, self.dropout_param)
                back.append((layers.dropout_backward, c, ()))
            if self.normalization is not None:
                a, c = getattr(layers, f"{self.normalization}_forward")(a, p[f"gamma{i}"], p[f"beta{i}"], self.bn_params[i - 1])
                back.append((getattr(layers, f"{self.normalization}_backward"), c, (f"gamma{i}", f"beta{i}")))
            a, c = layers.relu_forward(a)
            back.append((layers.relu_backward, c, ()))
        a, c = layers.affine_forward(a, p[f"W{L}"], p[f"b{L}"])
        if y is None:
            return a
        loss, d = layers.softmax_loss(a, y)
        grads = {}
        d, grads[f"W{L}"], grads[f"b{L}"] = layers.affine_backward(d, c)
        for backward, c, names in back[::-1]:
            result = backward(d, c)
            d, *own = result if names else (result,)
            grads.update(zip(names, own, strict=True))
        for i in range(1, L + 1):
            loss += 0.5 * self.reg * np.sum(p[f"W{i}"] ** 2)
            grads[f"W{i}"] = grads[f"W{i}"] + self.reg * p[f"W{i}"]
        return loss, grads
