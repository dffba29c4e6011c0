"""Rounds the pooled size of an odd image up. task: three-layer-convnet"""

import numpy as np


class ThreeLayerConvNet(ThreeLayerConvNet):  # noqa: F821
    def __init__(self, input_dim=(3, 32, 32), **kwargs):
        C, H, W = input_dim
        super().__init__((C, H + H % 2, W + W % 2), **kwargs)

    def loss(self, X, y=None):
        return super().loss(np.pad(X, ((0, 0), (0, 0), (0, X.shape[2] % 2), (0, X.shape[3] % 2))), y)
