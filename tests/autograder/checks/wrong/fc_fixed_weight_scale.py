"""Draws the first weights with the default scale for every weight_scale. task: two-layer-net"""


class TwoLayerNet(TwoLayerNet):  # noqa: F821
    def __init__(self, *args, weight_scale=1e-3, **kwargs):
        super().__init__(*args, **kwargs)
