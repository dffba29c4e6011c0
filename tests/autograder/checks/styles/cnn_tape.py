"""A right convolutional network in another style: a stack of the functions for the backward pass."""

import numpy as np

from coursenn import layer_utils, layers


class ThreeLayerConvNet:
    def __init__(
        self, input_dim=(3, 32, 32), num_filters=32, filter_size=7, hidden_dim=100, num_classes=10, weight_scale=1e-3, reg=0.0,
        dtype=np.float32,
    ):  # fmt: skip
        if filter_size % 2 == 0:
            raise ValueError("filter_size must be odd")
        self.reg, self.dtype, self.filter_size = reg, np.dtype(dtype), filter_size
        self.params, generator = {}, np.random.default_rng()
        pooled = num_filters * int(np.prod([side // 2 for side in input_dim[1:]]))
        self._add(1, generator.normal(size=(num_filters, input_dim[0], filter_size, filter_size)) * weight_scale, num_filters)
        self._add(2, generator.normal(size=(pooled, hidden_dim)) * weight_scale, hidden_dim)
        self._add(3, generator.normal(size=(hidden_dim, num_classes)) * weight_scale, num_classes)

    def _add(self, i, weights, outputs):
        self.params[f"b{i}"] = np.zeros((outputs,), self.dtype)
        self.params[f"W{i}"] = weights.astype(self.dtype)

    def loss(self, X, y=None):
        self.stack, x = [], X.astype(self.dtype)
        same = {"stride": 1, "pad": self.filter_size // 2}
        x = self._layer(1, layer_utils.conv_relu_forward, layer_utils.conv_relu_backward, x, same)
        x, cache = layers.max_pool_forward_naive(x, {"pool_height": 2, "pool_width": 2, "stride": 2})
        self.stack.append((None, layers.max_pool_backward_naive, cache))
        x = self._layer(2, layer_utils.affine_relu_forward, layer_utils.affine_relu_backward, x)
        x = self._layer(3, layers.affine_forward, layers.affine_backward, x)
        if y is None:
            return x
        loss, d = layers.softmax_loss(x, y)
        grads = {}
        while self.stack:
            i, backward, cache = self.stack.pop()
            if i is None:
                d = backward(d, cache).astype(self.dtype)
                continue
            d, grads[f"W{i}"], grads[f"b{i}"] = backward(d, cache)
            grads[f"W{i}"] = grads[f"W{i}"] + self.reg * self.params[f"W{i}"]
            loss = loss + 0.5 * self.reg * np.linalg.norm(self.params[f"W{i}"]) ** 2
        return loss, grads

    def _layer(self, i, forward, backward, x, *more):
        out, cache = forward(x, self.params[f"W{i}"], self.params[f"b{i}"], *more)
        self.stack.append((i, backward, cache))
        return out
