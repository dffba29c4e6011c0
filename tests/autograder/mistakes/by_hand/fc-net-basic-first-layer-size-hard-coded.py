"""3072 in the constructor."""

import numpy as np

from coursenn.classifiers.fc_net import FullyConnectedNetBasic as _Right


class FullyConnectedNetBasic(_Right):
    def __init__(self, hidden_dims, input_dim=3072, num_classes=10, reg=0.0, weight_scale=1e-2, dtype=np.float32):
        super().__init__(hidden_dims, 32 * 32 * 3, num_classes, reg, weight_scale, dtype)
