"""Leaves the regularization out of the larger network."""

from coursenn.classifiers.fc_net import FullyConnectedNet as _Right


class FullyConnectedNet(_Right):
    def loss(self, X, y=None):
        kept = self.reg
        self.reg = 0
        try:
            return super().loss(X, y)
        finally:
            self.reg = kept
