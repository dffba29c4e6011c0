"""Right networks in another style: lists of weights next to the dictionary, and two methods for forward and backward."""

import numpy as np

from coursenn.layers import (
    affine_backward,
    affine_forward,
    batchnorm_backward,
    batchnorm_forward,
    dropout_backward,
    dropout_forward,
    layernorm_backward,
    layernorm_forward,
    relu_backward,
    relu_forward,
    softmax_loss,
)

NORMS = {"batchnorm": (batchnorm_forward, batchnorm_backward), "layernorm": (layernorm_forward, layernorm_backward)}


class FullyConnectedNet:
    def __init__(
        self, hidden_dims, input_dim=3072, num_classes=10, dropout_keep_ratio=1, normalization=None, reg=0.0, weight_scale=1e-2,
        dtype=np.float32, seed=None,
    ):  # fmt: skip
        if normalization not in (None, "batchnorm", "layernorm") or not 0 < dropout_keep_ratio <= 1:
            raise ValueError("normalization is None, batchnorm or layernorm, and dropout_keep_ratio is above 0 and at most 1")
        self.num_layers, self.reg, self.dtype = len(hidden_dims) + 1, reg, dtype
        self.norm = NORMS.get(normalization)
        self.drop = {"p": dropout_keep_ratio, "mode": "train"} if dropout_keep_ratio < 1 else None
        if self.drop and seed is not None:
            self.drop["seed"] = seed
        self.params = {}
        self.bn_params = [{"mode": "train"} for _ in range(self.num_layers - 1)] if normalization else []
        dims = np.concatenate([[input_dim], hidden_dims, [num_classes]]).astype(int)
        for k, (rows, columns) in enumerate(zip(dims[:-1], dims[1:], strict=True), 1):
            self.params[f"W{k}"] = np.asarray(weight_scale * np.random.randn(rows, columns), dtype)
            self.params[f"b{k}"] = np.asarray(np.zeros(columns), dtype)
            if self.norm and k < self.num_layers:
                self.params[f"gamma{k}"], self.params[f"beta{k}"] = np.ones(columns, dtype), np.zeros(columns, dtype)

    def _mode(self, mode):
        for param in (*self.bn_params, *([self.drop] if self.drop else [])):
            param["mode"] = mode

    def _list(self, name):
        return [self.params.get(f"{name}{k}") for k in range(1, self.num_layers + 1)]

    def forward(self, x):
        caches = []
        layers = zip(
            *(self._list(n) for n in ("W", "b", "gamma", "beta")), [*self.bn_params, {}] if self.norm else self._list("W"), strict=True
        )
        for k, (w, b, gamma, beta, bn_param) in enumerate(layers, 1):
            cache = {}
            x, cache["affine"] = affine_forward(x, w, b)
            if k < self.num_layers:
                if self.norm:
                    x, cache["norm"] = self.norm[0](x, gamma, beta, bn_param)
                x, cache["relu"] = relu_forward(x)
                if self.drop:
                    x, cache["drop"] = dropout_forward(x, self.drop)
            caches.append(cache)
        return x, caches

    def backward(self, d, caches):
        grads = {}
        for k in reversed(range(1, self.num_layers + 1)):
            cache = caches[k - 1]
            if "drop" in cache:
                d = dropout_backward(d, cache["drop"])
            if "relu" in cache:
                d = relu_backward(d, cache["relu"])
            if "norm" in cache:
                d, grads[f"gamma{k}"], grads[f"beta{k}"] = self.norm[1](d, cache["norm"])
            d, grads[f"W{k}"], grads[f"b{k}"] = affine_backward(d, cache["affine"])
        return grads

    def loss(self, X, y=None):
        self._mode("test" if y is None else "train")
        scores, caches = self.forward(np.asarray(X).astype(self.dtype))
        if y is None:
            return scores
        loss, d = softmax_loss(scores, y)
        grads = self.backward(d, caches)
        for k, w in enumerate(self._list("W"), 1):
            loss += 0.5 * self.reg * np.einsum("ij,ij->", w, w)
            grads[f"W{k}"] = grads[f"W{k}"] + self.reg * w
        return float(loss), grads


class FullyConnectedNetBasic(FullyConnectedNet):
    def __init__(self, hidden_dims, input_dim=3072, num_classes=10, reg=0.0, weight_scale=1e-2, dtype=np.float32):
        super().__init__(hidden_dims, input_dim, num_classes, reg=reg, weight_scale=weight_scale, dtype=dtype)


class TwoLayerNet(FullyConnectedNet):
    def __init__(
        self, input_dim=3072, hidden_dims=100, num_classes=10, dropout=0, weight_scale=1e-3, reg=0.0, hidden_dim=None, dtype=np.float64
    ):
        if dropout != 0:
            raise ValueError("this network has no dropout")
        super().__init__([hidden_dim or hidden_dims], input_dim, num_classes, reg=reg, weight_scale=weight_scale, dtype=dtype)
