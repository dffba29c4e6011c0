"""The size of the second matrix from the height only."""

import numpy as np

from coursenn.classifiers.cnn import ThreeLayerConvNet as _Right


class ThreeLayerConvNet(_Right):
    def __init__(self, input_dim=(3, 32, 32), num_filters=32, filter_size=7, hidden_dim=100, num_classes=10, weight_scale=1e-3, reg=0.0,
                 dtype=np.float32):  # fmt: skip
        C, H, W = input_dim
        super().__init__((C, H, H), num_filters, filter_size, hidden_dim, num_classes, weight_scale, reg, dtype)
