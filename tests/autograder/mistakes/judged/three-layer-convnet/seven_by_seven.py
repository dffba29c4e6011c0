"""Uses the default filter size instead of the argument."""

import numpy as np

from coursenn.classifiers.cnn import ThreeLayerConvNet as _Right


class ThreeLayerConvNet(_Right):
    def __init__(
        self,
        input_dim=(3, 32, 32),
        num_filters=32,
        filter_size=7,
        hidden_dim=100,
        num_classes=10,
        weight_scale=1e-3,
        reg=0.0,
        dtype=np.float32,
    ):
        super().__init__(input_dim, num_filters, filter_size, hidden_dim, num_classes, weight_scale, reg, dtype)
        C, H, W = input_dim
        self.params["W1"] = weight_scale * np.random.randn(num_filters, C, 7, 7)
        self.params["W2"] = weight_scale * np.random.randn(num_filters * (H // 2) * (W // 2), hidden_dim)
        self.params["W3"] = weight_scale * np.random.randn(hidden_dim, num_classes)
        for name in self.params:
            self.params[name] = self.params[name].astype(dtype)
