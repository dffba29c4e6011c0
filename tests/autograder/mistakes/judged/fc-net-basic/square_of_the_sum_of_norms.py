"""Adds the norms and squares the sum."""

import numpy as np

from coursenn.classifiers.fc_net import FullyConnectedNetBasic as _Right


class FullyConnectedNetBasic(_Right):
    def loss(self, X, y=None):
        if y is None:
            return super().loss(X)
        reg = self.reg
        self.reg = 0.0
        loss, grads = super().loss(X, y)
        self.reg = reg
        total = 0.0
        for i in range(1, self.num_layers + 1):
            W = self.params["W" + str(i)]
            total += np.linalg.norm(W)
            grads["W" + str(i)] += reg * W
        loss += 0.5 * reg * total**2
        return loss, grads
