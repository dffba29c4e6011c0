"""Every network drops units with the seed of the one that was built first. task: fc-net-dropout, edge"""

_PARAM = {}


class FullyConnectedNet(FullyConnectedNet):  # noqa: F821
    def loss(self, X, y=None):
        if "seed" in self.dropout_param:
            self.dropout_param["seed"] = _PARAM.setdefault("seed", self.dropout_param["seed"])
        return super().loss(X, y)
