"""Unpacks the five gradients in the wrong order."""

from coursenn.classifiers.fc_net import FullyConnectedNet as _Right


class FullyConnectedNet(_Right):
    def loss(self, X, y=None):
        result = super().loss(X, y)
        if y is None or self.normalization is None:
            return result
        loss, grads = result
        for i in range(1, self.num_layers):
            grads[f"gamma{i}"], grads[f"beta{i}"] = grads[f"beta{i}"], grads[f"gamma{i}"]
        return loss, grads
