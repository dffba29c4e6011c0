"""Differentiates the square and forgets the half in front."""

import numpy as np

from coursenn.classifiers.fc_net import TwoLayerNet as _Right


class TwoLayerNet(_Right):
    def loss(self, X, y=None):
        if y is None:
            return super().loss(X)
        strength, self.reg = self.reg, 0.0
        loss, grads = super().loss(X, y)
        self.reg = strength
        W1, W2 = self.params["W1"], self.params["W2"]
        loss = loss + strength / 2 * (np.sum(W1**2) + np.sum(W2**2))
        grads["W1"] = grads["W1"] + 2 * strength * W1
        grads["W2"] = grads["W2"] + 2 * strength * W2
        return loss, grads
