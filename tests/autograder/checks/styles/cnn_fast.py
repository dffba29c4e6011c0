"""A right convolutional network in another style: fast layers one by one, a separate L2 term, parameters in a loop."""

import numpy as np

from coursenn import fast_layers as fast
from coursenn.layers import affine_backward, affine_forward, relu_backward, relu_forward, softmax_loss

WEIGHTS = "W1", "W2", "W3"


class ThreeLayerConvNet:
    def __init__(
        self, input_dim=(3, 32, 32), num_filters=32, filter_size=7, hidden_dim=100, num_classes=10, weight_scale=1e-3, reg=0.0,
        dtype=np.float32,
    ):  # fmt: skip
        if filter_size % 2 == 0:
            raise ValueError("filter_size must be odd")
        self.reg, self.dtype = reg, dtype
        self.pad = (filter_size - 1) // 2
        channels, height, width = input_dim
        W1 = weight_scale * np.random.standard_normal((num_filters, channels, filter_size, filter_size))
        W2 = weight_scale * np.random.standard_normal((num_filters * (height >> 1) * (width >> 1), hidden_dim))
        W3 = weight_scale * np.random.standard_normal((hidden_dim, num_classes))
        self.params = {"W1": W1, "b1": np.zeros(num_filters), "W2": W2, "b2": np.zeros(hidden_dim), "W3": W3, "b3": np.zeros(num_classes)}
        for name, value in self.params.items():
            self.params[name] = np.asarray(value, dtype=dtype)

    def _forward(self, X):
        p = self.params
        a1, conv = fast.conv_forward_fast(X.astype(self.dtype), p["W1"], p["b1"], {"stride": 1, "pad": self.pad})
        h1, relu1 = relu_forward(a1)
        pooled, pool = fast.max_pool_forward_fast(h1, {"pool_height": 2, "pool_width": 2, "stride": 2})
        a2, affine2 = affine_forward(pooled, p["W2"], p["b2"])
        h2, relu2 = relu_forward(a2)
        scores, affine3 = affine_forward(h2, p["W3"], p["b3"])
        return scores, (conv, relu1, pool, affine2, relu2, affine3)

    def _penalty(self):
        return sum(self.reg * np.square(self.params[name]).sum() for name in WEIGHTS) / 2

    def loss(self, X, y=None):
        scores, (conv, relu1, pool, affine2, relu2, affine3) = self._forward(X)
        if y is None:
            return scores
        data_loss, d = softmax_loss(scores, y)
        grads = dict.fromkeys(self.params)
        d, grads["W3"], grads["b3"] = affine_backward(d, affine3)
        d, grads["W2"], grads["b2"] = affine_backward(relu_backward(d, relu2), affine2)
        d = relu_backward(fast.max_pool_backward_fast(d, pool), relu1)
        _, grads["W1"], grads["b1"] = fast.conv_backward_fast(d, conv)
        for name in WEIGHTS:
            grads[name] = grads[name] + self.reg * self.params[name]
        return data_loss + self._penalty(), grads
