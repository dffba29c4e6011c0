"""Right networks in another style: one class, a tape of backward functions, weights from its own generator."""

from itertools import pairwise

import numpy as np

from coursenn import layers

_GENERATOR = np.random.default_rng()


class _Taped:
    def _start(self, sizes, weight_scale, dtype, normalized=False):
        self.params = {}
        for i, (fan_in, fan_out) in enumerate(pairwise(sizes), start=1):
            self.params[f"b{i}"] = np.zeros(fan_out, dtype=dtype)
            self.params[f"W{i}"] = _GENERATOR.normal(0, weight_scale, (fan_in, fan_out)).astype(dtype)
            if normalized and i < len(sizes) - 1:
                self.params[f"beta{i}"] = np.zeros(fan_out, dtype=dtype)
                self.params[f"gamma{i}"] = np.ones(fan_out, dtype=dtype)
        self.depth = len(sizes) - 1

    def _hidden(self, i, x, train, tape):
        return x

    def loss(self, X, y=None):
        x, tape, grads = np.asarray(X, dtype=self.dtype), [], {}

        def affine(i, x):
            out, cache = layers.affine_forward(x, self.params[f"W{i}"], self.params[f"b{i}"])

            def back(d):
                d, dw, db = layers.affine_backward(d, cache)
                grads[f"W{i}"] = dw + self.reg * self.params[f"W{i}"]
                grads[f"b{i}"] = db.reshape(-1)
                return d

            tape.append(back)
            return out

        for i in range(1, self.depth):
            x = affine(i, x)
            x = self._normalize(i, x, y is not None, tape, grads)
            out, cache = layers.relu_forward(x)
            tape.append(lambda d, cache=cache: layers.relu_backward(d, cache))
            x = self._drop(out, y is not None, tape)
        scores = affine(self.depth, x)
        if y is None:
            return scores
        loss, d = layers.softmax_loss(scores, y)
        loss = loss + self.reg * sum((v**2).sum() for k, v in self.params.items() if k[0] == "W") / 2
        while tape:
            d = tape.pop()(d)
        return loss, grads

    def _normalize(self, i, x, train, tape, grads):
        return x

    def _drop(self, x, train, tape):
        return x


class TwoLayerNet(_Taped):
    def __init__(
        self, input_dim=3072, hidden_dims=100, num_classes=10, dropout=0, weight_scale=1e-3, reg=0.0, hidden_dim=None, dtype=np.float64
    ):
        if dropout != 0:
            raise ValueError("this network has no dropout")
        self.reg, self.dtype = reg, dtype
        self._start([input_dim, hidden_dim or hidden_dims, num_classes], weight_scale, dtype)


class FullyConnectedNetBasic(_Taped):
    def __init__(self, hidden_dims, input_dim=3072, num_classes=10, reg=0.0, weight_scale=1e-2, dtype=np.float32):
        self.reg, self.dtype = reg, dtype
        self._start([input_dim, *hidden_dims, num_classes], weight_scale, dtype)


class FullyConnectedNet(_Taped):
    def __init__(
        self, hidden_dims, input_dim=3072, num_classes=10, dropout_keep_ratio=1, normalization=None, reg=0.0, weight_scale=1e-2,
        dtype=np.float32, seed=None,
    ):  # fmt: skip
        if normalization not in (None, "batchnorm", "layernorm") or not 0 < dropout_keep_ratio <= 1:
            raise ValueError("normalization is None, batchnorm or layernorm, and dropout_keep_ratio is above 0 and at most 1")
        self.reg, self.dtype, self.normalization, self.keep, self.seed = reg, dtype, normalization, dropout_keep_ratio, seed
        self.bn_params = [{} for _ in hidden_dims]
        self._start([input_dim, *hidden_dims, num_classes], weight_scale, dtype, normalization is not None)

    def _normalize(self, i, x, train, tape, grads):
        if self.normalization is None:
            return x
        kind = self.normalization[:5]
        self.bn_params[i - 1]["mode"] = "train" if train else "test"
        forward, backward = getattr(layers, f"{kind}norm_forward"), getattr(layers, f"{kind}norm_backward")
        out, cache = forward(x, self.params[f"gamma{i}"], self.params[f"beta{i}"], self.bn_params[i - 1])

        def back(d):
            d, grads[f"gamma{i}"], grads[f"beta{i}"] = backward(d, cache)
            return d

        tape.append(back)
        return out

    def _drop(self, x, train, tape):
        if self.keep == 1 or not train:
            return x
        generator = _GENERATOR if self.seed is None else np.random.RandomState(self.seed)
        mask = (generator.uniform(size=x.shape) < self.keep).astype(x.dtype) / x.dtype.type(self.keep)
        tape.append(lambda d: d * mask)
        return x * mask
