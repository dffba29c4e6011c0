"""randn for all four parameters."""

import numpy as np

from coursenn.classifiers.fc_net import TwoLayerNet as _Right


class TwoLayerNet(_Right):
    def __init__(self, input_dim=3072, hidden_dims=100, num_classes=10, dropout=0, weight_scale=1e-3, reg=0.0, *, hidden_dim=None,
                 dtype=np.float64):  # fmt: skip
        H = hidden_dims if hidden_dim is None else hidden_dim
        self.reg, self.dtype, self.hidden_dim = reg, dtype, H
        shapes = {"W1": (input_dim, H), "b1": (H,), "W2": (H, num_classes), "b2": (num_classes,)}
        self.params = {k: (weight_scale * np.random.randn(*s)).astype(dtype) for k, s in shapes.items()}
