"""The last layer is also a sandwich."""

from coursenn.classifiers.fc_net import FullyConnectedNet as _Right
from coursenn.layer_utils import affine_norm_relu_backward, affine_norm_relu_forward, affine_relu_backward, affine_relu_forward
from coursenn.layers import softmax_loss


class FullyConnectedNet(_Right):
    def loss(self, X, y=None):
        p, L, caches = self.params, self.num_layers, [None]
        h = X.astype(self.dtype)
        for i in range(1, L + 1):
            if self.normalization and i < L:
                self.bn_params[i - 1]["mode"] = "test" if y is None else "train"
                h, c = affine_norm_relu_forward(
                    h, p[f"W{i}"], p[f"b{i}"], p[f"gamma{i}"], p[f"beta{i}"], self.bn_params[i - 1], self.normalization
                )
            else:
                h, c = affine_relu_forward(h, p[f"W{i}"], p[f"b{i}"])
            caches.append(c)
        if y is None:
            return h
        loss, d = softmax_loss(h, y)
        grads = {}
        while L:
            if self.normalization and L < self.num_layers:
                d, dW, grads[f"b{L}"], grads[f"gamma{L}"], grads[f"beta{L}"] = affine_norm_relu_backward(d, caches.pop())
            else:
                d, dW, grads[f"b{L}"] = affine_relu_backward(d, caches.pop())
            grads[f"W{L}"] = dW + self.reg * p[f"W{L}"]
            loss += self.reg * (p[f"W{L}"] ** 2).sum() / 2
            L -= 1
        return loss, grads
