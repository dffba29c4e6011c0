"""Right networks in another style: all weights in one vector, of which the parameters are views; biases as one more row."""

import numpy as np

from coursenn import layers


class FullyConnectedNet:
    def __init__(
        self, hidden_dims, input_dim=3072, num_classes=10, dropout_keep_ratio=1, normalization=None, reg=0.0, weight_scale=1e-2,
        dtype=np.float32, seed=None,
    ):  # fmt: skip
        if normalization not in (None, "batchnorm", "layernorm") or not 0 < dropout_keep_ratio <= 1:
            raise ValueError("normalization is None, batchnorm or layernorm, and dropout_keep_ratio is above 0 and at most 1")
        self.reg, self.dtype, self.normalization, self.keep, self.seed = reg, dtype, normalization, dropout_keep_ratio, seed
        sizes = (input_dim, *hidden_dims, num_classes)
        shapes = {f"W{i}": pair for i, pair in enumerate(zip(sizes[:-1], sizes[1:], strict=True), 1)}
        shapes |= {f"b{i}": (n,) for i, n in enumerate(sizes[1:], 1)}
        if normalization is not None:
            shapes |= {f"{kind}{i}": (n,) for kind in ("gamma", "beta") for i, n in enumerate(hidden_dims, 1)}
        vector = np.zeros(sum(int(np.prod(s)) for s in shapes.values()), dtype)
        self.params, start = {}, 0
        for name, shape in shapes.items():
            stop = start + int(np.prod(shape))
            self.params[name] = vector[start:stop].reshape(shape)
            start = stop
            if name[0] == "W":
                self.params[name][:] = np.random.randn(*shape) * weight_scale
            self.params[name][:] += 1 if name.startswith("gamma") else 0
        self.depth = len(sizes) - 1
        self.bn_params = [{"mode": "train"} for _ in hidden_dims]

    def _extended(self, x):
        return np.concatenate([x, np.ones((len(x), 1), x.dtype)], axis=1)

    def loss(self, X, y=None):
        x = np.reshape(X, (len(X), -1)).astype(self.dtype)
        ways_back, mode = [], "test" if y is None else "train"
        for i in range(1, self.depth + 1):
            inputs, matrix = self._extended(x), np.vstack([self.params[f"W{i}"], self.params[f"b{i}"]])
            x = inputs @ matrix
            steps = {"inputs": inputs, "matrix": matrix}
            if i < self.depth:
                if self.normalization is not None:
                    scales = self.params[f"gamma{i}"], self.params[f"beta{i}"]
                    self.bn_params[i - 1]["mode"] = mode
                    x, steps["norm"] = getattr(layers, self.normalization + "_forward")(x, *scales, self.bn_params[i - 1])
                steps["positive"] = x > 0
                x = x * steps["positive"]
                if self.keep != 1 and y is not None:
                    rng = np.random if self.seed is None else np.random.default_rng([self.seed, i])
                    steps["mask"] = (rng.random(x.shape) < self.keep).astype(self.dtype) * self.dtype(1 / self.keep)
                    x = x * steps["mask"]
            ways_back.append(steps)
        if y is None:
            return x
        loss, d = layers.softmax_loss(x, y)
        grads = {}
        for i, steps in zip(range(self.depth, 0, -1), reversed(ways_back), strict=True):
            d = d * steps.get("mask", 1) * steps.get("positive", 1)
            if "norm" in steps:
                backward = layers.batchnorm_backward_alt if self.normalization == "batchnorm" else layers.layernorm_backward
                d, grads[f"gamma{i}"], grads[f"beta{i}"] = backward(d, steps["norm"])
            both = steps["inputs"].T @ d
            grads[f"W{i}"], grads[f"b{i}"] = both[:-1] + self.dtype(self.reg) * self.params[f"W{i}"], both[-1]
            loss += 0.5 * self.reg * float((self.params[f"W{i}"] ** 2).sum())
            d = (d @ steps["matrix"].T)[:, :-1]
        return loss, grads


class FullyConnectedNetBasic(FullyConnectedNet):
    def __init__(self, hidden_dims, input_dim=3072, num_classes=10, reg=0.0, weight_scale=1e-2, dtype=np.float32):
        super().__init__(hidden_dims, input_dim, num_classes, reg=reg, weight_scale=weight_scale, dtype=dtype)


class TwoLayerNet(FullyConnectedNet):
    def __init__(
        self, input_dim=3072, hidden_dims=100, num_classes=10, dropout=0, weight_scale=1e-3, reg=0.0, hidden_dim=None, dtype=np.float64
    ):
        if dropout != 0:
            raise ValueError("this network has no dropout")
        super().__init__((hidden_dim or hidden_dims,), input_dim, num_classes, 1, None, reg, weight_scale, dtype)
