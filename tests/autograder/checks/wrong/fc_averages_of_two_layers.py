"""Keeps running averages only for the first two hidden layers. task: fc-net-normalization"""


class FullyConnectedNet(FullyConnectedNet):  # noqa: F821
    def loss(self, X, y=None):
        if self.normalization == "batchnorm" and y is not None:
            for param in self.bn_params[2:]:
                param.clear()
                param["mode"] = "train"
        return super().loss(X, y)
