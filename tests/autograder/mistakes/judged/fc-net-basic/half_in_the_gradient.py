"""Carries the half of the loss over into the gradient."""

from coursenn.classifiers.fc_net import FullyConnectedNetBasic as _Right


class FullyConnectedNetBasic(_Right):
    def loss(self, X, y=None):
        result = super().loss(X, y)
        if y is None:
            return result
        loss, grads = result
        for name, W in self.params.items():
            if name.startswith("W"):
                # It was reg * W before.
                grads[name] = grads[name] - 0.5 * self.reg * W
        return loss, grads
