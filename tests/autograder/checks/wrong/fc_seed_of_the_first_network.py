"""Uses the seed of the first network for all networks. task: fc-net-dropout, edge"""

_PARAM = {}


class FullyConnectedNet(FullyConnectedNet):  # noqa: F821
    def loss(self, X, y=None):
        if "seed" in self.dropout_param:
            self.dropout_param["seed"] = _PARAM.setdefault("seed", self.dropout_param["seed"])
        return super().loss(X, y)
