"""A penalty without its half, and two names exchanged."""

import numpy as np

from coursenn.classifiers.fc_net import FullyConnectedNet as _Right


class FullyConnectedNet(_Right):
    def loss(self, X, y=None):
        result = super().loss(X, y)
        if y is None:
            return result
        loss, grads = result
        for i in range(1, self.num_layers + 1):
            loss = loss + 0.5 * self.reg * np.sum(self.params[f"W{i}"] ** 2)
            if self.normalization and i < self.num_layers:
                g = grads.pop(f"gamma{i}")
                grads[f"gamma{i}"] = grads.pop(f"beta{i}")
                grads[f"beta{i}"] = g
        return loss, grads
