"""A gamma for every layer."""

import numpy as np

from coursenn.classifiers.fc_net import FullyConnectedNet as _Right


class FullyConnectedNet(_Right):
    def __init__(self, hidden_dims, input_dim=3072, num_classes=10, dropout_keep_ratio=1, normalization=None, **more):
        super().__init__(hidden_dims, input_dim, num_classes, dropout_keep_ratio, normalization, **more)
        if normalization:
            self.params[f"gamma{self.num_layers}"] = np.ones(num_classes, self.dtype)
            self.params[f"beta{self.num_layers}"] = np.zeros(num_classes, self.dtype)
