"""Shares one dictionary of parameters between all networks. task: two-layer-net, edge"""

_PARAMS = {}


class TwoLayerNet(TwoLayerNet):  # noqa: F821
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        _PARAMS.clear()
        _PARAMS.update(self.params)
        self.params = _PARAMS
