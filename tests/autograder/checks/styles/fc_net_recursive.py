"""Right networks in another style: a function that calls itself for the rest of the network."""

import numpy as np

from coursenn import layer_utils, layers


def _weights(sizes, scale, dtype):
    pairs = list(zip(sizes, sizes[1:], strict=False))
    params = {f"W{i}": np.random.normal(scale=scale, size=pair).astype(dtype) for i, pair in enumerate(pairs, 1)}
    return {**params, **{f"b{i}": np.zeros(pair[1], dtype) for i, pair in enumerate(pairs, 1)}}


class _Recursive:
    def _first(self, i, x, train):
        """The output of hidden layer i and its backward function."""
        out, cache = layer_utils.affine_relu_forward(x, self.params[f"W{i}"], self.params[f"b{i}"])

        def back(dout):
            dx, dw, db = layer_utils.affine_relu_backward(dout, cache)
            return dx, {f"W{i}": dw, f"b{i}": db}

        return out, back

    def _rest(self, i, x, y):
        """Scores, or the loss, the gradient of x and those of the parameters from layer i on."""
        w = self.params[f"W{i}"]
        if f"W{i + 1}" in self.params:
            out, back = self._first(i, x, y is not None)
            rest = self._rest(i + 1, out, y)
            if y is None:
                return rest
            loss, dout, grads = rest
            dx, own = back(dout)
        else:
            scores, cache = layers.affine_forward(x, w, self.params[f"b{i}"])
            if y is None:
                return scores
            loss, dscores = layers.softmax_loss(scores, y)
            grads = {}
            dx, dw, db = layers.affine_backward(dscores, cache)
            own = {f"W{i}": dw, f"b{i}": db}
        own[f"W{i}"] = own[f"W{i}"] + self.reg * w
        return loss + self.reg * np.sum(w * w) / 2, dx, {**grads, **own}

    def loss(self, X, y=None):
        result = self._rest(1, X.astype(self.dtype), y)
        return result if y is None else (result[0], result[2])


class TwoLayerNet(_Recursive):
    def __init__(
        self, input_dim=3072, hidden_dims=100, num_classes=10, dropout=0, weight_scale=1e-3, reg=0.0, hidden_dim=None, dtype=np.float64
    ):
        if dropout != 0:
            raise ValueError("this network has no dropout")
        self.reg, self.dtype = reg, dtype
        self.params = _weights([input_dim, hidden_dim or hidden_dims, num_classes], weight_scale, dtype)


class FullyConnectedNetBasic(_Recursive):
    def __init__(self, hidden_dims, input_dim=3072, num_classes=10, reg=0.0, weight_scale=1e-2, dtype=np.float32):
        self.reg, self.dtype = reg, dtype
        self.params = _weights([input_dim, *hidden_dims, num_classes], weight_scale, dtype)


class FullyConnectedNet(_Recursive):
    def __init__(
        self, hidden_dims, input_dim=3072, num_classes=10, dropout_keep_ratio=1, normalization=None, reg=0.0, weight_scale=1e-2,
        dtype=np.float32, seed=None,
    ):  # fmt: skip
        if normalization not in (None, "batchnorm", "layernorm") or not 0 < dropout_keep_ratio <= 1:
            raise ValueError("normalization is None, batchnorm or layernorm, and dropout_keep_ratio is above 0 and at most 1")
        self.reg, self.dtype, self.normalization = reg, dtype, normalization
        self.params = _weights([input_dim, *hidden_dims, num_classes], weight_scale, dtype)
        self.bn_params = [{} for _ in hidden_dims]
        if normalization:
            self.params |= {f"gamma{i}": np.ones(n, dtype) for i, n in enumerate(hidden_dims, 1)}
            self.params |= {f"beta{i}": np.zeros(n, dtype) for i, n in enumerate(hidden_dims, 1)}
        self.dropout_param = {"p": dropout_keep_ratio, **({} if seed is None else {"seed": seed})}

    def _first(self, i, x, train):
        mode, names = "train" if train else "test", [f"W{i}", f"b{i}"]
        if self.normalization:
            names += [f"gamma{i}", f"beta{i}"]
            self.bn_params[i - 1]["mode"] = mode
            extra = self.bn_params[i - 1], self.normalization
            forward, backward = layer_utils.affine_norm_relu_forward, layer_utils.affine_norm_relu_backward
        else:
            extra = ()
            forward, backward = layer_utils.affine_relu_forward, layer_utils.affine_relu_backward
        out, cache = forward(x, *(self.params[n] for n in names), *extra)
        drop = None
        if self.dropout_param["p"] < 1:
            out, drop = layers.dropout_forward(out, {**self.dropout_param, "mode": mode})

        def back(dout):
            if drop is not None:
                dout = layers.dropout_backward(dout, drop)
            dx, *gradients = backward(dout, cache)
            return dx, dict(zip(names, gradients, strict=True))

        return out, back
