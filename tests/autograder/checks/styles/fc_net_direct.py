"""Right networks in another style: no function of layers but the loss, the mathematics written out in the loop."""

import numpy as np

from coursenn.layers import softmax_loss


class FullyConnectedNet:
    def __init__(
        self, hidden_dims, input_dim=3072, num_classes=10, dropout_keep_ratio=1, normalization=None, reg=0.0, weight_scale=1e-2,
        dtype=np.float32, seed=None,
    ):  # fmt: skip
        if normalization not in (None, "batchnorm", "layernorm") or not 0 < dropout_keep_ratio <= 1:
            raise ValueError("normalization is None, batchnorm or layernorm, and dropout_keep_ratio is above 0 and at most 1")
        self.reg, self.dtype, self.normalization, self.keep, self.seed = reg, dtype, normalization, dropout_keep_ratio, seed
        sizes = [input_dim] + list(hidden_dims) + [num_classes]
        self.layers = len(sizes) - 1
        self.params = {}
        for i in range(self.layers):
            self.params["W" + str(i + 1)] = (np.random.randn(sizes[i], sizes[i + 1]) * weight_scale).astype(dtype)
            self.params["b" + str(i + 1)] = np.zeros(sizes[i + 1], dtype=dtype)
            if normalization and i + 1 < self.layers:
                self.params["gamma" + str(i + 1)] = np.ones(sizes[i + 1], dtype=dtype)
                self.params["beta" + str(i + 1)] = np.zeros(sizes[i + 1], dtype=dtype)
        keys = "running_mean", "running_var"
        self.bn_params = [{k: np.zeros(size, dtype) for k in keys} if normalization else {} for size in hidden_dims]

    def loss(self, X, y=None):
        P, train = self.params, y is not None
        h = [X.reshape(X.shape[0], -1).astype(self.dtype)]
        kept = []
        for i in range(1, self.layers):
            a = h[-1] @ P[f"W{i}"] + P[f"b{i}"]
            x_hat = inverse = None
            if self.normalization:
                axis = 0 if self.normalization == "batchnorm" else 1
                mean, var = a.mean(axis, keepdims=True), a.var(axis, keepdims=True)
                if axis == 0:
                    running = self.bn_params[i - 1]
                    if train:
                        for key, new in (("running_mean", mean), ("running_var", var)):
                            running[key] = (0.9 * running[key] + 0.1 * new[0]).astype(self.dtype)
                    else:
                        mean, var = running["running_mean"], running["running_var"]
                inverse = 1 / np.sqrt(var + 1e-5)
                x_hat = (a - mean) * inverse
                a = P[f"gamma{i}"] * x_hat + P[f"beta{i}"]
            factor = (a > 0).astype(self.dtype)
            if train and self.keep < 1:
                if self.seed is not None:
                    np.random.seed(self.seed)
                factor = (factor * (np.random.rand(*a.shape) < self.keep) / self.keep).astype(self.dtype)
            h.append(a * factor)
            kept.append((x_hat, inverse, factor))
        last = self.layers
        scores = h[-1] @ P[f"W{last}"] + P[f"b{last}"]
        if not train:
            return scores
        loss, d = softmax_loss(scores, y)
        grads = {}
        for i in range(last, 0, -1):
            if i < last:
                x_hat, inverse, factor = kept[i - 1]
                d = (d @ P[f"W{i + 1}"].T) * factor
                if self.normalization:
                    axis = 0 if self.normalization == "batchnorm" else 1
                    grads[f"gamma{i}"], grads[f"beta{i}"] = (d * x_hat).sum(0), d.sum(0)
                    d = d * P[f"gamma{i}"]
                    d = inverse * (d - d.mean(axis, keepdims=True) - x_hat * (d * x_hat).mean(axis, keepdims=True))
            grads[f"W{i}"], grads[f"b{i}"] = h[i - 1].T @ d + self.reg * P[f"W{i}"], d.sum(0)
            loss += 0.5 * self.reg * (P[f"W{i}"] ** 2).sum()
        return loss, grads


class FullyConnectedNetBasic(FullyConnectedNet):
    def __init__(self, hidden_dims, input_dim=3072, num_classes=10, reg=0.0, weight_scale=1e-2, dtype=np.float32):
        super().__init__(hidden_dims, input_dim, num_classes, 1, None, reg, weight_scale, dtype)


class TwoLayerNet(FullyConnectedNetBasic):
    def __init__(
        self, input_dim=3072, hidden_dims=100, num_classes=10, dropout=0, weight_scale=1e-3, reg=0.0, hidden_dim=None, dtype=np.float64
    ):
        if dropout != 0:
            raise ValueError("this network has no dropout")
        super().__init__([hidden_dim or hidden_dims], input_dim, num_classes, reg, weight_scale, dtype)
