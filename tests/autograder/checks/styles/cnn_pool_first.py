"""A right convolutional network in another style: pooling before the ReLU, which gives the same, and scores from a method."""

import numpy as np

from coursenn.fast_layers import conv_backward_fast, conv_forward_fast, max_pool_backward_fast, max_pool_forward_fast
from coursenn.layers import affine_backward, affine_forward, relu_backward, relu_forward, softmax_loss


class ThreeLayerConvNet:
    def __init__(
        self, input_dim=(3, 32, 32), num_filters=32, filter_size=7, hidden_dim=100, num_classes=10, weight_scale=1e-3, reg=0.0,
        dtype=np.float32,
    ):  # fmt: skip
        if filter_size % 2 == 0:
            raise ValueError("filter_size must be odd")
        self.params, self.reg, self.dtype = {}, reg, dtype
        example = np.zeros((1, *input_dim))
        filters = np.zeros((num_filters, input_dim[0], filter_size, filter_size))
        self.conv = {"stride": 1, "pad": filter_size // 2}
        self.pool = {"pool_height": 2, "pool_width": 2, "stride": 2}
        # The size after the pooling layer is measured, not computed.
        features, _ = conv_forward_fast(example, filters, np.zeros(num_filters), self.conv)
        size = max_pool_forward_fast(features, self.pool)[0].size
        for i, shape in enumerate((filters.shape, (size, hidden_dim), (hidden_dim, num_classes)), start=1):
            self.params[f"W{i}"] = np.random.normal(0.0, weight_scale, shape).astype(dtype)
            self.params[f"b{i}"] = np.zeros(shape[0] if i == 1 else shape[1], dtype=dtype)

    def loss(self, X, y=None):
        p = self.params
        a, conv = conv_forward_fast(np.array(X, dtype=self.dtype), p["W1"], p["b1"], self.conv)
        a, pool = max_pool_forward_fast(a, self.pool)
        a, relu1 = relu_forward(a)
        a, affine2 = affine_forward(a, p["W2"], p["b2"])
        a, relu2 = relu_forward(a)
        a, affine3 = affine_forward(a, p["W3"], p["b3"])
        if y is None:
            return a
        loss, d = softmax_loss(a, y)
        g = {}
        d, g["W3"], g["b3"] = affine_backward(d, affine3)
        d, g["W2"], g["b2"] = affine_backward(relu_backward(d, relu2), affine2)
        g["W1"], g["b1"] = conv_backward_fast(max_pool_backward_fast(relu_backward(d, relu1), pool), conv)[1:]
        for name in [n for n in p if n.startswith("W")]:
            loss += (self.reg * 0.5) * (p[name] ** 2).sum()
            g[name] = g[name] + p[name] * self.reg
        return loss, g
