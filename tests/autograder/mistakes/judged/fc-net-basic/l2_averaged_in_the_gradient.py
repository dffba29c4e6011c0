"""Divides the whole gradient of a weight by the batch size, but not the loss."""

from coursenn.classifiers.fc_net import FullyConnectedNetBasic as _Right


class FullyConnectedNetBasic(_Right):
    def loss(self, X, y=None):
        result = super().loss(X, y)
        if y is None:
            return result
        loss, grads = result
        for i in range(self.num_layers):
            W = self.params[f"W{i + 1}"]
            grads[f"W{i + 1}"] += self.reg * W / X.shape[0] - self.reg * W
        return loss, grads
