"""A loop over all parameters, after the loss of the parent class without a penalty."""

import numpy as np

from coursenn.classifiers.cnn import ThreeLayerConvNet as _Right


class ThreeLayerConvNet(_Right):
    def loss(self, X, y=None):
        reg, self.reg = self.reg, 0.0
        result = super().loss(X, y)
        self.reg = reg
        if y is None:
            return result
        loss, grads = result
        for name, value in self.params.items():
            loss += 0.5 * reg * np.sum(value**2)
            grads[name] = grads[name] + reg * value
        return loss, grads
