"""Dropout after every affine layer, including the last."""

import numpy as np

from coursenn.classifiers.fc_net import FullyConnectedNet as _Right
from coursenn.layer_utils import affine_norm_relu_backward, affine_norm_relu_forward, affine_relu_backward, affine_relu_forward
from coursenn.layers import affine_backward, affine_forward, dropout_backward, dropout_forward, softmax_loss


class FullyConnectedNet(_Right):
    def loss(self, X, y=None):
        mode = "train" if y is not None else "test"
        for bn_param in self.bn_params:
            bn_param["mode"] = mode
        if self.use_dropout:
            self.dropout_param["mode"] = mode
        p, L, reg = self.params, self.num_layers, self.reg
        out, caches, drops = X.astype(self.dtype), {}, {}
        for i in range(1, L + 1):
            W, b = p[f"W{i}"], p[f"b{i}"]
            if i == L:
                out, caches[i] = affine_forward(out, W, b)
            elif self.normalization is None:
                out, caches[i] = affine_relu_forward(out, W, b)
            else:
                args = out, W, b, p[f"gamma{i}"], p[f"beta{i}"], self.bn_params[i - 1], self.normalization
                out, caches[i] = affine_norm_relu_forward(*args)
            if self.use_dropout:
                out, drops[i] = dropout_forward(out, self.dropout_param)
        if y is None:
            return out
        loss, dout = softmax_loss(out, y)
        grads = {}
        for i in range(L, 0, -1):
            if self.use_dropout:
                dout = dropout_backward(dout, drops[i])
            if i == L:
                dout, dW, grads[f"b{i}"] = affine_backward(dout, caches[i])
            elif self.normalization is None:
                dout, dW, grads[f"b{i}"] = affine_relu_backward(dout, caches[i])
            else:
                dout, dW, grads[f"b{i}"], grads[f"gamma{i}"], grads[f"beta{i}"] = affine_norm_relu_backward(dout, caches[i])
            loss += 0.5 * reg * np.sum(p[f"W{i}"] ** 2)
            grads[f"W{i}"] = dW + reg * p[f"W{i}"]
        return loss, grads
