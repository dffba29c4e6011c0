"""All hidden layers have the size of the first."""

import numpy as np

from coursenn.classifiers.fc_net import FullyConnectedNetBasic as _Right


class FullyConnectedNetBasic(_Right):
    def __init__(self, hidden_dims, input_dim=3072, num_classes=10, reg=0.0, weight_scale=1e-2, dtype=np.float32):
        self.reg, self.dtype, self.num_layers = reg, dtype, len(hidden_dims) + 1
        sizes = [input_dim] + [hidden_dims[0]] * len(hidden_dims) + [num_classes]
        self.params = {}
        for i, (rows, columns) in enumerate(zip(sizes[:-1], sizes[1:], strict=True), 1):
            self.params[f"W{i}"] = np.random.normal(0, weight_scale, (rows, columns)).astype(dtype)
            self.params[f"b{i}"] = np.zeros(columns, dtype)
