"""A right convolutional network in another style: every layer written out, pooling by a reshape."""

import numpy as np

from coursenn.layers import softmax_loss


class ThreeLayerConvNet:
    def __init__(
        self, input_dim=(3, 32, 32), num_filters=32, filter_size=7, hidden_dim=100, num_classes=10, weight_scale=1e-3, reg=0.0,
        dtype=np.float32,
    ):  # fmt: skip
        if filter_size % 2 == 0:
            raise ValueError("filter_size must be odd")
        c, h, w = input_dim
        self.reg, self.dtype = reg, dtype
        sizes = [(num_filters, c, filter_size, filter_size), (num_filters * (h // 2) * (w // 2), hidden_dim), (hidden_dim, num_classes)]
        outputs = (num_filters, hidden_dim, num_classes)
        self.params = {f"W{i}": (np.random.randn(*s) * weight_scale).astype(dtype) for i, s in enumerate(sizes, 1)}
        self.params |= {f"b{i}": np.zeros(n).astype(dtype) for i, n in enumerate(outputs, 1)}

    def loss(self, X, y=None):
        W1, W2, W3, b1, b2, b3 = (self.params[k] for k in ("W1", "W2", "W3", "b1", "b2", "b3"))
        x = np.asarray(X, self.dtype)
        size = W1.shape[2]
        padded = np.pad(x, ((0, 0), (0, 0), (size // 2, size // 2), (size // 2, size // 2)))
        windows = np.lib.stride_tricks.sliding_window_view(padded, (size, size), axis=(2, 3))
        features = np.tensordot(windows, W1, axes=([1, 4, 5], [1, 2, 3])).transpose(0, 3, 1, 2) + b1[:, None, None]
        active = np.maximum(features, 0)
        n, f, h, w = active.shape
        blocks = active[:, :, : h // 2 * 2, : w // 2 * 2].reshape(n, f, h // 2, 2, w // 2, 2)
        pooled = blocks.max(axis=(3, 5))
        flat = pooled.reshape(n, -1)
        hidden = np.maximum(flat @ W2 + b2, 0)
        scores = hidden @ W3 + b3
        if y is None:
            return scores
        loss, dscores = softmax_loss(scores, y)
        dhidden = (dscores @ W3.T) * (hidden > 0)
        dpooled = (dhidden @ W2.T).reshape(pooled.shape)
        first = blocks == pooled[:, :, :, None, :, None]
        dactive = np.zeros_like(active)
        dactive[:, :, : h // 2 * 2, : w // 2 * 2] = (first * dpooled[:, :, :, None, :, None]).reshape(n, f, h // 2 * 2, w // 2 * 2)
        dfeatures = dactive * (features > 0)
        grads = {"W3": hidden.T @ dscores, "W2": flat.T @ dhidden, "W1": np.tensordot(dfeatures, windows, axes=([0, 2, 3], [0, 2, 3]))}
        for i, weights in enumerate((W1, W2, W3), 1):
            loss += self.reg / 2 * np.vdot(weights, weights)
            grads[f"W{i}"] = (grads[f"W{i}"] + self.reg * weights).astype(self.dtype)
        grads |= {"b3": dscores.sum(0), "b2": dhidden.sum(0), "b1": dfeatures.sum((0, 2, 3))}
        return loss, grads
