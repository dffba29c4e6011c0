"""Draws first weights of the default size, whatever is asked for. task: two-layer-net"""


class TwoLayerNet(TwoLayerNet):  # noqa: F821
    def __init__(self, *args, weight_scale=1e-3, **kwargs):
        super().__init__(*args, **kwargs)
