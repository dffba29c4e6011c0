"""Shrinks the weights at every call, which only the optimiser should do. task: fc-net-basic, edge"""


class FullyConnectedNetBasic(FullyConnectedNetBasic):  # noqa: F821
    def loss(self, X, y=None):
        result = super().loss(X, y)
        self.params["W1"] *= 0.999
        return result
