"""Shrinks the weights at every call, which is a step that the optimiser should make. task: fc-net-basic, edge"""


class FullyConnectedNetBasic(FullyConnectedNetBasic):  # noqa: F821
    def loss(self, X, y=None):
        result = super().loss(X, y)
        self.params["W1"] *= 0.999
        return result
