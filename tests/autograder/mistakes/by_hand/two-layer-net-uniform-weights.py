"""np.random.rand for both layers."""

import numpy as np

from coursenn.classifiers.fc_net import TwoLayerNet as _Right


class TwoLayerNet(_Right):
    def __init__(self, input_dim=3072, hidden_dims=100, num_classes=10, dropout=0, weight_scale=1e-3, reg=0.0, *, hidden_dim=None,
                 dtype=np.float64):  # fmt: skip
        hidden = hidden_dim or hidden_dims
        self.reg, self.dtype, self.hidden_dim = reg, dtype, hidden
        self.params = {"W1": weight_scale * np.random.rand(input_dim, hidden), "b1": np.zeros(hidden)}
        self.params["W2"], self.params["b2"] = weight_scale * np.random.rand(hidden, num_classes), np.zeros(num_classes)
        self.params = {k: v.astype(dtype) for k, v in self.params.items()}
