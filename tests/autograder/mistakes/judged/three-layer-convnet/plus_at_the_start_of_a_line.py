"""Breaks the sum of the penalty before a plus."""

import numpy as np

from coursenn.classifiers.cnn import ThreeLayerConvNet as _Right


class ThreeLayerConvNet(_Right):
    def loss(self, X, y=None):
        if y is None:
            return super().loss(X)
        reg, self.reg = self.reg, 0.0
        data_loss, grads = super().loss(X, y)
        self.reg = reg
        W1, W2, W3 = (self.params[n] for n in ("W1", "W2", "W3"))
        loss = data_loss + 0.5 * reg * np.sum(W1**2) + 0.5 * reg * np.sum(W2**2)
        +0.5 * reg * np.sum(W3**2)
        for n, W in zip(("W1", "W2", "W3"), (W1, W2, W3)):
            grads[n] = grads[n] + reg * W
        return loss, grads
