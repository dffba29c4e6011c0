"""Adds the L2 gradient in the loop over the hidden layers, which leaves out the last layer."""

from coursenn.classifiers.fc_net import FullyConnectedNet as _Right


class FullyConnectedNet(_Right):
    def loss(self, X, y=None):
        result = super().loss(X, y)
        if y is None:
            return result
        loss, grads = result
        last = "W" + str(self.num_layers)
        grads[last] = grads[last] - self.reg * self.params[last]
        return loss, grads
