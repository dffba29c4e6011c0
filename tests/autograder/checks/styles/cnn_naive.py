"""A right convolutional network in another style: the naive layers, one after the other."""

import numpy as np

from coursenn import layers


class ThreeLayerConvNet:
    def __init__(
        self, input_dim=(3, 32, 32), num_filters=32, filter_size=7, hidden_dim=100, num_classes=10, weight_scale=1e-3, reg=0.0,
        dtype=np.float32,
    ):  # fmt: skip
        if filter_size % 2 == 0:
            raise ValueError("filter_size must be odd")
        self.reg, self.dtype = reg, dtype
        channels, height, width = input_dim
        shapes = {
            "W1": (num_filters, channels, filter_size, filter_size),
            "b1": num_filters,
            "W2": (num_filters * (height // 2) * (width // 2), hidden_dim),
            "b2": hidden_dim,
            "W3": (hidden_dim, num_classes),
            "b3": num_classes,
        }
        self.params = {k: np.random.normal(scale=weight_scale if k[0] == "W" else 0, size=s).astype(dtype) for k, s in shapes.items()}

    def loss(self, X, y=None):
        p, kept = self.params, []
        pad = p["W1"].shape[2] // 2
        out, cache = layers.conv_forward_naive(X.astype(self.dtype), p["W1"], p["b1"], {"stride": 1, "pad": pad})
        kept.append(("conv", cache))
        out, cache = layers.relu_forward(out)
        kept.append(("relu", cache))
        out, cache = layers.max_pool_forward_naive(out, {"pool_height": 2, "pool_width": 2, "stride": 2})
        kept.append(("pool", cache))
        out, affine1 = layers.affine_forward(out, p["W2"], p["b2"])
        out, relu = layers.relu_forward(out)
        scores, affine2 = layers.affine_forward(out, p["W3"], p["b3"])
        if y is None:
            return scores.astype(self.dtype)
        loss, d = layers.softmax_loss(scores, y)
        grads = {}
        d, grads["W3"], grads["b3"] = layers.affine_backward(d, affine2)
        d, grads["W2"], grads["b2"] = layers.affine_backward(layers.relu_backward(d, relu), affine1)
        d = layers.relu_backward(layers.max_pool_backward_naive(d, kept[2][1]), kept[1][1])
        _, grads["W1"], grads["b1"] = layers.conv_backward_naive(d, kept[0][1])
        for k in ("W1", "W2", "W3"):
            grads[k] = grads[k] + self.reg * p[k]
            loss += 0.5 * self.reg * np.sum(p[k] * p[k])
        return loss, {k: g.astype(self.dtype) for k, g in grads.items()}
