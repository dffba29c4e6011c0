"""Has the right padding only for filters of 3 and 5. task: three-layer-convnet"""


class ThreeLayerConvNet(ThreeLayerConvNet):  # noqa: F821
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.conv_param = {"stride": 1, "pad": {3: 1, 5: 2}.get(self.params["W1"].shape[2], 0)}
